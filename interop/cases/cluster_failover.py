# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Three brokers and three ZooKeeper servers. While kcat, librdkafka and the Java client write with
acks=all and idempotence, the leader of a partition, the controller and a ZooKeeper server are killed
and started again, in turn. Then everything acknowledged is there once and in order, read by another
client, and the three replicas of each partition are the same, byte for byte."""

import subprocess
import threading
import time

from cases.kafka_commands import DESCRIBED, TOOLS, Tools
from cases.outage import Progress
from cases.round_trip import compare
from harness import install, processes, trace
from harness.cluster import Cluster
from harness.corpus import Corpus
from harness.feeds import Feed
from harness.report import Failed
from harness.target import Gregor

BROKERS = ZOOKEEPERS = REPLICAS = 3
PARTITIONS = 3
RECORD_BYTES = 2000
RECORDS_A_SECOND, SECONDS = 150, 60
BYTES = RECORDS_A_SECOND * SECONDS * RECORD_BYTES // 3
LINES = 4000
# When what is killed, in the share of what is to be written.
SCHEDULE = ((1 / 8, "leader"), (3 / 8, "controller"), (5 / 8, "zookeeper"), (6 / 8, "leader"))


class Written:
    """One topic, the one who writes to it, and what must be in it."""

    def __init__(self, cluster, client, partitions, seed):
        client.install()
        self.cluster, self.client, self.name = cluster, client, f"{client.name}.failover"
        self.feed = Feed(cluster.folder / self.name, client.feed, partitions, seed, RECORD_BYTES)
        cluster.ask("topics", "--create", "--topic", self.name, "--partitions", partitions,
                    "--replication-factor", REPLICAS, "--config", "min.insync.replicas=2")

    def begin(self, pieces):
        (_, path), = self.feed.add(pieces)
        command, _ = self.client.producing(
            self.cluster.bootstrap, self.name, "lz4", path, None,
            ["idempotent", f"pace={RECORDS_A_SECOND}"])
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


class WrittenByKcat(Written):
    """It reads lines as they come, and says nothing of how far it is."""

    def begin(self, pieces):
        self.feed.rounds += 1
        self.feed.outputs = [open(self.feed.wanted(0), "ab")]
        for number in range(LINES):
            self.feed.expect(0, None, b"line %d" % number)
        self.feed.outputs[0].close()
        self.errors = open(self.cluster.folder / "kcat.log", "wb")
        self.process = processes.start(
            ["kcat", "-P", "-b", self.cluster.bootstrap, "-t", self.name, "-p", 0, "-X",
             "enable.idempotence=true", "-X", "message.timeout.ms=180000"],
            stdin=subprocess.PIPE, stderr=self.errors)
        threading.Thread(target=self.type_lines, daemon=True).start()

    def type_lines(self):
        try:
            for number in range(LINES):
                self.process.stdin.write(b"line %d\n" % number)
                self.process.stdin.flush()
                time.sleep(SECONDS / LINES)
            self.process.stdin.close()
        except OSError:
            pass  # it ended, and its exit code will say so

    def finish(self):
        try:
            self.process.wait(SECONDS + 300)
        finally:
            processes.kill(self.process)
        if self.process.returncode != 0:
            words = (self.cluster.folder / "kcat.log").read_text()[-600:]
            raise Failed(f"kcat ended with {self.process.returncode}: {words}")


def victim(cluster, role, topic):
    members = cluster.members()
    if role == "leader":
        return f"broker-{cluster.partitions(topic)[0]['leader']}"
    wanted = "leader" if role == "zookeeper" else role
    return next(name for name, member in members.items() if member["role"] == wanted)


def survive(cluster, role, topic):
    """Kills, waits until the others do without, starts it again; how long they needed."""
    name = victim(cluster, role, topic)
    cluster.run("kill", name)
    began = time.monotonic()

    def served():
        status = cluster.status()
        alive = {f"broker-{broker}" for broker in range(1, BROKERS + 1)} - {name}
        if f"broker-{status['controller']}" not in alive or status["offline_partitions"] > 0:
            return False
        try:
            partitions = cluster.partitions(topic).values()
        except Failed:  # whom it asked still takes the dead one for alive
            return False
        return all(f"broker-{one['leader']}" in alive for one in partitions)
    processes.wait_until(served, f"the others do without {name}", pause=0.1)
    took = time.monotonic() - began
    cluster.run("start", name)
    cluster.wait_until_well()
    return f"{role} {name}: {took:.1f} s"


def write_through(cluster, written):
    """What was killed, and after which time the others had taken over."""
    measured = []
    first = written[0]
    for share, role in SCHEDULE:
        processes.wait_until(
            lambda due=share: first.share() >= due or first.process.poll() is not None,
            f"{first.client.name} has written {share:.0%}", seconds=240)
        if first.process.poll() is not None:
            raise Failed(f"the writer ended too early, after {first.share():.0%}: "
                         f"{first.progress.words.decode(errors='replace')}")
        measured.append(survive(cluster, role, first.name))
    return measured


def read_back(cluster, reader, written):
    reader.install()
    ends = {(one["topic"], one["partition"]): one["offset"]
            for one in cluster.ask("records", "--offsets", "--topic", ".*failover")["partitions"]}
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


def all_in_sync_says_kafka(cluster, written):
    tools = Tools(cluster)
    for one in written:
        lines = tools.lines(f"{TOOLS}.TopicCommand", "--describe", "--topic", one.name)[1:]
        for line in lines:
            _, leader, replicas, isr = DESCRIBED.search(line).groups()
            if sorted(replicas.split(",")) != sorted(isr.split(",")) or leader not in isr:
                raise Failed(f"not all replicas are in sync: {line}")


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
            for broker in range(2, BROKERS + 1):
                other = bytes_of(cluster, broker, folder)
                if other != first:
                    at = next((i for i, (a, b) in enumerate(zip(first, other)) if a != b),
                              min(len(first), len(other)))
                    raise Failed(f"{folder}: brokers 1 and {broker} differ at byte {at} of "
                                 f"{len(first)} and {len(other)}")
            count += 1
    for broker in range(1, BROKERS + 1):
        processes.run([Gregor.program(), "log", "verify", cluster.data(broker, "")])
    return count


def run(clients, seed):
    install.apt("kcat")
    settings = {"offsets.topic.num.partitions": "3"}
    with Cluster("failover", BROKERS, ZOOKEEPERS, settings, traced=True) as cluster:
        written = [Written(cluster, clients["librdkafka"], PARTITIONS, seed),
                   Written(cluster, clients["java"], PARTITIONS, seed + 1),
                   WrittenByKcat(cluster, clients["kcat"], 1, seed + 2)]
        cluster.wait_until_well()
        pieces = Corpus(BYTES).pieces
        for one in written:
            one.begin(pieces)
        measured = write_through(cluster, written)
        for one in written:
            one.finish()
        cluster.wait_until_well()
        records = read_back(cluster, clients["java"], written)
        all_in_sync_says_kafka(cluster, written)
        cluster.run("down")
        same = replicas_are_the_same(cluster, written)
        lines = trace.check(cluster.traces().values())
    versions = ", ".join(f"{one.client.name} {one.client.version()}" for one in written)
    return versions, (f"{records} records; killed: {'; '.join(measured)}; {same} partitions are the "
                      f"same on {BROKERS} brokers; {lines} lines of trace keep the "
                      "specs' promises")
