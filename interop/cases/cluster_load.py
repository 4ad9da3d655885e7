# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Those who write to a cluster while something is done to it, and what must be there afterwards: all
that was acknowledged, once and in order where the producer is idempotent, and the same on all brokers."""

import subprocess
import threading

from cases.outage import Progress
from cases.round_trip import compare
from harness import processes
from harness.corpus import Corpus
from harness.feeds import Feed
from harness.report import Failed
from harness.target import Gregor

REPLICAS = 3
RECORD_BYTES = 2000
RECORDS_A_SECOND = 150
ROUND_BYTES = 1 << 20


class Written:
    """One topic, the one who writes to it, and what must be in it."""

    options = ("idempotent",)
    topic = "{client}.written"

    def __init__(self, cluster, client, partitions, seed):
        client.install()
        self.cluster, self.client, self.name = cluster, client, self.topic.format(client=client.name)
        self.feed = Feed(cluster.folder / self.name, client.feed, partitions, seed, RECORD_BYTES)
        cluster.ask("topics", "--create", "--topic", self.name, "--partitions", partitions,
                    "--replication-factor", REPLICAS, "--config", "min.insync.replicas=2")

    def begin(self, pieces):
        (_, path), = self.feed.add(pieces)
        command, _ = self.client.producing(
            self.cluster.bootstrap, self.name, "lz4", path, None,
            [*self.options, f"pace={RECORDS_A_SECOND}"])
        self.process = processes.start(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.progress = Progress(self.process)

    def share(self):
        return self.progress.acked / sum(self.feed.counts)

    def finish(self):
        try:
            self.process.wait(300)
        finally:
            processes.kill(self.process)
        if self.process.returncode != 0:
            raise Failed(f"{self.client.name} ended with {self.process.returncode} after "
                         f"{self.share():.0%}: {self.progress.words.decode(errors='replace')}")

    def settle(self):
        """What must be there is known for sure when nobody writes any more."""


class Load(threading.Thread):
    """Somebody who writes, one producer after the other, until told to stop."""

    def __init__(self, written):
        super().__init__(daemon=True)
        self.written, self.over, self.failure, self.rounds = written, threading.Event(), None, 0
        self.start()

    def run(self):
        try:
            while not self.over.is_set():
                self.written.begin(Corpus(ROUND_BYTES).pieces)
                self.written.finish()
                self.rounds += 1
        except Exception as failure:  # told by whoever waits for it
            self.failure = failure

    def check(self):
        if self.failure:
            raise Failed(f"the producer: {self.failure}")

    def finish(self):
        self.over.set()
        self.join(600)
        self.check()


def read_back(cluster, reader, written):
    reader.install()
    for one in written:
        one.settle()
    ends = {(one["topic"], one["partition"]): one["offset"]
            for one in cluster.ask("records", "--offsets", "--topic", ".*\\.written")["partitions"]}
    jobs = []
    for one in written:
        for partition, count in enumerate(one.feed.counts):
            if ends[one.name, partition] != count:
                raise Failed(f"{one.name}-{partition} ends at {ends[one.name, partition]}, {count} "
                             "records were written")
            jobs.append((one.name, partition, count, one.feed.folder / f"got.{partition}"))
    for command, output in reader.reading(cluster.bootstrap, jobs, cluster.folder):
        with open(output or "/dev/null", "wb") as out:
            processes.run(command, output=out)
    for name, partition, _, got in jobs:
        compare(got, got.with_name(f"wanted.{partition}"), f"{name}-{partition}")
    return sum(count for _, _, count, _ in jobs)


def bytes_of(cluster, broker, folder):
    logs = sorted(cluster.data(broker, folder).glob("*.log"))
    return b"".join(log.read_bytes() for log in logs)


def replicas_are_the_same(cluster, written):
    """After a stop in good order, when nobody lacks anything. Where segments begin may differ."""
    count = 0
    for one in written:
        for partition in range(one.feed.partitions):
            folder = f"{one.name}-{partition}"
            first = bytes_of(cluster, 1, folder)
            if not first:
                raise Failed(f"{folder} is empty")
            for broker in cluster.brokers[1:]:
                other = bytes_of(cluster, broker, folder)
                if other != first:
                    at = next((i for i, (a, b) in enumerate(zip(first, other)) if a != b),
                              min(len(first), len(other)))
                    raise Failed(f"{folder}: brokers 1 and {broker} differ at byte {at} of "
                                 f"{len(first)} and {len(other)}")
            count += 1
    for broker in cluster.brokers:
        processes.run([Gregor.program(), "log", "verify", cluster.data(broker, "")])
    return count
