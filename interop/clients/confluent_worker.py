# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""confluent-kafka: produce BROKER TOPIC CODEC FILE [pace=N] [idempotent] [timestamps=T],
consume BROKER JOBS, member BROKER GROUP TOPIC COUNT FILE."""

import os
import sys

import frames
from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition


def produce(broker, topic, codec, path, *_options):
    progress = frames.Progress(int(frames.option("pace", 0)))
    producer = Producer({
        "bootstrap.servers": broker, "compression.type": codec, "linger.ms": 20,
        "enable.idempotence": bool(frames.option("idempotent")), "message.timeout.ms": 180000})

    def on_delivery(error, _message):
        if error:
            print("not delivered:", error, file=sys.stderr, flush=True)
            os._exit(1)
        progress.on_acked()

    for (partition, key, value, headers), time in zip(frames.read(path), frames.timestamps()):
        while True:
            try:
                producer.produce(topic, value, key, partition, on_delivery, headers=headers,
                                 timestamp=time or 0)
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)
        progress.on_sent(lambda: producer.poll(0))
    producer.flush()
    progress.end()


def consume(broker, jobs):
    consumer = Consumer({"bootstrap.servers": broker, "group.id": "interop",
                         "enable.auto.commit": False, "fetch.wait.max.ms": 100})
    for topic, partition, left, path in frames.jobs(jobs):
        consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING)])
        silence = frames.Silence()
        with open(path, "wb") as out:
            while left:
                messages = consumer.consume(min(left, 1000), 1.0)
                silence.heard(messages)
                for message in messages:
                    if message.error():
                        print(message.error(), file=sys.stderr)
                        continue
                    frames.write(out, message.offset(), message.key(), message.value(),
                                 message.headers())
                    left -= 1
    # Leaving in good order would wait for a group that this consumer never joined.
    os._exit(0)


def member(broker, group, topic, count, path):
    left, silence = int(count), frames.Silence()
    consumer = Consumer({"bootstrap.servers": broker, "group.id": group, "fetch.wait.max.ms": 100,
                         "enable.auto.commit": False, "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    with open(path, "wb") as out:
        while left > 0:
            messages = [m for m in consumer.consume(min(left, 500), 1.0) if not m.error()]
            silence.heard(messages)
            for message in messages:
                frames.write(out, f"{message.partition()}/{message.offset()}/"
                             f"{message.timestamp()[1]}", message.key(), message.value(),
                             message.headers())
            if messages:
                consumer.commit(asynchronous=False)
            left -= len(messages)
    consumer.close()


if __name__ == "__main__":
    {"produce": produce, "consume": consume, "member": member}[sys.argv[1]](*sys.argv[2:7])
