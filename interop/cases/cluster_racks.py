# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Two racks with a broker each (KIP-392): consumers of librdkafka and of Java that say where they stand
read in their rack, whoever leads; they go to the leader when their rack's broker is killed, and come
back with it. What they read is everything, in order."""

import re
import subprocess

from cases.kafka_commands import expect
from harness import install, processes
from harness.cluster import Cluster
from harness.report import Failed
from harness.target import Gregor

LEADER, FOLLOWER = 1, 2
RACKS = ["near", "far"]
TOPIC, PARTITIONS, LINES = "racks", 2, 3000
# "[thrd:…]: 127.0.0.1:23456/2: Fetch topic racks [0] at offset 17 (…)": of broker 2.
FETCHED = re.compile(rf"/(\d+): Fetch topic {TOPIC} \[(\d+)\] at offset (\d+)")


def lines_of(partition):
    return [f"{partition}-{number}" for number in range(LINES)]


def write(cluster):
    cluster.ask("topics", "--create", "--topic", TOPIC, "--replica-assignment",
                ",".join([f"{LEADER}:{FOLLOWER}"] * PARTITIONS))
    cluster.wait_until_well()
    for partition in range(PARTITIONS):
        producer = processes.start(
            ["kcat", "-P", "-b", cluster.bootstrap, "-t", TOPIC, "-p", partition, "-X", "acks=all",
             "-X", "batch.size=2000"], stdin=subprocess.PIPE)
        producer.communicate("".join(f"{line}\n" for line in lines_of(partition)).encode(), timeout=60)
        expect("kcat's exit code", producer.returncode, 0)


def check_values(values):
    for partition in range(PARTITIONS):
        expect(f"partition {partition}", [one for one in values if one.startswith(f"{partition}-")],
               lines_of(partition))
    expect("no more", len(values), PARTITIONS * LINES)


def read_by_kcat(cluster, rack):
    """{partition: who gave its records}; a fetch that sends the reader elsewhere gives none."""
    command = ["kcat", "-C", "-b", cluster.bootstrap, "-t", TOPIC, "-o", "beginning", "-c",
               PARTITIONS * LINES, "-X", f"client.rack={rack}", "-X", "debug=fetch", "-X",
               "fetch.message.max.bytes=10000"]
    child = processes.start(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        out, debug = child.communicate(timeout=120)
    finally:
        processes.kill(child)
    expect("kcat's exit code", child.returncode, 0)
    check_values(out.decode().split())
    given = {}
    for broker, partition, offset in FETCHED.findall(debug.decode(errors="replace")):
        if int(offset) > 0:
            given.setdefault(int(partition), set()).add(int(broker))
    return given


def read_by_java(cluster, rack):
    """{partition: the preferred replica, or -1}"""
    out = processes.run(["java", "-Xmx256m", "-XX:+UseSerialGC", "-cp", install.java_classes(), "RackReader",
                         cluster.bootstrap, TOPIC, PARTITIONS, PARTITIONS * LINES, rack],
                        timeout=180).decode()
    words = [line.split() for line in out.splitlines()]
    check_values([line[1] for line in words if line[0] == "value"])
    return {int(line[1]): int(line[2]) for line in words if line[0] == "partition"}


def read(cluster, rack, broker):
    """Both read all of it in that rack, from that broker."""
    everywhere = range(PARTITIONS)
    expect(f"who gave kcat in {rack} its records", read_by_kcat(cluster, rack),
           {partition: {broker} for partition in everywhere})
    expect(f"where Java in {rack} was sent", read_by_java(cluster, rack),
           {partition: broker if broker != LEADER else -1 for partition in everywhere})


def run():
    install.apt("kcat")
    with Cluster("racks", len(RACKS), 1, {"offsets.topic.num.partitions": "1"}, racks=RACKS) as cluster:
        write(cluster)
        leaders = {one["leader"] for one in cluster.partitions(TOPIC).values()}
        if leaders != {LEADER}:
            raise Failed(f"{leaders} lead")
        read(cluster, "near", LEADER)
        read(cluster, "far", FOLLOWER)
        read(cluster, "nowhere", LEADER)
        cluster.run("kill", FOLLOWER)
        processes.wait_until(
            lambda: all(one["isr"] == [LEADER] for one in cluster.partitions(TOPIC).values()),
            "the leader is alone")
        read(cluster, "far", LEADER)
        cluster.run("start", FOLLOWER)
        cluster.wait_until_well()
        read(cluster, "far", FOLLOWER)
    return Gregor.version(), (f"kcat and Java read {PARTITIONS * LINES} records in each of two racks and in "
                              "none, while the near broker is away, and when it is back")
