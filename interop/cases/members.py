# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Each client as a member of a consumer group, over a kill of the broker: what one member has read and
committed the next one does not see, everything else it does – with the partition, offset, timestamp,
key, value and headers of every record."""

from cases import groups
from cases.round_trip import MANY, Topic
from clients import frames
from harness import processes
from harness.feeds import Feed
from harness.report import Failed

RECORD_BYTES = 2000
FIRST_TIMESTAMP = 1_700_000_000_000
SETTINGS = {"retention.ms": -1}  # what old records live by
SHARE_OF_FIRST = 2 / 5


class Expectation:
    """What must come back: for each partition the records in their order, each with its timestamp."""

    def __init__(self, path, client):
        self.partitions = [[] for _ in range(MANY)]
        self.client = client
        for index, (partition, key, value, headers) in enumerate(frames.read(path)):
            self.partitions[partition].append((FIRST_TIMESTAMP + index, key, value, headers))
        self.total = sum(map(len, self.partitions))

    def check(self, who, path, seen):
        """`seen` says how many records of each partition came before; it is moved on."""
        for label, key, value, headers in frames.read(path, label=str):
            partition, offset, timestamp = map(int, label.split("/"))
            if offset != seen[partition]:
                raise Failed(f"{who} read offset {offset} of partition {partition} where "
                             f"{seen[partition]} is due")
            wanted = self.as_read(*self.partitions[partition][offset])
            if (timestamp, key, value, headers) != wanted:
                raise Failed(f"{who} read {(timestamp, key, value, headers)!r:.200} at offset "
                             f"{offset} of partition {partition}, not {wanted!r:.200}")
            seen[partition] += 1

    def as_read(self, timestamp, key, value, headers):
        if self.client.tells_empty_from_null:
            return timestamp, key, value, headers
        return timestamp, key or None, value or None, headers


def run(target, client, corpus, seed):
    client.install()
    feed = Feed(target.folder / f"{client.name}.members", client.feed, MANY, seed, RECORD_BYTES)
    topic = Topic(target, client, client.codecs[-1], feed, SETTINGS)
    (_, path), = feed.add(corpus.pieces)
    expectation = Expectation(path, client)
    command, _ = client.producing(target.bootstrap, topic.name, topic.codec, path, None,
                                  [f"timestamps={FIRST_TIMESTAMP}"])
    processes.run(command, timeout=300)
    group, seen = f"{client.name}-group", [0] * MANY
    first = int(expectation.total * SHARE_OF_FIRST)
    for number, count in enumerate((first, expectation.total - first)):
        got = target.folder / f"{client.name}.member.{number}"
        processes.run([*client.program(), "member", target.bootstrap, group, topic.name, count, got],
                      timeout=300)
        expectation.check(f"member {number}", got, seen)
        target.kill_coordinator(group)
        target.start()
        found = groups.committed(target, group, topic.name, MANY)
        if [max(0, found[partition]) for partition in range(MANY)] != seen:
            raise Failed(f"read is up to {seen}, committed are {found}")
    if sum(seen) != expectation.total:
        raise Failed(f"{seen} of {expectation.total} records were read")
    return client.version(), (f"{expectation.total} records with timestamps, keys and headers, read by "
                              "2 members, over 2 kills of the broker")
