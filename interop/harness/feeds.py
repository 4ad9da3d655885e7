# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Turns files into what a client is given to write, and into what must come back.

What comes back is the same for all readers, and it is kcat's format '%o %K %S %h\\n%k%s\\n': offset,
length of key and of value (-1 for null), headers; then key, value and a newline. A file of such
frames per partition is the expectation; readers print the same, and bytes are compared.

What a writer is given depends on what it can take:
    lines     one file per partition, a record a line (kcat)
    keyed     one file, 'key<TAB>line' (the console producer); the partition follows from the key
    records   one file of frames, with the partition in place of the offset (programs of our own):
              any bytes, keys, headers, nulls, 0 B to 900 KiB
    texts     the same with lines of text and keys
"""

import base64
import random

RECORD_BYTES_MAX = 900 << 10
# (share in percent, least, most) of the sizes of records.
SIZES = ((5, 0, 0), (25, 1, 100), (30, 100, 2000), (25, 2000, 32 << 10), (13, 32 << 10, 256 << 10),
         (2, 256 << 10, RECORD_BYTES_MAX))
KEYS = 64
MURMUR_SEED, MURMUR_FACTOR, MASK = 0x9747B28C, 0x5BD1E995, 0xFFFFFFFF


def murmur2(data):
    """The hash of Kafka's default partitioner."""
    value = (MURMUR_SEED ^ len(data)) & MASK
    whole = len(data) // 4 * 4
    for at in range(0, whole, 4):
        word = int.from_bytes(data[at:at + 4], "little") * MURMUR_FACTOR & MASK
        word = (word ^ word >> 24) * MURMUR_FACTOR & MASK
        value = value * MURMUR_FACTOR & MASK ^ word
    if whole < len(data):
        value = (value ^ int.from_bytes(data[whole:], "little")) * MURMUR_FACTOR & MASK
    value = (value ^ value >> 13) * MURMUR_FACTOR & MASK
    return value ^ value >> 15


def partition_of(key, partitions):
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def frame(number, key, value, headers=b""):
    sizes = (-1 if part is None else len(part) for part in (key, value))
    return b"%d %d %d %b\n%b%b\n" % (number, *sizes, headers, key or b"", value or b"")


def text_lines(data):
    """The lines of a text that every console agrees on; of anything else, its base64, in lines."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = None
    lines = data.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    longest = max(map(len, lines), default=0)  # a piece may end where it begins, in a long line
    # Java splits at a lone carriage return too, and kcat and Java differ on a null character.
    if text is None or b"\r" in data or b"\0" in data or longest > RECORD_BYTES_MAX:
        return [base64.b64encode(data[at:at + 48000]) for at in range(0, len(data), 48000)]
    return lines


class Feed:
    """What goes into one topic, in rounds: each `add` makes new input files and prolongs the
    expectation."""

    def __init__(self, folder, kind, partitions, seed, largest=RECORD_BYTES_MAX):
        folder.mkdir(parents=True)
        self.largest = largest
        self.folder, self.kind, self.partitions = folder, kind, partitions
        self.random = random.Random(seed)
        self.rounds = 0
        self.counts = [0] * partitions
        self.bytes = 0

    def wanted(self, partition):
        return self.folder / f"wanted.{partition}"

    def add(self, pieces):
        """[(partition or None, input file)] with the contents of the pieces."""
        self.rounds += 1
        self.outputs = [open(self.wanted(p), "ab") for p in range(self.partitions)]
        try:
            return getattr(self, f"add_{self.kind}")(pieces)
        finally:
            for output in self.outputs:
                output.close()

    def expect(self, partition, key, value, headers=b""):
        self.outputs[partition].write(frame(self.counts[partition], key, value, headers))
        self.counts[partition] += 1
        self.bytes += len(value or b"")

    @staticmethod
    def contents(pieces):
        for piece in pieces:
            try:
                yield piece.read()
            except OSError:
                continue  # it went away after the corpus was chosen

    def input(self, name=""):
        return self.folder / f"input.{self.rounds}{name}"

    def add_lines(self, pieces):
        inputs = [(p, self.input(f".{p}")) for p in range(self.partitions)]
        files = [open(path, "wb") for _, path in inputs]
        for index, data in enumerate(self.contents(pieces)):
            partition = index % self.partitions
            for line in text_lines(data):
                # kcat takes an empty line for no message at all.
                line = line or b" "
                files[partition].write(line + b"\n")
                self.expect(partition, None, line)
        for file in files:
            file.close()
        return [(p, path) for p, path in inputs if path.stat().st_size]

    def add_keyed(self, pieces):
        keys = [b"key %d" % number for number in range(KEYS)]
        partitions = [partition_of(key, self.partitions) for key in keys]
        with open(self.input(), "wb") as file:
            for data in self.contents(pieces):
                for index, line in enumerate(text_lines(data)):
                    key = keys[index % KEYS]
                    file.write(b"%b\t%b\n" % (key, line))
                    self.expect(partitions[index % KEYS], key, line)
        return [(None, self.input())]

    def add_records(self, pieces):
        with open(self.input(), "wb") as file:
            for data in self.contents(pieces):
                at = 0
                while at < len(data):
                    size = self.size()
                    self.add_record(file, data[at:at + size])
                    at += size
            self.add_record(file, None)
        return [(None, self.input())]

    def add_texts(self, pieces):
        with open(self.input(), "wb") as file:
            for data in self.contents(pieces):
                for index, line in enumerate(text_lines(data)):
                    partition = self.random.randrange(self.partitions)
                    key = b"key %d" % (index % KEYS)
                    file.write(frame(partition, key, line))
                    self.expect(partition, key, line)
        return [(None, self.input())]

    def add_record(self, file, value):
        partition = self.random.randrange(self.partitions)
        key = self.random.choice((None, b"", b"key %d" % len(value or b""), b"\0\xff\n\t"))
        if value is None:
            key = b"of a tombstone"  # kafka-python wants one of the two
        headers = b"a=1,b=two" if self.random.randrange(8) == 0 else b""
        file.write(frame(partition, key, value, headers))
        self.expect(partition, key, value, headers)

    def size(self):
        draw = self.random.randrange(100)
        for share, least, most in SIZES:
            if draw < share:
                return min(self.largest, self.random.randint(least, most))
            draw -= share
        raise AssertionError("the shares are a hundred")
