# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""confluent-kafka: produce BROKER TOPIC CODEC FILE [pace=N] [idempotent],
consume BROKER JOBS."""

import os
import sys

import frames
from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition


def produce(broker, topic, codec, path):
    progress = frames.Progress(int(frames.option("pace", 0)))
    producer = Producer({
        "bootstrap.servers": broker, "compression.type": codec, "linger.ms": 20,
        "enable.idempotence": bool(frames.option("idempotent")), "message.timeout.ms": 180000})

    def on_delivery(error, _message):
        if error:
            print("not delivered:", error, file=sys.stderr, flush=True)
            os._exit(1)
        progress.on_acked()

    for partition, key, value, headers in frames.read(path):
        while True:
            try:
                producer.produce(topic, value, key, partition, on_delivery, headers=headers)
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


if __name__ == "__main__":
    {"produce": produce, "consume": consume}[sys.argv[1]](*sys.argv[2:6])
