# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Partition folders that Apache Kafka wrote are opened by Gregor, and the reverse: everything is read
back, and writing goes on where it ended."""

import shutil

from cases.round_trip import Topic, call, create, read_back
from harness import processes
from harness.feeds import Feed
from harness.target import Gregor, Kafka

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
SETTINGS = {"segment.bytes": 1 << 20}
OWN_FILES = ("partition.metadata",)


def write(target, topic, pieces):
    (_, path), = topic.feed.add(pieces)
    command, _ = topic.client.producing(target.bootstrap, topic.name, topic.codec, path, None,
                                        ["idempotent"])
    processes.run(command)


def adopt(heir, source):
    """The heir's own empty folder of that name gets the files, but keeps the id of its topic."""
    folder = heir.data / source.name
    for path in folder.iterdir():
        if path.name not in OWN_FILES:
            path.unlink()
    for path in source.iterdir():
        if path.name not in OWN_FILES:
            shutil.copy(path, folder)


def new_producer_id(target):
    return call(target.address, "InitProducerId", 4, {
        "TransactionalId": None, "TransactionTimeoutMs": 1000})["ProducerId"]


def skip_producer_ids(heir, giver):
    """Two clusters count from 0: the heir must not take its producers for those whose sequence
    numbers it has inherited."""
    last = new_producer_id(giver)
    while new_producer_id(heir) < last:
        pass


def hand_over(first, second, clients, corpus, seed):
    writer, reader = clients["librdkafka"], clients["kafka-python"]
    writer.install()
    reader.install()
    slices = corpus.slices(2 * len(CODECS))
    with first("giver") as giver, second("heir") as heir:
        topics = [Topic(giver, writer, codec, Feed(giver.folder / codec, "records", 2, seed), SETTINGS)
                  for codec in CODECS]
        for topic, pieces in zip(topics, slices[::2]):
            write(giver, topic, pieces)
            create(heir, topic.name, 2, SETTINGS)
        skip_producer_ids(heir, giver)
        giver.stop()
        heir.stop()
        for topic in topics:
            for partition in range(2):
                adopt(heir, giver.data / f"{topic.name}-{partition}")
        heir.start()
        read_back(heir, reader, topics)
        for topic, pieces in zip(topics, slices[1::2]):
            write(heir, topic, pieces)
        heir.restart("kill")
        records = read_back(heir, reader, topics)
    return f"{records} records from {first.kind} to {second.kind}"


def run(clients, corpus, seed):
    details = [hand_over(Kafka, Gregor, clients, corpus, seed),
               hand_over(Gregor, Kafka, clients, corpus, seed)]
    return Gregor.version(), ", ".join(details)
