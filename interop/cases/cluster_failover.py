# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Three brokers and three ZooKeeper servers. While kcat, librdkafka and the Java client write with
acks=all and idempotence, the leader of a partition, the controller and a ZooKeeper server are killed
and started again, in turn. Then everything acknowledged is there once and in order, read by another
client, and the three replicas of each partition are the same, byte for byte."""

import time

from cases.cluster_load import RECORD_BYTES, RECORDS_A_SECOND, Written, WrittenByKcat, read_back, \
    replicas_are_the_same
from cases.kafka_commands import DESCRIBED, TOOLS, Tools
from harness import install, processes, trace
from harness.cluster import Cluster
from harness.corpus import Corpus
from harness.report import Failed

BROKERS = ZOOKEEPERS = 3
PARTITIONS = 3
SECONDS = 60
BYTES = RECORDS_A_SECOND * SECONDS * RECORD_BYTES // 3
# When what is killed, in the share of what is to be written.
SCHEDULE = ((1 / 8, "leader"), (3 / 8, "controller"), (5 / 8, "zookeeper"), (6 / 8, "leader"))


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
        alive = {f"broker-{broker}" for broker in cluster.brokers} - {name}
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


def all_in_sync_says_kafka(cluster, written):
    tools = Tools(cluster)
    for one in written:
        lines = tools.lines(f"{TOOLS}.TopicCommand", "--describe", "--topic", one.name)[1:]
        for line in lines:
            _, leader, replicas, isr = DESCRIBED.search(line).groups()
            if sorted(replicas.split(",")) != sorted(isr.split(",")) or leader not in isr:
                raise Failed(f"not all replicas are in sync: {line}")


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
