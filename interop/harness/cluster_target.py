# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""The broker under test, where it is three of them and three ZooKeeper servers: cases that know one
broker run as they are. Topics have three replicas; a restart hits whoever leads most partitions."""

import json

from harness import processes
from harness.cluster import Cluster
from harness.target import Gregor
from wire.connection import Connection

BROKERS = ZOOKEEPERS = 3
LISTED = {"Topics": None, "AllowAutoTopicCreation": False}


class ClusterTarget(Cluster):
    kind, version = "gregor", Gregor.version
    replicas = 3

    def __init__(self, name, settings=None):
        # Leaders move where a case says so: while they do, a producer without idempotence keeps no order.
        super().__init__(f"of-{name}", BROKERS, ZOOKEEPERS,
                         {"offsets.topic.num.partitions": "3",
                          "auto.leader.rebalance.enable": "false"} | (settings or {}))

    def up(self):
        document = super().up()
        members = json.loads((self.home / "cluster.json").read_text())["brokers"]
        self.addresses = {one["id"]: ("127.0.0.1", one["port"]) for one in members}
        self.wait_until_well()
        return document

    @property
    def address(self):
        """Of a broker that is up, outside of a restart."""
        return next(iter(self.addresses.values()))

    def call(self, api, version, body, broker=None):
        connection = Connection(self.addresses[broker] if broker else self.address)
        try:
            return connection.call(api, version, body)
        finally:
            connection.close()

    def leaders(self, told_by=None):
        """{(topic, partition): broker, or -1}"""
        return {(topic["Name"], one["PartitionIndex"]): one["LeaderId"]
                for topic in self.call("Metadata", 8, LISTED, told_by)["Topics"]
                for one in topic["Partitions"]}

    def leader_address(self, topic, partition):
        return self.addresses.get(self.leaders().get((topic, partition)), self.address)

    def coordinator_address(self, group):
        found = self.call("FindCoordinator", 3, {"Key": group, "KeyType": 0})
        return self.addresses.get(found["NodeId"], self.address)

    def take_away(self, broker, *how):
        """Kills it, until others lead all that it led."""
        self.run("kill", broker, *how)
        other = next(one for one in self.addresses if one != broker)
        processes.wait_until(
            lambda: not {broker, -1} & set(self.leaders(told_by=other).values()),
            f"others lead what broker {broker} led", pause=0.1)

    def bring_back(self, broker):
        """Starts it, until it is in sync with the others."""
        self.run("start", broker)
        self.wait_until_well()

    def restart(self, how):
        """`how` is 'stop' or 'kill'."""
        leaders = list(self.leaders().values())
        victim = max(self.addresses, key=leaders.count)
        self.take_away(victim, *(["--signal", "TERM"] if how == "stop" else []))
        self.bring_back(victim)
