# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""aiokafka: produce BROKER TOPIC CODEC FILE [pace=N] [idempotent] [timestamps=T],
consume BROKER JOBS, member BROKER GROUP TOPIC COUNT FILE."""

import asyncio
import sys

import frames
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

REQUEST_BYTES_MAX = 1 << 20


async def produce(broker, topic, codec, path, *_options):
    pace = int(frames.option("pace", 0))
    progress = frames.Progress(0)
    producer = AIOKafkaProducer(
        bootstrap_servers=broker, compression_type=None if codec == "none" else codec, acks="all",
        linger_ms=20, enable_idempotence=bool(frames.option("idempotent")),
        request_timeout_ms=180000, max_request_size=REQUEST_BYTES_MAX)
    await producer.start()
    open_deliveries = set()

    def on_done(delivery):
        open_deliveries.discard(delivery)
        delivery.result()  # a failure ends the program, as an error of the loop
        progress.on_acked()

    asyncio.get_running_loop().set_exception_handler(
        lambda loop, context: sys.exit(f"not delivered: {context}"))
    for (partition, key, value, headers), time in zip(frames.read(path), frames.timestamps()):
        delivery = await producer.send(topic, value, key, partition, time, headers)
        open_deliveries.add(delivery)
        delivery.add_done_callback(on_done)
        progress.on_sent()
        if pace:
            await asyncio.sleep(1 / pace)
        while pace and len(open_deliveries) > frames.UNANSWERED_MAX:
            await asyncio.sleep(0.01)
    await producer.stop()
    progress.end()


async def consume(broker, jobs):
    consumer = AIOKafkaConsumer(bootstrap_servers=broker, enable_auto_commit=False, group_id=None,
                                fetch_max_wait_ms=100, auto_offset_reset="earliest")
    await consumer.start()
    for topic, partition, left, path in frames.jobs(jobs):
        assigned = TopicPartition(topic, partition)
        consumer.assign([assigned])
        await consumer.seek_to_beginning(assigned)
        silence = frames.Silence()
        with open(path, "wb") as out:
            while left > 0:
                messages = (await consumer.getmany(assigned, timeout_ms=1000)).get(assigned, [])
                silence.heard(messages)
                for message in messages:
                    frames.write(out, message.offset, message.key, message.value, message.headers)
                left -= len(messages)
    await consumer.stop()


async def member(broker, group, topic, count, path):
    left, silence = int(count), frames.Silence()
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=broker, group_id=group, enable_auto_commit=False,
        auto_offset_reset="earliest", fetch_max_wait_ms=100)
    await consumer.start()
    with open(path, "wb") as out:
        while left > 0:
            polled = await consumer.getmany(timeout_ms=1000, max_records=left)
            silence.heard(polled)
            for partition, messages in polled.items():
                for message in messages:
                    frames.write(out, f"{message.partition}/{message.offset}/{message.timestamp}",
                                 message.key, message.value, message.headers)
                await consumer.commit({partition: messages[-1].offset + 1})
                left -= len(messages)
    await consumer.stop()


if __name__ == "__main__":
    asyncio.run({"produce": produce, "consume": consume, "member": member}[sys.argv[1]](
        *sys.argv[2:7]))
