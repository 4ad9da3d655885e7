# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""The broker is stopped, then killed, while an idempotent producer writes: its retries must lead to
no loss, no duplicate and no change of order."""

import re
import subprocess
import threading

from cases.round_trip import MANY, Topic, read_back, reader_for
from harness import processes
from harness.feeds import Feed
from harness.report import Failed

ACKED = re.compile(rb"acked (\d+)")
# Small records: many requests, of which some are always in flight.
RECORD_BYTES = 2000


class Progress:
    """What the writer says about itself, read while it runs."""

    def __init__(self, writer):
        self.acked, self.words = 0, b""
        threading.Thread(target=self.follow, args=(writer,), daemon=True).start()

    def follow(self, writer):
        for line in writer.stdout:
            found = ACKED.match(line)
            if found:
                self.acked = int(found[1])
            else:
                self.words = (self.words + line)[-600:]


def write_through_outages(target, topic, path, options):
    command, _ = topic.client.producing(target.bootstrap, topic.name, topic.codec, path, None,
                                        options)
    total = sum(topic.feed.counts)
    writer = processes.start(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    progress = Progress(writer)
    try:
        for share, how in ((1 / 4, "stop"), (1 / 2, "kill"), (3 / 4, "kill")):
            processes.wait_until(
                lambda due=total * share: progress.acked >= due or writer.poll() is not None,
                f"{topic.client.name} has written {share:.0%}", seconds=240)
            if writer.poll() is not None:
                raise Failed(f"the writer ended too early, after {progress.acked} of {total} "
                             f"records: {progress.words.decode(errors='replace')}")
            target.restart(how)
        writer.wait(300)
    finally:
        processes.kill(writer)
    if writer.returncode != 0:
        raise Failed(f"the writer ended with {writer.returncode} after {progress.acked} of {total} "
                     f"records: {progress.words.decode(errors='replace')}")


def run(target, client, clients, corpus, seed):
    client.install()
    reader = reader_for(client, clients)
    feed = Feed(target.folder / f"{client.name}.outage", client.feed, MANY, seed, RECORD_BYTES)
    topic = Topic(target, client, "lz4", feed)
    (_, path), = topic.feed.add(corpus.pieces)
    total = sum(topic.feed.counts)
    pace = max(1, total // target.outage_seconds)
    write_through_outages(target, topic, path, ["idempotent", f"pace={pace}"])
    records = read_back(target, reader, [topic])
    return client.version(), (f"{records} records, 1 stop and 2 kills of the broker, read back by "
                              f"{reader.name} {reader.version()}")
