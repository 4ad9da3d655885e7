# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""The consumer protocol (KIP-848) with real clients: members read and commit while the broker is
killed, as in groups.py; two members share a topic; and a group changes from the classic protocol to
the new one and back, as its members do."""

from cases.groups import Member, PARTITIONS, RECORDS, fill, members_survive_kills
from harness import install, processes
from harness.report import Failed
from wire.connection import Connection

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
    connection = Connection(target.address)
    try:
        listed = connection.call("ListGroups", 5, {"StatesFilter": [], "TypesFilter": []})
    finally:
        connection.close()
    return {group["GroupId"]: (group["GroupType"], group["GroupState"])
            for group in listed["Groups"]}


def members(target, group):
    connection = Connection(target.address)
    try:
        answer = connection.call("ConsumerGroupDescribe", 1, {
            "GroupIds": [group], "IncludeAuthorizedOperations": False})["Groups"][0]
    finally:
        connection.close()
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
    return (f"{client.name} {client.version()}, java {clients['java'].version()}",
            "members over kills; a static one back; shared; mixed with classic; Java by name and pattern")
