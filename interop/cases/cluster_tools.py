# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Apache Kafka's own tools for work on a cluster, against three brokers and three ZooKeeper servers,
while a Java producer writes with acks=all and idempotence: preferred leaders, other replicas, more
partitions, a topic deleted and made anew, configs, and a broker whose disk is replaced by an empty
one. Then everything acknowledged is there once and in order, and the replicas are the same."""

import json
import re
import shutil
import subprocess
import threading

from cases.cluster_failover import BROKERS, REPLICAS, Written, read_back, replicas_are_the_same
from cases.kafka_commands import DESCRIBED, TOOLS, Tools, expect
from harness import install, processes
from harness.cluster_target import ClusterTarget
from harness.corpus import Corpus
from harness.report import Failed
from harness.target import Gregor

PARTITIONS = 3
ROUND_BYTES = 1 << 20
TOPIC_COMMAND = f"{TOOLS}.TopicCommand"
CONFIG_COMMAND = "kafka.admin.ConfigCommand"


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


def described(tools, topic):
    """{partition: (leader, replicas, in-sync replicas)} as Kafka's tool tells."""
    lines = tools.lines(TOPIC_COMMAND, "--describe", "--topic", topic)[1:]
    found = [DESCRIBED.search(line).groups() for line in lines]
    return {int(partition): (int(leader), [int(b) for b in replicas.split(",")],
                             {int(b) for b in isr.split(",")})
            for partition, leader, replicas, isr in found}


def preferred_leaders(cluster, tools, topic):
    """A broker that was away leads nothing, until the tool says so."""
    cluster.take_away(1)
    cluster.bring_back(1)
    before = described(tools, topic)
    wanted = {partition: replicas[0] for partition, (_, replicas, _) in before.items()}
    expect("broker 1 leads nothing", 1 in {leader for leader, _, _ in before.values()}, False)
    expect("it is preferred somewhere", 1 in wanted.values(), True)
    tools.run("org.apache.kafka.tools.LeaderElectionCommand", "--election-type", "preferred",
              "--all-topic-partitions")
    expect("the preferred lead", {p: one[0] for p, one in described(tools, topic).items()}, wanted)


def reassign(cluster, tools, topic):
    """Each partition loses a replica, and gets it back in another place of the list."""
    before = described(tools, topic)
    for number, order in enumerate((lambda r: r[1:], lambda r: [*r[1:], r[0]])):
        plan = {partition: order(one[1]) for partition, one in before.items()}
        file = cluster.folder / f"plan.{number}.json"
        file.write_text(json.dumps({"version": 1, "partitions": [
            {"topic": topic, "partition": partition, "replicas": replicas}
            for partition, replicas in plan.items()]}))
        command = f"{TOOLS}.reassign.ReassignPartitionsCommand"
        tools.run(command, "--execute", "--reassignment-json-file", file)
        done = [f"Reassignment of partition {topic}-{partition} is completed." for partition in plan]
        processes.wait_until(
            lambda wanted=done, plan_file=file: set(wanted) <= set(tools.lines(
                command, "--verify", "--reassignment-json-file", plan_file)),
            "the tool says that the replicas are where they should be", 120)
        expect("the replicas", {p: one[1] for p, one in described(tools, topic).items()}, plan)
        cluster.wait_until_well()


def more_partitions(tools, topic):
    before = described(tools, topic)
    tools.run(TOPIC_COMMAND, "--alter", "--topic", topic, "--partitions", PARTITIONS + 1)
    after = processes.wait_until(
        lambda: (lambda now: now if len(now) == PARTITIONS + 1 else None)(described(tools, topic)),
        "the new partition is there")
    expect("the old ones", {p: one[1] for p, one in after.items() if p < PARTITIONS},
           {p: one[1] for p, one in before.items()})
    expect("replicas of the new one", len(after[PARTITIONS][1]), REPLICAS)


def write_lines(cluster, topic, count):
    producer = processes.start(["kcat", "-P", "-b", cluster.bootstrap, "-t", topic, "-p", 0],
                               stdin=subprocess.PIPE)
    producer.communicate("".join(f"{n}\n" for n in range(count)).encode(), timeout=60)
    expect("kcat's exit code", producer.returncode, 0)


def delete_and_recreate(cluster, tools, topic):
    """Nothing of the old topic comes back in the new one."""
    for count in (200, 50):
        tools.run(TOPIC_COMMAND, "--create", "--topic", topic, "--partitions", 2,
                  "--replication-factor", REPLICAS)
        cluster.wait_until_well()
        write_lines(cluster, topic, count)
        read = processes.run(["kcat", "-C", "-q", "-e", "-b", cluster.bootstrap, "-t", topic, "-o",
                              "beginning"], timeout=60).decode().split()
        expect("what is in it", read, [str(n) for n in range(count)])
        if count == 200:
            tools.run(TOPIC_COMMAND, "--delete", "--topic", topic)
            processes.wait_until(
                lambda: topic not in tools.lines(TOPIC_COMMAND, "--list"), f"{topic} is gone")
            processes.wait_until(
                lambda: not any(cluster.data(broker, f"{topic}-0").exists()
                                for broker in range(1, BROKERS + 1)), "and its files are")


def configs(tools, topic):
    tools.run(CONFIG_COMMAND, "--alter", "--entity-type", "topics", "--entity-name", topic,
              "--add-config", "retention.ms=7200000,segment.bytes=1048576")
    lines = tools.lines(CONFIG_COMMAND, "--describe", "--entity-type", "topics", "--entity-name", topic)
    expect("the topic's", sorted(line.split()[0] for line in lines if "sensitive=" in line),
           ["min.insync.replicas=2", "retention.ms=7200000", "segment.bytes=1048576"])
    tools.run(CONFIG_COMMAND, "--alter", "--entity-type", "brokers", "--entity-default",
              "--add-config", "log.cleaner.threads=2")
    for broker in range(1, BROKERS + 1):
        lines = tools.lines(CONFIG_COMMAND, "--describe", "--all", "--entity-type", "brokers",
                            "--entity-name", broker)
        found = [line for line in lines if line.split()[0].startswith("log.cleaner.threads=")]
        expect(f"broker {broker}'s", [line.split()[0] for line in found], ["log.cleaner.threads=2"])


def replace_disk(cluster, broker):
    """All that it had is gone, and comes back from the others."""
    cluster.take_away(broker)
    shutil.rmtree(cluster.data(broker, ""))
    cluster.bring_back(broker)


def run(clients, seed):
    install.apt("kcat")
    install.jars()
    settings = {"auto.leader.rebalance.enable": "false", "file.delete.delay.ms": "1000"}
    with ClusterTarget("tools", settings) as cluster:
        tools = Tools(cluster)
        written = Written(cluster, clients["java"], PARTITIONS, seed)
        cluster.wait_until_well()
        load = Load(written)
        for step in (lambda: preferred_leaders(cluster, tools, written.name),
                     lambda: reassign(cluster, tools, written.name),
                     lambda: more_partitions(tools, written.name),
                     lambda: delete_and_recreate(cluster, tools, "again"),
                     lambda: configs(tools, written.name),
                     lambda: replace_disk(cluster, 2)):
            step()
            load.check()
        load.finish()
        cluster.wait_until_well()
        records = read_back(cluster, clients["librdkafka"], [written])
        cluster.run("down")
        same = replicas_are_the_same(cluster, [written])
    return "Apache Kafka 4.1.0", (
        f"{tools.calls} commands; {records} records of {load.rounds} producers; {same} partitions are "
        f"the same on {BROKERS} brokers; {Gregor.version()}")
