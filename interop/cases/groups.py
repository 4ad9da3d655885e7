# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Consumer groups of real clients. Members read and commit while the broker is killed between their
commits: what was acknowledged is there afterwards, and whoever takes over begins exactly there. Then
kcat reads everything as one member, and what groups there are is asked as tools ask."""

import os
import signal
import subprocess
import threading

from cases.round_trip import call
from clients.clients import WORKERS
from harness import install, processes
from harness.report import Failed
from wire.connection import Connection

PARTITIONS = 4
RECORDS = 1500  # a partition
KILLS = 3
NOT_YET = {14, 15, 16}  # the coordinator is loading, not available, not this one


class Member:
    """One process of a group, and what it has said so far."""

    def __init__(self, client, target, group, topic, instance=None):
        command = [client.python, WORKERS / "group_worker.py", client.name, target.bootstrap, group,
                   topic] + ([instance] if instance else [])
        self.errors = open(target.folder / "members.log", "ab")
        self.process = processes.start(command, stdout=subprocess.PIPE, stderr=self.errors)
        self.got, self.committed, self.first = {}, {}, {}
        self.reader = threading.Thread(target=self.follow, daemon=True)
        self.reader.start()

    def follow(self):
        for line in self.process.stdout:
            words = line.decode().split()
            if len(words) == 4 and words[0] == "got":
                partition, offset = int(words[1]), int(words[2])
                self.first.setdefault(partition, offset)
                self.got.setdefault(partition, {})[offset] = words[3]
            elif len(words) == 3 and words[0] == "committed":
                self.committed[int(words[1])] = int(words[2])

    def leave(self):
        os.kill(self.process.pid, signal.SIGINT)
        self.process.wait(30)
        self.kill()

    def kill(self):
        processes.kill(self.process)
        self.reader.join(10)
        self.errors.close()


def fill(target, topic):
    call(target.address, "CreateTopics", 5, {"Topics": [{
        "Name": topic, "NumPartitions": PARTITIONS, "ReplicationFactor": target.replicas,
        "Assignments": [], "Configs": []}], "timeoutMs": 30000, "validateOnly": False})
    append(target, topic, range(RECORDS))


def append(target, topic, offsets):
    """To each partition the records that are due at these offsets; each says where it is."""
    for partition in range(PARTITIONS):
        path = target.folder / f"{topic}-{partition}"
        path.write_text("".join(f"{partition}/{at}\n" for at in offsets))
        processes.run(["kcat", "-P", "-b", target.bootstrap, "-t", topic, "-p", partition, "-l",
                       path])


def committed(target, group, topic, partitions=PARTITIONS):
    """{partition: offset or -1} that a coordinator tells, once it has loaded the group."""
    return processes.wait_until(lambda: committed_if_loaded(target, group, topic, partitions),
                                f"{group} is served")


def committed_if_loaded(target, group, topic, partitions):
    connection = Connection(target.coordinator_address(group))
    try:
        found = connection.call("FindCoordinator", 3, {"Key": group, "KeyType": 0})
        answer = connection.call("OffsetFetch", 5, {"GroupId": group, "Topics": [
            {"Name": topic, "PartitionIndexes": list(range(partitions))}]})
    finally:
        connection.close()
    errors = {found["ErrorCode"], answer["ErrorCode"]} - {0}
    if errors:
        if errors <= NOT_YET:
            return None
        raise Failed(f"{group} is answered with the errors {errors}")
    return {one["PartitionIndex"]: one["CommittedOffset"]
            for one in answer["Topics"][0]["Partitions"]}


def check_records(member, acked):
    for partition, records in member.got.items():
        for offset, value in records.items():
            if value != f"{partition}/{offset}":
                raise Failed(f"{value} at {offset} of partition {partition}")
        if member.first[partition] < acked.get(partition, 0):
            raise Failed(f"partition {partition} was read from {member.first[partition]} on, "
                         f"although {acked[partition]} was committed")


def members_survive_kills(target, client, topic, instance):
    group, acked, seen = f"{client.name}-{instance or 'dynamic'}", {}, {}
    for kill in range(KILLS + 1):
        member = Member(client, target, group, topic, instance)
        wanted = RECORDS * PARTITIONS * (kill + 1) // (KILLS + 1)
        try:
            processes.wait_until(
                lambda: sum(map(len, seen.values())) +
                sum(len(set(records) - set(seen.get(p, ()))) for p, records in
                    list(member.got.items())) >= wanted or member.process.poll() is not None,
                f"{group} has read {wanted} records", 120)
            if kill < KILLS:
                target.kill_coordinator(group)
        finally:
            member.kill()
        check_records(member, acked)
        for partition, records in member.got.items():
            seen.setdefault(partition, {}).update(records)
        acked.update(member.committed)
        if kill < KILLS:
            target.start()
        found = committed(target, group, topic)
        for partition, offset in acked.items():
            if found[partition] < offset:
                raise Failed(f"{group}: {offset} was committed for partition {partition}, "
                             f"{found[partition]} is there")
    if not acked:
        raise Failed(f"{group} committed nothing")
    if any(len(seen.get(p, ())) != RECORDS for p in range(PARTITIONS)):
        raise Failed(f"{group} read {({p: len(r) for p, r in seen.items()})}")


def kcat_reads_all(target, topic):
    lines = processes.run(["kcat", "-b", target.bootstrap, "-G", "kcat-group", "-q", "-e", "-X",
                           "auto.offset.reset=earliest", "-f", "%p/%o %s\\n", topic]).decode()
    found = sorted(lines.split("\n"))
    expected = sorted([f"{p}/{o} {p}/{o}" for p in range(PARTITIONS) for o in range(RECORDS)] + [""])
    if found != expected:
        raise Failed(f"kcat -G read {len(found) - 1} lines that are not the {len(expected) - 1}")


def groups_are_told(target, expected):
    """Each by its coordinator, and by nobody else."""
    names = [group["GroupId"] for address in target.every_address
             for group in call(address, "ListGroups", 4, {"StatesFilter": []})["Groups"]]
    if not set(expected) <= set(names) or len(names) != len(set(names)):
        raise Failed(f"listed are {sorted(names)}")
    for name in expected:
        group, = call(target.coordinator_address(name), "DescribeGroups", 5, {
            "Groups": [name], "IncludeAuthorizedOperations": False})["Groups"]
        if group["ErrorCode"] != 0 or group["ProtocolType"] != "consumer":
            raise Failed(f"described is {group}")


def run(target, clients):
    """The second value says what was done, for the report."""
    install.apt("kcat")
    topic, groups, versions = "grouped", [], []
    fill(target, topic)
    for name in ("kafka-python", "confluent-kafka"):
        client = clients[name]
        client.install()
        versions.append(f"{name} {client.version()}")
        for instance in (None, "static"):
            members_survive_kills(target, client, topic, instance)
            groups.append(f"{name}-{instance or 'dynamic'}")
    kcat_reads_all(target, topic)
    groups_are_told(target, [*groups, "kcat-group"])
    return ", ".join(versions), (f"{len(groups)} groups over {KILLS} kills of the broker each; kcat -G "
                                 f"read {PARTITIONS * RECORDS} records")
