# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""A topic that one broker has compacted: read through a client, dumped by Kafka's own tool, and opened
by the other broker; both ways."""

import random
import re

from cases.exchange import adopt
from cases.kafka_tools import dump
from cases.round_trip import create, end_offset
from harness import processes
from harness.report import Failed
from harness.target import Gregor, Kafka

TOPIC = "compacted"
CONFIGS = {"cleanup.policy": "compact", "segment.bytes": 1 << 20, "min.cleanable.dirty.ratio": 0.01}
SETTINGS = {"log.cleaner.backoff.ms": 100, "log.initial.task.delay.ms": 100,
            "offsets.topic.num.partitions": 1}
KEYS, RECORDS, VALUE_BYTES = 40, 6000, 1000
BATCH = re.compile(r"baseOffset: (\d+) lastOffset: (\d+) count: (\d+) .*isvalid: true")
RECORD = re.compile(r"\| offset: (\d+) .* key: (.*?) payload: (.*)", re.DOTALL)


def write(target, folder, first, count, chance):
    """{key: last value} of what has been written."""
    last = {}
    path = folder / "keyed"
    with open(path, "w") as out:
        for number in range(first, first + count):
            key = f"key{chance.randrange(KEYS)}"
            last[key] = f"{number}.".ljust(VALUE_BYTES, "x")
            out.write(f"{key}:{last[key]}\n")
    processes.run(["kcat", "-P", "-b", target.bootstrap, "-t", TOPIC, "-p", "0", "-K", ":",
                   "-X", "linger.ms=2", "-X", "batch.num.messages=7", "-l", path])
    path.unlink()
    return last


def read(target):
    """[(offset, key, value)] as a client finds them."""
    processes.wait_until(lambda: end_offset(target, TOPIC, 0), f"{TOPIC} is served")
    out = processes.run(["kcat", "-C", "-q", "-e", "-b", target.bootstrap, "-t", TOPIC, "-p", "0",
                         "-o", "beginning", "-f", "%o %k %s\n"]).decode()
    lines = [line.split(" ", 2) for line in out.splitlines()]
    return [(int(offset), key, value) for offset, key, value in lines]


def check(records, last, what):
    offsets = [offset for offset, _, _ in records]
    if offsets != sorted(set(offsets)):
        raise Failed(f"{what}: offsets do not rise")
    for offset, key, value in records:
        if not 0 <= offset < RECORDS + RECORDS // 10 or int(value.split(".")[0]) != offset:
            raise Failed(f"{what}: offset {offset} has the record {value[:20]}")
    if {key: value for _, key, value in records} != last:
        raise Failed(f"{what}: not the last value of each key")


def log_bytes(folder):
    return sum(path.stat().st_size for path in folder.glob("*.log"))


def dumped(folder):
    """What Kafka's tool finds in the segments; the indexes are sound, too."""
    found, ends = [], []
    for name, lines in dump(sorted(folder.glob("*.log")), "--deep-iteration",
                            "--print-data-log").items():
        for line in lines:
            batch, record = BATCH.match(line), RECORD.fullmatch(line)
            if record:
                found.append((int(record[1]), record[2], record[3]))
            elif batch:
                ends.append(int(batch[2]))
            else:
                raise Failed(f"{name}: {line[:300]}")
    if ends != sorted(set(ends)):
        raise Failed(f"{folder.name}: the dump shows batches that end at {ends}")
    indexes = sorted([*folder.glob("*.index"), *folder.glob("*.timeindex")])
    for name, lines in dump(indexes, "--index-sanity-check").items():
        if any("passed sanity check" not in line and "is empty" not in line for line in lines):
            raise Failed(f"{folder.name}/{name}: {lines[:3]}")
    return found


def hand_over(first, second, seed):
    chance = random.Random(seed)
    with first("cleaner", SETTINGS) as giver, second("finder") as heir:
        create(giver, TOPIC, 1, CONFIGS)
        create(heir, TOPIC, 1, CONFIGS)
        last = write(giver, giver.folder, 0, RECORDS, chance)
        folder = giver.data / f"{TOPIC}-0"
        processes.wait_until(lambda: log_bytes(folder) < (3 << 20), "compaction", 120, 0.2)
        last |= write(giver, giver.folder, RECORDS, RECORDS // 10, chance)
        giver.restart("stop")
        records = read(giver)
        check(records, last, first.kind)
        giver.stop()
        heir.stop()
        found = dumped(folder)
        if found != records:
            raise Failed(f"the dump shows {len(found)} records, {len(records)} were read")
        adopt(heir, folder)
        heir.start()
        if read(heir) != records:
            raise Failed(f"{second.kind} does not find what {first.kind} has kept")
    return f"{len(records)} of {RECORDS + RECORDS // 10} records kept by {first.kind}"


def run_on_cluster(target, seed):
    """Each replica compacts its own log: none loses the last value of a key, and whoever leads shows
    what its own disk has."""
    chance = random.Random(seed)
    create(target, TOPIC, 1, CONFIGS, led_by_first=True)
    last = write(target, target.folder, 0, RECORDS, chance)
    folders = target.folders(f"{TOPIC}-0")
    for broker, folder in folders.items():
        processes.wait_until(lambda path=folder: log_bytes(path) < (3 << 20),
                             f"broker {broker} compacts", 120, 0.2)
    last |= write(target, target.folder, RECORDS, RECORDS // 10, chance)
    for broker in target.brokers:
        target.have_lead(broker, TOPIC, 0)
        check(read(target), last, f"led by broker {broker}")
    target.stop()
    kept = {}
    for broker, folder in folders.items():
        found = dumped(folder)
        check(found, last, f"the disk of broker {broker}")
        kept[broker] = len(found)
    return Gregor.version(), (f"of {RECORDS + RECORDS // 10} records the brokers kept "
                              f"{', '.join(map(str, kept.values()))}, read from each as the leader")


def run(seed):
    details = [hand_over(Gregor, Kafka, seed), hand_over(Kafka, Gregor, seed)]
    return Gregor.version(), ", ".join(details)
