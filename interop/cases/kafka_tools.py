# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Kafka's own dump tool reads the files that the broker has written: segments, both indexes and
producer snapshots; what it prints is compared with what was produced."""

import re

from cases.round_trip import Topic
from harness import install, processes
from harness.feeds import Feed, frame
from harness.report import Failed

SEGMENT_BYTES = 1 << 20
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
BATCH = re.compile(r"baseOffset: (\d+) lastOffset: (\d+) count: (\d+) baseSequence: (-?\d+) .*"
                   r" position: (\d+) .* size: (\d+) magic: 2 compresscodec: (\w+) .*isvalid: true")
RECORD = re.compile(r"\| offset: (\d+) CreateTime: \d+ keySize: (-?\d+) valueSize: (-?\d+)"
                    r" sequence: (-?\d+) headerKeys: \[\] key: (.*?) payload: (.*)", re.DOTALL)
SNAPSHOT = re.compile(r"producerId: \d+ producerEpoch: 0 .*lastSequence: (\d+) lastOffset: (\d+) ")


def dump(files, *options):
    """{file name: lines} of what the tool prints about the files."""
    words = ["java", "-Xmx512m", "-cp", install.jars(), "kafka.tools.DumpLogSegments", *options,
             "--files", ",".join(str(path) for path in files)]
    # Text is split at newlines only: some lines of real input have other separators in them.
    printed, current = {}, None
    for line in processes.run(words).decode().split("\n"):
        if line.startswith("Dumping "):
            current = printed.setdefault(line.removeprefix("Dumping ").rpartition("/")[2], [])
        elif line and not line.startswith("Log starting offset"):
            current.append(line)
    return printed


def check_segments(folder, codec, wanted):
    """Every record is there, in batches that are valid, unbroken and where they say they are."""
    offset = segments = 0
    with open(wanted, "rb") as expected:
        logs = sorted(folder.glob("*.log"))
        for name, lines in dump(logs, "--deep-iteration", "--print-data-log").items():
            segments += 1
            position = 0
            if int(name.removesuffix(".log")) != offset:
                raise Failed(f"{folder.name}/{name} begins with offset {offset}")
            for line in lines:
                batch, record = BATCH.fullmatch(line), RECORD.fullmatch(line)
                if batch:
                    position = check_batch(f"{folder.name}/{name}", batch, offset, position, codec)
                elif record:
                    check_record(f"{folder.name}/{name}", record, offset, expected)
                    offset += 1
                else:
                    raise Failed(f"{folder.name}/{name}: {line[:300]}")
        if expected.read(1):
            raise Failed(f"{folder.name} ends early, at offset {offset}")
    return segments, offset


def check_batch(name, batch, offset, position, codec):
    base, last, count, sequence, at, size = map(int, batch.groups()[:-1])
    seen = (base, last - base + 1, sequence, at)
    # A writer leaves alone what does not get smaller.
    if seen != (offset, count, offset, position) or batch[7] not in (codec, "none"):
        raise Failed(f"{name}: batch {batch[0]} at position {position}, offset {offset}")
    return position + size


def check_record(name, record, offset, expected):
    number, key_size, value_size, sequence = map(int, record.groups()[:4])
    key, value = record[5].encode(), record[6].encode()
    if (number, sequence, key_size, value_size) != (offset, offset, len(key), len(value)):
        raise Failed(f"{name}: record {record[0][:200]} where offset {offset} is due")
    due = frame(offset, key, value)
    if expected.read(len(due)) != due:
        raise Failed(f"{name}: not what was written: {record[0][:200]}")


def check_indexes(folder):
    """Kafka checks each index against its segment, and by the rules of its own start-up."""
    indexes = sorted([*folder.glob("*.index"), *folder.glob("*.timeindex")])
    entries = 0
    for name, lines in dump(indexes).items():
        strange = [line for line in lines
                   if not re.fullmatch(r"(offset: \d+ position: \d+|timestamp: \d+ offset: \d+"
                                       r"|\S+ is empty\.)", line)]
        if strange:
            raise Failed(f"{folder.name}/{name}: {strange[:3]}")
        entries += len(lines)
    for option in ("--index-sanity-check", "--verify-index-only"):
        for name, lines in dump(indexes, option).items():
            if any("passed sanity check" not in line and "is empty" not in line for line in lines):
                raise Failed(f"{option} {folder.name}/{name}: {lines[:3]}")
    return entries


def check_snapshots(folder):
    snapshots = sorted(folder.glob("*.snapshot"))
    if not snapshots:
        raise Failed(f"{folder.name} has no producer snapshot")
    for name, lines in dump(snapshots).items():
        found = [SNAPSHOT.match(line) for line in lines]
        offset = int(name.removesuffix(".snapshot"))
        if len(found) != 1 or not found[0] or {int(n) for n in found[0].groups()} != {offset - 1}:
            raise Failed(f"{folder.name}/{name}: {lines[:3]}")
    return len(snapshots)


def run(target, clients, corpus, seed):
    install.jars()
    writer = clients["librdkafka"]
    writer.install()
    topics = []
    for codec, pieces in zip(CODECS, corpus.slices(len(CODECS))):
        feed = Feed(target.folder / f"tools.{codec}", "texts", 1, seed)
        topics.append(Topic(target, writer, codec, feed, {"segment.bytes": SEGMENT_BYTES}))
        (_, path), = feed.add(pieces)
        command, _ = writer.producing(target.bootstrap, topics[-1].name, codec, path, None,
                                      ["idempotent"])
        processes.run(command)
    target.stop()
    segments = records = entries = snapshots = 0
    for topic in topics:
        for folder in target.folders(f"{topic.name}-0").values():
            some_segments, some_records = check_segments(folder, topic.codec, topic.feed.wanted(0))
            segments, records = segments + some_segments, records + some_records
            entries += check_indexes(folder)
            snapshots += check_snapshots(folder)
    return "Apache Kafka 4.1.0", (f"{records} records in {segments} segments, {entries} index "
                                  f"entries and {snapshots} snapshots read by DumpLogSegments, on "
                                  f"{len(target.brokers)} broker(s)")
