# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""The files that a broker leaves behind, byte for byte: the same requests, an orderly stop, and then
name, size and digest of everything in the partition's folder against what Apache Kafka 4.1.0 left."""

import hashlib

from cases.round_trip import create
from harness import install
from harness.report import Failed
from wire import batch
from wire.connection import Connection

EXPECTED = install.INTEROP / "expected_files.txt"
# Times are fixed, hence old: nothing may be thrown away for its age.
START = 1_700_000_000_000
SETTINGS = {"retention.ms": -1, "segment.bytes": 1 << 20}
LAYOUTS = {
    "files.plain": {},
    "files.dense": {"index.interval.bytes": 100},
    "files.sparse": {"index.interval.bytes": 100_000},
    "files.by_time": {"segment.ms": 60_000},
    "files.small_index": {"index.interval.bytes": 1, "segment.index.bytes": 1200},
}


def write(target, topic):
    """300 batches of changing size; times that jump back and forth; three producers."""
    sequences = {1001: 0, 1002: 0, 1003: 0}
    connection, sent = Connection(target.address), []
    for index in range(300):
        producer = 1001 + index % 3
        count = 1 + index % 5
        time = START + index * 1000 - (index % 7) * 1500
        records = [{"key": f"key {index}", "value": {"size": (index * 389) % 9000},
                    "timestamp": time + (i * 37) % 90} for i in range(count)]
        built = batch.build({
            "records": records, "base_timestamp": records[0]["timestamp"],
            "producer_id": producer, "producer_epoch": 0, "base_sequence": sequences[producer]})
        sequences[producer] += count
        sent.append(connection.send("Produce", 9, {"Acks": -1, "TimeoutMs": 5000, "TopicData": [
            {"Name": topic, "PartitionData": [{"Index": 0, "Records": built}]}]}))
    for index, correlation_id in enumerate(sent):
        answer = connection.receive("Produce", 9, correlation_id)
        if answer["Responses"][0]["PartitionResponses"][0]["ErrorCode"]:
            raise Failed(f"{topic}: batch {index} was refused: {answer}")
    connection.close()


def listing(folder):
    """The topic id in partition.metadata is each cluster's own, so that file counts by name."""
    for path in sorted(folder.iterdir()):
        data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()[:16]
        yield (f"{folder.name}/{path.name}" if path.name == "partition.metadata"
               else f"{folder.name}/{path.name} {len(data)} {digest}")


def left_behind(target):
    for topic, settings in LAYOUTS.items():
        create(target, topic, 1, SETTINGS | settings)
        write(target, topic)
    target.stop()
    return [line for topic in LAYOUTS for line in listing(target.data / f"{topic}-0")]


def record(target):
    lines = left_behind(target)
    EXPECTED.write_text("# What Apache Kafka 4.1.0 left behind, written by `--record`.\n"
                        + "".join(line + "\n" for line in lines))
    return target.version(), f"{len(lines)} files recorded"


def check(target):
    got = left_behind(target)
    wanted = [line for line in EXPECTED.read_text().splitlines() if not line.startswith("#")]
    differences = [f"- {line}" for line in wanted if line not in got]
    differences += [f"+ {line}" for line in got if line not in wanted]
    if differences:
        differences.sort(key=lambda line: line[2:])
        raise Failed("\n".join(["expected (-) and found (+): name, size, digest", *differences[:60]]))
    return target.version(), f"{len(got)} files equal"
