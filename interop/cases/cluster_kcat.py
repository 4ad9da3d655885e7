# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""kcat as one who writes to a cluster: lines from a pipe to one partition, with acks=all and
idempotence. It tells of each line that was delivered at which offset that is, but for those of which
it knows only because a later one was.

kcat ends when it has lost all brokers. Where that may happen another one goes on with the lines that
come next. What the first one has not told of is there or not, but nothing is missing in between."""

import re
import subprocess
import threading
import time

from cases.cluster_load import Written
from harness import processes
from harness.report import Failed

LINES_A_SECOND = 70
# kcat takes what comes through a pipe by the kilobyte.
LINE_BYTES = 500
DELIVERED = re.compile(rb"% Message delivered to partition 0 \(offset (-?\d+)\)")
LOST_ALL = b"All broker connections are down"
PAUSE_SECONDS = 1  # before the next one tries


def line(number):
    return (b"line %d " % number).ljust(LINE_BYTES, b".")


class Kcat:
    """One process of it: which lines it was given, how many of them were delivered, and at which
    offsets it knows one to be."""

    def __init__(self, bootstrap, topic, first):
        self.first, self.given, self.delivered = first, 0, 0
        self.offsets, self.words = set(), b""
        self.process = processes.start(
            ["kcat", "-P", "-b", bootstrap, "-t", topic, "-p", 0, "-vvv", "-X",
             "enable.idempotence=true", "-X", "message.timeout.ms=180000"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.listener = threading.Thread(target=self.listen, daemon=True)
        self.listener.start()

    def listen(self):
        for words in self.process.stderr:
            found = DELIVERED.match(words)
            if found:
                self.delivered += 1
                if int(found[1]) >= 0:
                    self.offsets.add(int(found[1]))
            else:
                self.words = (self.words + words)[-600:]

    def write(self, end):
        """The lines before `end`, or as many of them as it takes."""
        try:
            while self.first + self.given < end:
                self.given += 1
                self.process.stdin.write(line(self.first + self.given - 1) + b"\n")
                self.process.stdin.flush()
                time.sleep(1 / LINES_A_SECOND)
            self.process.stdin.close()
        except OSError:
            pass  # it has ended, and its exit code says why
        try:
            self.process.wait(300)
        finally:
            processes.kill(self.process)
        self.listener.join()

    def check(self, there):
        """`there` is {offset: line} of the topic."""
        mine = {offset: number for offset, number in there.items()
                if self.first <= number < self.first + self.given}
        if list(mine.values()) != list(range(self.first, self.first + len(mine))):
            raise Failed(f"of lines {self.first} to {self.first + self.given} some are missing, twice "
                         f"there or in another order: {list(mine.values())[:20]}…")
        if len(mine) < self.delivered:
            raise Failed(f"{self.delivered} lines from {self.first} on were delivered, {len(mine)} are "
                         "there")
        elsewhere = self.offsets - set(mine)
        if elsewhere:
            raise Failed(f"lines from {self.first} on are not at {sorted(elsewhere)[:5]}, where they "
                         "were delivered")


class WrittenByKcat(Written):
    def __init__(self, cluster, client, seed, lines, may_lose_all=False):
        super().__init__(cluster, client, 1, seed)
        self.lines, self.may_lose_all = lines, may_lose_all
        self.next, self.kcats = 0, []

    @property
    def gave_up(self):
        """How many of them."""
        return sum(kcat.process.returncode != 0 for kcat in self.kcats)

    def begin(self, pieces):
        self.failure = None
        self.writer = threading.Thread(target=self.write, args=(self.next + self.lines,), daemon=True)
        self.writer.start()

    def write(self, end):
        try:
            while self.next < end:
                self.write_with_one(end)
        except Exception as failure:  # told by whoever waits for it
            self.failure = failure

    def write_with_one(self, end):
        kcat = Kcat(self.cluster.bootstrap, self.name, self.next)
        kcat.write(end)
        self.kcats.append(kcat)
        self.next += kcat.given
        if kcat.process.returncode == 0 and kcat.delivered == kcat.given:
            return
        if not self.may_lose_all or LOST_ALL not in kcat.words:
            raise Failed(f"kcat ended with {kcat.process.returncode}, {kcat.delivered} of {kcat.given} "
                         f"lines delivered: {kcat.words.decode(errors='replace')}")
        time.sleep(PAUSE_SECONDS)

    def finish(self):
        self.writer.join()
        if self.failure:
            raise self.failure

    def settle(self):
        """Holds what is there against what kcat told; another client reads it again."""
        read = processes.run(["kcat", "-C", "-q", "-e", "-b", self.cluster.bootstrap, "-t", self.name,
                              "-p", 0, "-o", "beginning", "-f", "%o %s\\n"], timeout=60).splitlines()
        there = {int(words[0]): int(words[2]) for words in map(bytes.split, read)}
        for kcat in self.kcats:
            kcat.check(there)
        numbers = list(there.values())
        if numbers != sorted(set(numbers)) or numbers and numbers[-1] >= self.next:
            raise Failed(f"{self.name} has lines twice, in another order, or that nobody wrote")
        with open(self.feed.wanted(0), "wb") as wanted:
            self.feed.outputs = [wanted]
            for number in numbers:
                self.feed.expect(0, None, line(number))
