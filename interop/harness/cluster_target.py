# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""The broker under test, where it is three of them and three ZooKeeper servers: cases that know one
broker run as they are. Topics have three replicas; who is stopped or killed is whoever leads most
partitions, or coordinates a group; it comes back when others lead what it led."""

import json

from harness import processes, trace
from harness.cluster import Cluster
from harness.report import Failed
from harness.target import Gregor, resident_bytes
from wire.connection import Connection

BROKERS = ZOOKEEPERS = 3
LISTED = {"Topics": None, "AllowAutoTopicCreation": False}
# As in Kafka the controller gives partitions back to their preferred leaders; every 2 seconds, where
# it would be 300, and to the last of them.
SETTINGS = {"offsets.topic.num.partitions": 3,
            "leader.imbalance.check.interval.seconds": 2,
            "leader.imbalance.per.broker.percentage": 0}


class ClusterTarget(Cluster):
    kind, version = "gregor", staticmethod(Gregor.version)
    replicas = BROKERS
    outage_seconds = 60

    def __init__(self, name, settings=None):
        super().__init__(f"of-{name}", BROKERS, ZOOKEEPERS, SETTINGS | (settings or {}), traced=True)
        self.gives_back = self.settings.get("auto.leader.rebalance.enable", "true") == "true"
        self.away = None  # the broker that is stopped or killed

    def __exit__(self, kind, *more):
        """What all brokers have traced keeps the promises of the specs."""
        if kind is None:
            self.stop()
            trace.check(self.traces().values())
        super().__exit__(kind, *more)

    def up(self):
        document = super().up()
        members = json.loads((self.home / "cluster.json").read_text())["brokers"]
        self.addresses = {one["id"]: ("127.0.0.1", one["port"]) for one in members}
        self.wait_until_well()
        self.pids = self.running()
        return document

    @property
    def every_address(self):
        return [address for broker, address in self.addresses.items() if broker != self.away]

    @property
    def address(self):
        """Of the first broker that is up."""
        return self.every_address[0]

    def call(self, api, version, body, broker=None):
        connection = Connection(self.addresses[broker] if broker else self.address)
        try:
            return connection.call(api, version, body)
        finally:
            connection.close()

    def partitions_told_by(self, broker=None):
        """{(topic, partition): what Metadata tells of it}"""
        return {(topic["Name"], one["PartitionIndex"]): one
                for topic in self.call("Metadata", 8, LISTED, broker)["Topics"]
                for one in topic["Partitions"]}

    def leaders(self, told_by=None):
        """{(topic, partition): broker, or -1}"""
        return {name: one["LeaderId"] for name, one in self.partitions_told_by(told_by).items()}

    def leader_address(self, topic, partition):
        return self.addresses.get(self.leaders().get((topic, partition)), self.address)

    def coordinator(self, group):
        return self.call("FindCoordinator", 3, {"Key": group, "KeyType": 0})["NodeId"]

    def coordinator_address(self, group):
        return self.addresses.get(self.coordinator(group), self.address)

    def folders(self, partition):
        """{broker: the folder in which it keeps a partition}"""
        return {broker: self.data(broker, partition) for broker in self.brokers}

    def take_away(self, broker, *how):
        """Kills it, until others lead all that it led."""
        self.away = broker
        self.run("kill", broker, *how)
        other = next(one for one in self.addresses if one != broker)
        processes.wait_until(
            lambda: not {broker, -1} & set(self.leaders(told_by=other).values()),
            f"others lead what broker {broker} led", pause=0.1)

    def bring_back(self, broker):
        """Starts it, until it is in sync with the others and leads again what it is preferred for.
        Until then leaders move, and a producer without idempotence keeps no order."""
        self.run("start", broker)
        self.away = None
        self.wait_until_well()
        if self.gives_back:
            self.wait_until_preferred_lead()

    def preferred_lead(self):
        return all(one["LeaderId"] == one["ReplicaNodes"][0]
                   for broker in self.brokers
                   for one in self.partitions_told_by(broker).values())

    def wait_until_preferred_lead(self):
        processes.wait_until(self.preferred_lead, "the preferred leaders lead, say all brokers",
                             pause=0.2)

    def have_lead(self, broker, topic, partition):
        """Makes it the preferred leader, and waits until it leads."""
        replicas = [broker, *(one for one in self.brokers if one != broker)]
        answer = self.call("AlterPartitionReassignments", 0, {"TimeoutMs": 30000, "Topics": [
            {"Name": topic, "Partitions": [{"PartitionIndex": partition, "Replicas": replicas}]}]})
        if answer["ErrorCode"] or answer["Responses"][0]["Partitions"][0]["ErrorCode"]:
            raise Failed(f"{topic}-{partition} is not given to {replicas}: {answer}")
        processes.wait_until(
            lambda: all(self.leaders(told_by=one)[topic, partition] == broker for one in self.brokers),
            f"broker {broker} leads {topic}-{partition}", pause=0.2)

    def kill_coordinator(self, group):
        """Until `start`; others have taken over by then."""
        self.take_away(processes.wait_until(
            lambda: max(0, self.coordinator(group)), f"{group} has a coordinator", pause=0.1))

    def start(self):
        """Who is away comes back."""
        self.bring_back(self.away)

    def stop(self):
        """All of them, in good order."""
        self.run("down")

    def restart(self, how):
        """`how` is 'stop' or 'kill'."""
        leaders = list(self.leaders().values())
        victim = max(self.addresses, key=leaders.count)
        self.take_away(victim, *(["--signal", "TERM"] if how == "stop" else []))
        self.bring_back(victim)

    def running(self):
        """{broker: its process}"""
        members = self.members()
        return {broker: members[f"broker-{broker}"]["pid"] for broker in self.brokers}

    @property
    def pid(self):
        """Of the broker at `address`."""
        return self.pids[next(iter(self.addresses))]

    def resident_bytes(self):
        """Of the largest of them."""
        return max(resident_bytes(pid) for pid in self.pids.values())

    def check_alive(self):
        """That none has ended since `up`."""
        if self.running() != self.pids:
            raise Failed(f"brokers were the processes {self.pids}, and are {self.running()}; see "
                         f"{self.home}/broker-*/broker.log")
