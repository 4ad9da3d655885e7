# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""The hands that cases/cluster_tools.py works with: Apache Kafka's own tools, or gregor's. Each says
what is asked for as its users write it, and what it printed as the case wants to know it."""

import json

from cases.cli import Cli
from cases.kafka_commands import DESCRIBED, TOOLS, Tools
from harness.report import Failed
from harness.target import Gregor

TOPIC_COMMAND = f"{TOOLS}.TopicCommand"
CONFIG_COMMAND = "kafka.admin.ConfigCommand"
REASSIGN_COMMAND = f"{TOOLS}.reassign.ReassignPartitionsCommand"


class KafkaHands:
    name = "Apache Kafka 4.1.0"

    def __init__(self, cluster):
        self.tools = Tools(cluster)

    @property
    def calls(self):
        return self.tools.calls

    def create(self, topic, partitions, replicas):
        self.tools.run(TOPIC_COMMAND, "--create", "--topic", topic, "--partitions", partitions,
                       "--replication-factor", replicas)

    def delete(self, topic):
        self.tools.run(TOPIC_COMMAND, "--delete", "--topic", topic)

    def topics(self):
        return self.tools.lines(TOPIC_COMMAND, "--list")

    def grow(self, topic, partitions):
        self.tools.run(TOPIC_COMMAND, "--alter", "--topic", topic, "--partitions", partitions)

    def described(self, topic):
        """{partition: (leader, replicas, in-sync replicas)}"""
        lines = self.tools.lines(TOPIC_COMMAND, "--describe", "--topic", topic)[1:]
        found = [DESCRIBED.search(line).groups() for line in lines]
        return {int(partition): (int(leader), [int(b) for b in replicas.split(",")],
                                 {int(b) for b in isr.split(",")})
                for partition, leader, replicas, isr in found}

    def elect(self):
        self.tools.run(f"{TOOLS}.LeaderElectionCommand", "--election-type", "preferred",
                       "--all-topic-partitions")

    def reassign(self, file):
        self.tools.run(REASSIGN_COMMAND, "--execute", "--reassignment-json-file", file)

    def reassigned(self, file):
        """The partitions of which it says that it is done."""
        lines = self.tools.lines(REASSIGN_COMMAND, "--verify", "--reassignment-json-file", file)
        done = [line.split() for line in lines if line.endswith(" is completed.")]
        return {words[3] for words in done}

    def alter(self, topic, configs):
        self.tools.run(CONFIG_COMMAND, "--alter", "--entity-type", "topics", "--entity-name", topic,
                       "--add-config", configs)

    def configs(self, topic):
        """Those that are not the default, as name=value."""
        lines = self.tools.lines(CONFIG_COMMAND, "--describe", "--entity-type", "topics",
                                 "--entity-name", topic)
        return sorted(line.split()[0] for line in lines if "sensitive=" in line)

    def alter_brokers(self, configs):
        self.tools.run(CONFIG_COMMAND, "--alter", "--entity-type", "brokers", "--entity-default",
                       "--add-config", configs)

    def config_of(self, broker, name):
        lines = self.tools.lines(CONFIG_COMMAND, "--describe", "--all", "--entity-type", "brokers",
                                 "--entity-name", broker)
        found, = [line.split()[0] for line in lines if line.split()[0].startswith(f"{name}=")]
        return found


class GregorHands:
    def __init__(self, cluster):
        self.cli, self.name = Cli(cluster), Gregor.version()

    @property
    def calls(self):
        return self.cli.calls

    def create(self, topic, partitions, replicas):
        self.cli.run("topics", "--create", "--topic", topic, "--partitions", partitions,
                     "--replication-factor", replicas)

    def delete(self, topic):
        self.cli.run("topics", "--delete", "--topic", topic)

    def topics(self):
        return self.cli.lines("topics", "--list")

    def grow(self, topic, partitions):
        self.cli.run("topics", "--alter", "--topic", topic, "--partitions", partitions)

    def described(self, topic):
        found, = self.cli.document("topics", "topics", "--describe", "--topic", topic)
        return {one["partition"]: (one["leader"], one["replicas"], set(one["isr"]))
                for one in found["partitions"]}

    def elect(self):
        elected = self.cli.document("partitions", "elect", "--election-type", "preferred",
                                    "--all-topic-partitions")
        if not any(one["elected"] for one in elected):
            raise Failed(f"gregor elect elected {elected}")

    def reassign(self, file):
        self.cli.run("reassign", "--execute", "--reassignment-json-file", file)

    def reassigned(self, file):
        told = self.cli.document("partitions", "reassign", "--verify", "--reassignment-json-file", file)
        return {f"{one['topic']}-{one['partition']}" for one in told if one["state"] == "completed"}

    def alter(self, topic, configs):
        self.cli.run("configs", "--alter", "--topic", topic, "--add-config", configs)

    def configs(self, topic):
        found, = self.cli.document("resources", "configs", "--describe", "--topic", topic)
        return sorted(f"{one['name']}={one['value']}" for one in found["configs"])

    def alter_brokers(self, configs):
        self.cli.run("configs", "--alter", "--broker-defaults", "--add-config", configs)

    def config_of(self, broker, name):
        found, = self.cli.document("resources", "configs", "--describe", "--all", "--broker", broker)
        value, = [one["value"] for one in found["configs"] if one["name"] == name]
        return f"{name}={value}"


HANDS = {"kafka": KafkaHands, "gregor": GregorHands}
