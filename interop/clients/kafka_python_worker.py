# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""kafka-python: produce BROKER TOPIC CODEC FILE [pace=N] [idempotent] [timestamps=T],
consume BROKER JOBS, member BROKER GROUP TOPIC COUNT FILE."""

import os
import sys

import frames
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.structs import OffsetAndMetadata


def produce(broker, topic, codec, path, *_options):
    progress = frames.Progress(int(frames.option("pace", 0)))
    producer = KafkaProducer(
        bootstrap_servers=broker, compression_type=None if codec == "none" else codec, acks="all",
        linger_ms=20, enable_idempotence=bool(frames.option("idempotent")),
        delivery_timeout_ms=180000, max_block_ms=120000, max_request_size=1 << 20)

    def on_failure(error):
        print("not delivered:", error, file=sys.stderr, flush=True)
        os._exit(1)

    for (partition, key, value, headers), time in zip(frames.read(path), frames.timestamps()):
        sent = producer.send(topic, value, key, headers, partition, time)
        sent.add_callback(lambda _: progress.on_acked())
        sent.add_errback(on_failure)
        progress.on_sent()
    producer.flush()
    producer.close()
    progress.end()


def consume(broker, jobs):
    consumer = KafkaConsumer(bootstrap_servers=broker, enable_auto_commit=False, group_id=None,
                             fetch_max_wait_ms=100, max_poll_records=10000)
    for topic, partition, left, path in frames.jobs(jobs):
        assigned = TopicPartition(topic, partition)
        consumer.assign([assigned])
        consumer.seek_to_beginning(assigned)
        silence = frames.Silence()
        with open(path, "wb") as out:
            while left > 0:
                messages = consumer.poll(1000).get(assigned, [])
                silence.heard(messages)
                for message in messages:
                    frames.write(out, message.offset, message.key, message.value, message.headers)
                left -= len(messages)


def member(broker, group, topic, count, path):
    left, silence = int(count), frames.Silence()
    consumer = KafkaConsumer(
        topic, bootstrap_servers=broker, group_id=group, enable_auto_commit=False,
        auto_offset_reset="earliest", fetch_max_wait_ms=100)
    with open(path, "wb") as out:
        while left > 0:
            polled = consumer.poll(1000, max_records=left)
            silence.heard(polled)
            for partition, messages in polled.items():
                for message in messages:
                    frames.write(out, f"{message.partition}/{message.offset}/{message.timestamp}",
                                 message.key, message.value, message.headers)
                consumer.commit({partition: OffsetAndMetadata(messages[-1].offset + 1, "", -1)})
                left -= len(messages)
    consumer.close()


if __name__ == "__main__":
    {"produce": produce, "consume": consume, "member": member}[sys.argv[1]](*sys.argv[2:7])
