# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""The consumer protocol (KIP-848) with real clients: members read and commit while the broker is
killed, as in groups.py; two members share a topic; and a group changes from the classic protocol to
the new one and back, as its members do. The Java client is one process that lives through the kills."""

import json
import subprocess
import threading

from cases.groups import KILLS, Member, PARTITIONS, RECORDS, append, committed, fill, members_survive_kills
from cases.round_trip import call
from harness import install, processes
from harness.report import Failed

SECONDS = 60
# Whoever was killed keeps its partitions for as long as its session: long enough for a slow machine.
SETTINGS = {"group.consumer.min.session.timeout.ms": 6000,
            "group.consumer.session.timeout.ms": 6000,
            "group.consumer.min.heartbeat.interval.ms": 1000,
            "group.consumer.heartbeat.interval.ms": 1000}


class Worker:
    """A client under the name by which group_worker.py knows its protocol."""

    def __init__(self, client, name):
        self.python, self.name = client.python, name


def list_groups(target):
    return {group["GroupId"]: (group["GroupType"], group["GroupState"])
            for address in target.every_address
            for group in call(address, "ListGroups", 5, {
                "StatesFilter": [], "TypesFilter": []})["Groups"]}


def members(target, group):
    answer = call(target.coordinator_address(group), "ConsumerGroupDescribe", 1, {
        "GroupIds": [group], "IncludeAuthorizedOperations": False})["Groups"][0]
    if answer["ErrorCode"] != 0:
        return []
    return [sorted(p for topic in member["Assignment"]["TopicPartitions"]
                   for p in topic["Partitions"]) for member in answer["Members"]]


def shared_evenly(target, group, count):
    shares = members(target, group)
    return (len(shares) == count and sorted(sum(shares, [])) == list(range(PARTITIONS))
            and max(map(len, shares)) - min(map(len, shares)) <= 1)


def static_member_comes_back(target, worker, topic):
    """One that says that it will be back finds its place kept, before its session is over. (One that
    was killed has to wait until then: UNRELEASED_INSTANCE_ID, in KIP-848.)"""
    for _ in range(2):
        member = Member(worker, target, "static", topic, "instance")
        try:
            processes.wait_until(lambda: shared_evenly(target, "static", 1) and member.committed,
                                 "the static member has its place", SECONDS)
            member.leave()
        finally:
            member.kill()


def two_members_share(target, worker, topic):
    group, running = "shared", []
    try:
        for count in (1, 2):
            running.append(Member(worker, target, group, topic))
            processes.wait_until(lambda n=count: shared_evenly(target, group, n),
                                 f"{count} members share {topic}", SECONDS)
        if list_groups(target)[group] != ("consumer", "Stable"):
            raise Failed(f"listed is {list_groups(target)[group]}")
        running.pop().leave()
        processes.wait_until(lambda: shared_evenly(target, group, 1), "one member has all", SECONDS)
    finally:
        for member in running:
            member.kill()


def protocol_changes_and_back(target, classic, consumer, topic):
    group, running = "mixed", []
    try:
        running.append(Member(classic, target, group, topic))
        processes.wait_until(lambda: list_groups(target).get(group) == ("classic", "Stable"),
                             "a classic member is alone", SECONDS)
        running.append(Member(consumer, target, group, topic))
        processes.wait_until(lambda: shared_evenly(target, group, 2),
                             "members of both protocols share the topic", SECONDS)
        running.pop().leave()
        processes.wait_until(lambda: list_groups(target).get(group) == ("classic", "Stable"),
                             "the group is a classic one again", SECONDS)
    finally:
        for member in running:
            member.kill()


class VerifiableConsumer:
    """Kafka's own, with `group.protocol=consumer`: one process that reads and commits, and what it says."""

    def __init__(self, java, target, group, topic):
        settings = target.folder / "verifiable.properties"
        settings.write_text("max.poll.records=20\n")  # a commit after each
        self.errors = open(target.folder / "verifiable.log", "wb")
        self.process = processes.start(
            [*java.program("org.apache.kafka.tools.VerifiableConsumer"), "--bootstrap-server", target.bootstrap,
             "--topic", topic, "--group-id", group, "--group-protocol", "consumer", "--reset-policy",
             "earliest", "--verbose", "--consumer.config", settings],
            stdout=subprocess.PIPE, stderr=self.errors)
        self.seen = [set() for _ in range(PARTITIONS)]
        self.committed, self.wrong = [0] * PARTITIONS, []
        self.reader = threading.Thread(target=self.follow, daemon=True)
        self.reader.start()

    def follow(self):
        for line in self.process.stdout:
            event = json.loads(line) if line.startswith(b"{") else {"name": ""}
            if event["name"] == "record_data":
                self.take(event["partition"], event["offset"], event["value"])
            elif event["name"] == "offsets_committed" and event["success"]:
                for one in event["offsets"]:
                    self.committed[one["partition"]] = one["offset"]

    def take(self, partition, offset, value):
        if value != f"{partition}/{offset}":
            self.wrong.append(f"{value} at {offset} of partition {partition}")
        if offset < self.committed[partition]:
            self.wrong.append(f"{offset} of partition {partition} again, although "
                              f"{self.committed[partition]} was committed")
        self.seen[partition].add(offset)

    def count(self):
        if self.process.poll() is not None:
            raise Failed(f"the Java consumer ended with {self.process.returncode}")
        return sum(map(len, self.seen))

    def kill(self):
        processes.kill(self.process)
        self.reader.join(10)
        self.errors.close()


