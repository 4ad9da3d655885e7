# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Three brokers and three ZooKeeper servers. While kcat, librdkafka and the Java client write with
acks=all and idempotence, these are killed and started again, in turn: the leader of a partition, the
controller, a ZooKeeper server; all brokers at once; all ZooKeeper servers at once; all six at once; a
leader again. Then everything acknowledged is there once and in order, read by another client, and the
three replicas of each partition are the same, byte for byte."""

import time

from cases.cluster_kcat import LINES_A_SECOND, WrittenByKcat
from cases.cluster_load import RECORD_BYTES, RECORDS_A_SECOND, Written, read_back, replicas_are_the_same
from cases.kafka_commands import DESCRIBED, TOOLS, Tools
from harness import install, processes, trace
from harness.cluster import Cluster
from harness.corpus import Corpus
from harness.report import Failed

BROKERS = ZOOKEEPERS = 3
PARTITIONS = 3
SECONDS = 120
BYTES = RECORDS_A_SECOND * SECONDS * RECORD_BYTES // 2
# What is killed in turn, at equal distances in what is to be written.
SCHEDULE = ("leader", "controller", "zookeeper", "brokers", "zookeepers", "everything", "leader")
# Longer than a session lasts: to go on is no matter of being quick.
SECONDS_WITHOUT_ZOOKEEPER = 10


def victims(cluster, role, topic):
    if role == "leader":
        return [f"broker-{cluster.partitions(topic)[0]['leader']}"]
    members = cluster.members()
    if role in ("controller", "zookeeper"):
        wanted = "leader" if role == "zookeeper" else role
        return [next(name for name, member in members.items() if member["role"] == wanted)]
    return [name for name in members if role == "everything" or name.startswith(role[:-1])]


def others_serve(cluster, name, topic):
    status = cluster.status()
    alive = {f"broker-{broker}" for broker in cluster.brokers} - {name}
    if f"broker-{status['controller']}" not in alive or status["offline_partitions"] > 0:
        return False
    try:
        partitions = cluster.partitions(topic).values()
    except Failed:  # whom it asked still takes the dead one for alive
        return False
    return all(f"broker-{one['leader']}" in alive for one in partitions)


def wait_without(cluster, role, names, first):
    """Until what is left of the cluster does without; what is left of it."""
    if role == "zookeepers":
        due = first.progress.acked + RECORDS_A_SECOND * SECONDS_WITHOUT_ZOOKEEPER
        processes.wait_until(lambda: first.progress.acked >= due, "brokers serve without ZooKeeper")
        return "brokers served without"
    if len(names) == 1:
        processes.wait_until(lambda: others_serve(cluster, names[0], first.name),
                             f"the others do without {names[0]}", pause=0.1)
        return "others had taken over"
    return "nobody left"


def survive(cluster, role, first):
    """Kills and starts again; what came of it, and when."""
    names = victims(cluster, role, first.name)
    cluster.kill_at_once(names)
    began = time.monotonic()
    left = wait_without(cluster, role, names, first)
    without = time.monotonic() - began
    cluster.up()
    cluster.wait_until_well()
    return f"{role} ({left} after {without:.1f} s, all in sync after {time.monotonic() - began:.1f} s)"


def write_through(cluster, written):
    """What was killed, and after which time all was served again."""
    measured = []
    first = written[0]
    for number, role in enumerate(SCHEDULE, 1):
        share = number / (len(SCHEDULE) + 1)
        processes.wait_until(
            lambda due=share: first.share() >= due or first.process.poll() is not None,
            f"{first.client.name} has written {share:.0%}", seconds=240)
        if first.process.poll() is not None:
            raise Failed(f"the writer ended too early, after {first.share():.0%}: "
                         f"{first.progress.words.decode(errors='replace')}")
        measured.append(survive(cluster, role, first))
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
                   WrittenByKcat(cluster, clients["kcat"], seed + 2, LINES_A_SECOND * SECONDS, True)]
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
    return versions, (f"{records} records; killed: {'; '.join(measured)}; kcat gave up "
                      f"{written[-1].gave_up} times; {same} partitions are the "
                      f"same on {BROKERS} brokers; {lines} lines of trace keep the "
                      "specs' promises")
