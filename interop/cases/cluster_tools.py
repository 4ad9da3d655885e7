# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Work on a cluster of three brokers and three ZooKeeper servers, with Apache Kafka's own tools or with
gregor's, while a Java producer and kcat write with acks=all and idempotence: preferred leaders, other
replicas, more partitions, a topic deleted and made anew, configs, a broker whose disk is replaced by
an empty one, brokers stopped and started one after the other. Then everything acknowledged is there
once and in order, and the replicas are the same."""

import json
import shutil
import subprocess

from cases.cluster_hands import HANDS
from cases.cluster_kcat import WrittenByKcat
from cases.cluster_load import REPLICAS, Load, Written, read_back, replicas_are_the_same
from cases.kafka_commands import expect
from harness import install, processes
from harness.cluster_target import ClusterTarget
from harness.target import Gregor

PARTITIONS = 3
ROUND_LINES = 400
# Leaders are given back by hand here.
SETTINGS = {"auto.leader.rebalance.enable": "false", "log.segment.delete.delay.ms": 1000}


def preferred_leaders(cluster, hands, topic):
    """A broker that was away leads nothing, until it is told to."""
    cluster.take_away(1)
    cluster.bring_back(1)
    before = hands.described(topic)
    wanted = {partition: replicas[0] for partition, (_, replicas, _) in before.items()}
    expect("broker 1 leads nothing", 1 in {leader for leader, _, _ in before.values()}, False)
    expect("it is preferred somewhere", 1 in wanted.values(), True)
    hands.elect()
    processes.wait_until(
        lambda: {p: one[0] for p, one in hands.described(topic).items()} == wanted,
        "the preferred lead")


def reassign(cluster, hands, topic):
    """Each partition loses a replica, and gets it back in another place of the list."""
    before = hands.described(topic)
    for number, order in enumerate((lambda r: r[1:], lambda r: [*r[1:], r[0]])):
        plan = {partition: order(one[1]) for partition, one in before.items()}
        file = cluster.folder / f"plan.{number}.json"
        file.write_text(json.dumps({"version": 1, "partitions": [
            {"topic": topic, "partition": partition, "replicas": replicas}
            for partition, replicas in plan.items()]}))
        hands.reassign(file)
        done = {f"{topic}-{partition}" for partition in plan}
        processes.wait_until(lambda plan_file=file: hands.reassigned(plan_file) == done,
                             "the replicas are where they should be", 120, pause=0.2)
        expect("the replicas", {p: one[1] for p, one in hands.described(topic).items()}, plan)
        cluster.wait_until_well()


def more_partitions(hands, topic):
    before = hands.described(topic)
    hands.grow(topic, PARTITIONS + 1)
    after = processes.wait_until(
        lambda: (lambda now: now if len(now) == PARTITIONS + 1 else None)(hands.described(topic)),
        "the new partition is there")
    expect("the old ones", {p: one[1] for p, one in after.items() if p < PARTITIONS},
           {p: one[1] for p, one in before.items()})
    expect("replicas of the new one", len(after[PARTITIONS][1]), REPLICAS)


def write_lines(cluster, topic, count):
    producer = processes.start(["kcat", "-P", "-b", cluster.bootstrap, "-t", topic, "-p", 0],
                               stdin=subprocess.PIPE)
    producer.communicate("".join(f"{n}\n" for n in range(count)).encode(), timeout=60)
    expect("kcat's exit code", producer.returncode, 0)


def delete_and_recreate(cluster, hands, topic):
    """Nothing of the old topic comes back in the new one."""
    for count in (200, 50):
        hands.create(topic, 2, REPLICAS)
        cluster.wait_until_well()
        write_lines(cluster, topic, count)
        read = processes.run(["kcat", "-C", "-q", "-e", "-b", cluster.bootstrap, "-t", topic, "-o",
                              "beginning"], timeout=60).decode().split()
        expect("what is in it", read, [str(n) for n in range(count)])
        if count == 200:
            hands.delete(topic)
            processes.wait_until(lambda: topic not in hands.topics(), f"{topic} is gone")
            processes.wait_until(
                lambda: not any(folder.exists() for folder in cluster.folders(f"{topic}-0").values()),
                "and its files are")


def configs(cluster, hands, topic):
    """Each broker hears of it in its own time, as with Kafka 4.1; whom the tools ask is open."""
    hands.alter(topic, "retention.ms=7200000,segment.bytes=1048576")
    wanted = ["min.insync.replicas=2", "retention.ms=7200000", "segment.bytes=1048576"]
    processes.wait_until(lambda: hands.configs(topic) == wanted, f"the configs of {topic} are {wanted}")
    hands.alter_brokers("log.cleaner.threads=2")
    for broker in cluster.brokers:
        processes.wait_until(
            lambda b=broker: hands.config_of(b, "log.cleaner.threads") == "log.cleaner.threads=2",
            f"broker {broker} has two cleaner threads")


def replace_disk(cluster, broker):
    """All that it had is gone, and comes back from the others."""
    cluster.take_away(broker)
    shutil.rmtree(cluster.data(broker, ""))
    cluster.bring_back(broker)


def rolling_restart(cluster, check):
    """In good order; no writer sees an error."""
    for broker in cluster.brokers:
        cluster.take_away(broker, "--signal", "TERM")
        cluster.bring_back(broker)
        check()


def run(clients, seed, whose):
    """`whose` tools: see cases/cluster_hands.py."""
    install.apt("kcat")
    install.jars()
    with ClusterTarget(f"tools-{whose}", SETTINGS) as cluster:
        hands = HANDS[whose](cluster)
        java = Written(cluster, clients["java"], PARTITIONS, seed)
        kcat = WrittenByKcat(cluster, clients["kcat"], seed, ROUND_LINES)
        cluster.wait_until_well()
        loads = [Load(java), Load(kcat)]

        def check():
            for load in loads:
                load.check()
        for step in (lambda: preferred_leaders(cluster, hands, java.name),
                     lambda: reassign(cluster, hands, java.name),
                     lambda: reassign(cluster, hands, kcat.name),
                     lambda: more_partitions(hands, java.name),
                     lambda: delete_and_recreate(cluster, hands, "again"),
                     lambda: configs(cluster, hands, java.name),
                     lambda: replace_disk(cluster, 2),
                     lambda: rolling_restart(cluster, check)):
            step()
            check()
        for load in loads:
            load.finish()
        cluster.wait_until_well()
        written = [java, kcat]
        records = read_back(cluster, clients["librdkafka"], written)
        cluster.run("down")
        same = replicas_are_the_same(cluster, written)
    return hands.name, (
        f"{hands.calls} commands; {records} records of {sum(load.rounds for load in loads)} producers; "
        f"{same} partitions are the same on {REPLICAS} brokers; {Gregor.version()}")
