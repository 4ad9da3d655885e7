# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""A member of a consumer group: LIBRARY BROKER GROUP TOPIC [INSTANCE]. Commits what it has read, and
says so line by line: "got PARTITION OFFSET VALUE", then "committed PARTITION OFFSET" for each
acknowledged commit. Goes on until it is killed; "consumer-protocol" is confluent-kafka with KIP-848,
and every confluent-kafka leaves its group on an interrupt."""

import signal
import sys
import time

TIMEOUT_MS = 6000
BATCH = 40
PAUSE = 0.02  # so that the broker dies in the middle


def say(*words):
    print(*words, flush=True)


def kafka_python(broker, group, topic, instance):
    from kafka import KafkaConsumer
    from kafka.errors import KafkaError
    from kafka.structs import OffsetAndMetadata
    static = {"group_instance_id": instance} if instance else {}
    consumer = KafkaConsumer(
        topic, bootstrap_servers=broker, group_id=group, enable_auto_commit=False,
        auto_offset_reset="earliest", session_timeout_ms=TIMEOUT_MS, heartbeat_interval_ms=1000,
        max_poll_interval_ms=20000, max_poll_records=BATCH, **static)
    while True:
        offsets = {}
        for partition, messages in consumer.poll(500).items():
            for message in messages:
                say("got", message.partition, message.offset, message.value.decode())
            offsets[partition] = OffsetAndMetadata(messages[-1].offset + 1, "", -1)
        if not offsets:
            continue
        try:
            consumer.commit(offsets)
        except KafkaError:
            continue
        for partition, offset in offsets.items():
            say("committed", partition.partition, offset.offset)
        time.sleep(PAUSE)


CLASSIC = {"session.timeout.ms": TIMEOUT_MS, "heartbeat.interval.ms": 1000,
           "partition.assignment.strategy": "cooperative-sticky"}
CONSUMER = {"group.protocol": "consumer"}


def confluent(broker, group, topic, instance, protocol=CLASSIC):
    from confluent_kafka import Consumer
    settings = {"bootstrap.servers": broker, "group.id": group, "enable.auto.commit": False,
                "auto.offset.reset": "earliest", "max.poll.interval.ms": 20000, **protocol}
    if instance:
        settings["group.instance.id"] = instance
    consumer = Consumer(settings)
    consumer.subscribe([topic])
    # Also where a shell has started all of this in the background, which has interrupts ignored.
    interrupts = []
    signal.signal(signal.SIGINT, lambda *_: interrupts.append(True))
    confluent_loop(consumer, interrupts)
    consumer.close()


def consumer_protocol(broker, group, topic, instance):
    confluent(broker, group, topic, instance, CONSUMER)


def confluent_loop(consumer, interrupts):
    from confluent_kafka import KafkaException
    while not interrupts:
        messages = [m for m in consumer.consume(BATCH, 0.5) if not m.error()]
        for message in messages:
            say("got", message.partition(), message.offset(), message.value().decode())
        if not messages:
            continue
        try:
            done = consumer.commit(asynchronous=False)
        except KafkaException:
            continue
        for one in done:
            if not one.error and one.offset >= 0:
                say("committed", one.partition, one.offset)
        time.sleep(PAUSE)


if __name__ == "__main__":
    {"kafka-python": kafka_python, "confluent-kafka": confluent,
     "consumer-protocol": consumer_protocol}[sys.argv[1]](
        *sys.argv[2:5], sys.argv[5] if len(sys.argv) > 5 else None)
