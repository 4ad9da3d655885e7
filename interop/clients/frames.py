# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""What the Python workers share: frames (see README.md there) and the pace of writing."""

import sys
import time

SILENT_SECONDS_MAX = 60
UNANSWERED_MAX = 300


def read(path, label=int):
    """(label, key, value, headers) of each frame of a file; the label of an input is a partition."""
    with open(path, "rb") as source:
        for line in source:
            number, key_size, value_size, headers = line[:-1].split(b" ")
            key = source.read(int(key_size)) if int(key_size) >= 0 else None
            value = source.read(int(value_size)) if int(value_size) >= 0 else None
            if source.read(1) != b"\n":
                raise ValueError("a frame of the input does not end where it should")
            pairs = [pair.split(b"=") for pair in headers.split(b",") if pair]
            yield label(number.decode()), key, value, [(name.decode(), text) for name, text in pairs]


def write(out, label, key, value, headers):
    """`label` is the offset or, for a member of a group, partition/offset/timestamp."""
    sizes = [-1 if part is None else len(part) for part in (key, value)]
    named = b",".join(name.encode() + b"=" + text for name, text in headers or ())
    out.write(b"%b %d %d %b\n%b%b\n" % (str(label).encode(), *sizes, named, key or b"",
                                       value or b""))


def jobs(path):
    """(topic, partition, count, path) of each line."""
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            topic, partition, count, output = line.split()
            yield topic, int(partition), int(count), output


class Silence:
    """Ends the program when nothing has come for too long."""

    def __init__(self):
        self.since = time.monotonic()

    def heard(self, messages):
        if messages:
            self.since = time.monotonic()
        elif time.monotonic() - self.since > SILENT_SECONDS_MAX:
            sys.exit("nothing more comes")


class Progress:
    """Prints 'acked N' now and then. With a pace, the writer sends so many records a second, and has
    at most a few hundred without an answer: what an outage holds up is not sent in one go after."""

    def __init__(self, pace):
        self.pace = pace
        self.sent = self.acked = 0

    def on_sent(self, poll=lambda: None):
        """`poll` lets the client's callbacks run, where that needs a call."""
        self.sent += 1
        if self.pace:
            time.sleep(1 / self.pace)
        while self.pace and self.sent - self.acked > UNANSWERED_MAX:
            time.sleep(0.01)
            poll()

    def on_acked(self):
        self.acked += 1
        if self.acked % 100 == 0:
            print("acked", self.acked, flush=True)

    def end(self):
        print("acked", self.acked, flush=True)
        sys.exit(0 if self.acked == self.sent else 1)


def timestamps():
    """The timestamp of each record in turn; None when the client is to take the time."""
    first = option("timestamps")
    at = None if first is None else int(first)
    while True:
        yield at
        at = None if at is None else at + 1


def option(name, default=None):
    """The value of a word 'name=value' of the command line; True for a bare 'name'."""
    for word in sys.argv[1:]:
        if word == name:
            return True
        if word.startswith(name + "="):
            return word.partition("=")[2]
    return default
