# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Real input goes in through one client and comes out through another, byte-equal, in order, with
offsets 0, 1, 2, …, while the broker is stopped after the first half and killed after the second."""

from harness import install, processes
from harness.feeds import Feed
from harness.report import Failed
from wire.connection import Connection

MANY = 4
BLOCK_BYTES = 1 << 20
# Who reads what was written: never the same client library.
READERS = {
    "kcat": ("librdkafka", "confluent-kafka", "kafka-python", "java"),
    "librdkafka": ("java", "kafka-python", "kcat"),
    "java": ("librdkafka", "kafka-python", "kcat"),
    "java-console": ("kcat", "kafka-python", "librdkafka"),
    "kafka-python": ("confluent-kafka", "librdkafka", "kcat"),
    "confluent-kafka": ("kafka-python", "java", "librdkafka"),
    "aiokafka": ("franz-go", "librdkafka", "kcat"),
    "java-3.9": ("aiokafka", "librdkafka", "kcat"),
    "java-2.8": ("sarama", "librdkafka", "kcat"),
    "franz-go": ("java-2.8", "librdkafka", "kcat"),
    "sarama": ("java-3.9", "librdkafka", "kcat"),
    "kafka-go": ("java-3.9", "librdkafka", "kcat"),
    "kafkajs": ("confluent-kafka", "librdkafka", "kcat"),
}


class Topic:
    """One topic with what has been fed to it."""

    def __init__(self, target, client, codec, feed, settings=None):
        self.name = f"{client.name}.{codec}.{feed.partitions}"
        self.client, self.codec, self.feed = client, codec, feed
        create(target, self.name, feed.partitions, settings)

    def write(self, target, pieces):
        for partition, path in self.feed.add(pieces):
            command, stdin = self.client.producing(
                target.bootstrap, self.name, self.codec, path, partition)
            with open(stdin or "/dev/null", "rb") as source:
                processes.run(command, timeout=1800, stdin=source)
            path.unlink()

    def jobs(self, target):
        """What a reader has to read, after a look at where the partitions end."""
        for partition, count in enumerate(self.feed.counts):
            title = f"{self.name}-{partition}"
            ends = processes.wait_until(lambda p=partition: end_offset(target, self.name, p),
                                        f"{title} is served")
            if ends != [count]:
                raise Failed(f"{title} ends at {ends[0]}, {count} records were written")
            if count:
                yield self.name, partition, count, self.feed.folder / f"got.{partition}"


def call(address, api, version, body):
    connection = Connection(address)
    try:
        return connection.call(api, version, body)
    finally:
        connection.close()


def create(target, topic, partitions, settings=None, led_by_first=False):
    """Where `led_by_first`, all of it is led by the broker at the target's address."""
    configs = [{"Name": name, "Value": str(value)} for name, value in (settings or {}).items()]
    where = {"NumPartitions": partitions, "ReplicationFactor": target.replicas}
    if led_by_first:
        where = {"NumPartitions": -1, "ReplicationFactor": -1, "Assignments": [
            {"PartitionIndex": p, "BrokerIds": target.brokers} for p in range(partitions)]}
    answer = call(target.address, "CreateTopics", 4, {"Topics": [
        {"Name": topic, "Configs": configs} | where]})
    if answer["Topics"][0]["ErrorCode"]:
        raise Failed(f"cannot create {topic}: {answer}")
    processes.wait_until(lambda: all(end_offset(target, topic, p) for p in range(partitions)),
                         f"{topic} can be written to")


def end_offset(target, topic, partition):
    """[offset], or nothing while the partition is not served."""
    address = target.leader_address(topic, partition)
    answer = call(address, "ListOffsets", 5, {"ReplicaId": -1, "Topics": [
        {"Name": topic, "Partitions": [{"PartitionIndex": partition, "Timestamp": -1}]}]})
    described = answer["Topics"][0]["Partitions"][0]
    return [described["Offset"]] if described["ErrorCode"] == 0 else []


def read_back(target, reader, topics):
    """Has everything read, and compares; how many records that were."""
    jobs = [job for topic in topics for job in topic.jobs(target)]
    for command, output in reader.reading(target.bootstrap, jobs, target.folder):
        with open(output or "/dev/null", "wb") as out:
            processes.run(command, timeout=1800, output=out)
    for name, partition, _, got in jobs:
        compare(got, got.with_name(f"wanted.{partition}"), f"{name}-{partition}")
        got.unlink()
    return sum(count for _, _, count, _ in jobs)


def compare(got, wanted, title):
    at = 0
    with open(got, "rb") as actual, open(wanted, "rb") as expected:
        while True:
            mine, due = actual.read(BLOCK_BYTES), expected.read(BLOCK_BYTES)
            if mine != due:
                raise Failed(f"{title}: {explain(wanted, at, mine, due)}")
            if not mine:
                return
            at += len(mine)


def explain(wanted, at, got, due):
    """Which record differs, and how it begins."""
    same = next((i for i, (a, b) in enumerate(zip(got, due)) if a != b), min(len(got), len(due)))
    position, header = at + same, b""
    with open(wanted, "rb") as expected:
        for line in expected:
            start = expected.tell()
            _, key_size, value_size, _ = line.split(b" ")
            end = start + max(0, int(key_size)) + max(0, int(value_size)) + 1
            if position < end:
                header = line
                break
            expected.seek(end)
    if not got:
        return f"ends early, in the record {header!r} (offset, sizes, headers)"
    return (f"differs at byte {position}, in the record {header!r} (offset, sizes, headers): "
            f"expected {due[same:same + 40]!r}, got {got[same:same + 40]!r}")


def reader_for(client, clients):
    """The first reader in the list that this machine can have."""
    reasons = []
    for name in READERS[client.name]:
        if name not in clients:
            continue
        try:
            clients[name].install()
            return clients[name]
        except install.Missing as missing:
            reasons.append(f"{name}: {missing}")
    raise install.Missing("no other client to read with: " + "; ".join(reasons))


def run(target, client, clients, corpus, seed):
    """The whole corpus, through one client: every codec, one partition and many."""
    client.install()
    reader = reader_for(client, clients)
    layouts = [(codec, count) for codec in client.codecs for count in (1, MANY)]
    topics = []
    for codec, count in layouts:
        folder = target.folder / f"{client.name}.{codec}.{count}"
        topics.append(Topic(target, client, codec, Feed(folder, client.feed, count, seed)))
    slices = corpus.slices(2 * len(layouts))
    for half, how in ((0, "stop"), (1, "kill")):
        for topic, pieces in zip(topics, slices[half::2]):
            topic.write(target, pieces)
        target.restart(how)
    records = read_back(target, reader, topics)
    size = sum(topic.feed.bytes for topic in topics)
    return client.version(), (f"{records} records, {size / 1e6:.0f} MB of values in {len(topics)} "
                              f"topics, read back by {reader.name} {reader.version()}")
