# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""A rolling restart: one broker after the other is stopped in good order (SIGTERM) and started again,
twice round, while clients write and one reads. A broker hands over what it leads before it ends
(controlled shutdown), so that clients with the retries that they have by default see no error: what
is acknowledged stays, in order and once where the producer is idempotent, no write is refused for
good, and the reader misses nothing."""

from collections import Counter

from cases.cluster_load import REPLICAS, Load, Written, read_back, replicas_are_the_same
from cases.groups848 import VerifiableConsumer
from cases.round_trip import end_offset
from clients import frames
from harness import install, processes
from harness.cluster_target import ClusterTarget
from harness.report import Failed

PARTITIONS, ROUNDS = 3, 2
WRITERS = ("java", "librdkafka", "confluent-kafka", "kafka-python", "franz-go", "sarama")


class WrittenByDefault(Written):
    """Without idempotence a record may be there twice, and be overtaken; lost it is not."""

    options = ()
    topic = "default.written"

    def check(self, reader):
        jobs = [(self.name, partition, end_offset(self.cluster, self.name, partition)[0],
                 self.feed.folder / f"got.{partition}") for partition in range(self.feed.partitions)]
        for command, output in reader.reading(self.cluster.bootstrap, jobs, self.cluster.folder):
            with open(output or "/dev/null", "wb") as out:
                processes.run(command, output=out)
        for _, partition, _, got in jobs:
            lost = records_of(self.feed.wanted(partition)) - records_of(got)
            if lost:
                raise Failed(f"{self.name}-{partition} lacks {lost.total()} records: {list(lost)[0]!r:.200}")
        return sum(count for _, _, count, _ in jobs)


def records_of(path):
    return Counter((key, value, tuple(headers)) for _, key, value, headers in frames.read(path, label=str))


class Reader(VerifiableConsumer):
    """Kafka's own, a member of a group that is there all the time: it sees every offset, and none again
    that it has committed."""

    def take(self, partition, offset, value):
        super().take(partition, offset, f"{partition}/{offset}")

    def finish(self, counts):
        wanted = [set(range(count)) for count in counts]
        try:
            processes.wait_until(lambda: self.count() >= sum(counts), "the reader has read all", 120, pause=0.1)
        finally:
            self.kill()
        if self.wrong or self.seen[:len(wanted)] != wanted:
            raise Failed(f"the reader read {self.wrong[:5] or 'other offsets than were written'}")


def install_writers(clients):
    """Those that this machine can have."""
    found = []
    for name in WRITERS:
        try:
            clients[name].install()
            found.append(clients[name])
        except install.Missing:
            continue
    return found


def run(clients, seed):
    install.apt("kcat")
    with ClusterTarget("rolling") as cluster:
        written = [Written(cluster, client, PARTITIONS, seed + number)
                   for number, client in enumerate(install_writers(clients))]
        by_default = WrittenByDefault(cluster, clients["librdkafka"], PARTITIONS, seed)
        cluster.wait_until_well()
        loads = [Load(one) for one in (*written, by_default)]
        reader = Reader(clients["java"], cluster, "rolling", written[0].name)
        for broker in cluster.brokers * ROUNDS:
            cluster.take_away(broker, "--signal", "TERM")
            cluster.bring_back(broker)
            for load in loads:
                load.check()
        for load in loads:
            load.over.set()
        for load in loads:
            load.finish()
        reader.finish(written[0].feed.counts)
        records = read_back(cluster, clients["java"], written) + by_default.check(clients["java"])
        cluster.run("down")
        same = replicas_are_the_same(cluster, written)
    versions = ", ".join(f"{one.client.name} {one.client.version()}" for one in written)
    return versions, (f"{ROUNDS} times round {REPLICAS} brokers; {records} records of "
                      f"{sum(load.rounds for load in loads)} producers; {same} partitions are the same on "
                      f"{REPLICAS} brokers")