def java_lives_through_kills(target, java):
    """Each time when it has begun to read what was appended, and not all of it is committed."""
    group, topic, each = "java-alive", "alive", RECORDS * PARTITIONS
    fill(target, topic)
    consumer = VerifiableConsumer(java, target, group, topic)
    try:
        for kill in range(KILLS + 1):
            processes.wait_until(lambda n=kill: consumer.count() > n * each, "it reads on", SECONDS)
            if kill < KILLS:
                target.kill_coordinator(group)
                target.start()
            processes.wait_until(lambda n=kill + 1: consumer.count() == n * each, "it has read all", SECONDS)
            if kill < KILLS:
                append(target, topic, range((kill + 1) * RECORDS, (kill + 2) * RECORDS))
        wanted = {partition: (KILLS + 1) * RECORDS for partition in range(PARTITIONS)}
        processes.wait_until(lambda: committed(target, group, topic) == wanted, "all is committed", SECONDS)
    finally:
        consumer.kill()
    if consumer.wrong:
        raise Failed(f"the Java consumer read {consumer.wrong[:5]}")


def java_reads_all(target, java, topic):
    """Kafka's own consumer, by name and by pattern; and Kafka's tool tells of both groups."""
    for group, what in (("java-names", ["--topic", topic]),
                        ("java-pattern", ["--include", topic[:-1] + "."])):
        lines = processes.run(
            [*java.program("org.apache.kafka.tools.consumer.ConsoleConsumer"), "--bootstrap-server",
             target.bootstrap, *what, "--group", group, "--from-beginning", "--max-messages",
             PARTITIONS * RECORDS, "--timeout-ms", SECONDS * 1000, "--consumer-property",
             "group.protocol=consumer"]).decode().split()
        if sorted(lines) != sorted(f"{p}/{o}" for p in range(PARTITIONS) for o in range(RECORDS)):
            raise Failed(f"{group} read {len(lines)} lines")
        told = processes.run(
            [*java.program("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"),
             "--bootstrap-server", target.bootstrap, "--describe", "--group", group]).decode()
        if told.count(f" {RECORDS} ") < PARTITIONS:
            raise Failed(f"kafka-consumer-groups says of {group}: {told}")


def run(target, clients):
    """The second value says what was done, for the report."""
    install.apt("kcat")
    topic = "grouped"
    fill(target, topic)
    client = clients["confluent-kafka"]
    client.install()
    classic, consumer = Worker(client, "confluent-kafka"), Worker(client, "consumer-protocol")
    members_survive_kills(target, consumer, topic, None)
    static_member_comes_back(target, consumer, topic)
    two_members_share(target, consumer, topic)
    protocol_changes_and_back(target, classic, consumer, topic)
    clients["java"].install()
    java_reads_all(target, clients["java"], topic)
    java_lives_through_kills(target, clients["java"])
    return (f"{client.name} {client.version()}, java {clients['java'].version()}",
            "members over kills; a static one back; shared; mixed with classic; Java by name and pattern, "
            f"and alive over {KILLS} kills")
