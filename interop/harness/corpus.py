# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Real input: this machine's package lists and source tree, always in the same order."""

import os
import stat

PACKAGE_LISTS = ("/var/lib/dpkg/status", "/var/lib/apt/lists")
SOURCE_TREES = ("/usr/include", "/usr/lib/python3", "/usr/share", "/usr/src", "/usr/lib")
FILE_BYTES_MAX = 64 << 20
PIECE_BYTES = 256 << 10


def files_below(root):
    """Regular files, no links, in the order of their names."""
    if os.path.isfile(root):
        yield root
        return
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            yield os.path.join(folder, name)


class Piece:
    """A part of a file. Both its ends are moved to the next end of a line, so that the pieces of a
    file, one after the other, are the file, and lines stay whole."""

    def __init__(self, path, start, size):
        self.path, self.start, self.size = path, start, size

    def read(self):
        with open(self.path, "rb") as source:
            begin = self.line_end(source, self.start)
            end = self.line_end(source, self.start + self.size)
            source.seek(begin)
            return source.read(end - begin)

    @staticmethod
    def line_end(source, position):
        if position == 0:
            return 0
        source.seek(position - 1)
        source.readline()
        return source.tell()


class Corpus:
    """The first files that make up `bytes_wanted`, package lists before source trees, as pieces."""

    def __init__(self, bytes_wanted):
        self.pieces, self.files, self.bytes, self.skipped = [], 0, 0, 0
        self.bytes_wanted = bytes_wanted
        for root in PACKAGE_LISTS + SOURCE_TREES:
            for path in files_below(root):
                if self.bytes >= bytes_wanted:
                    return
                self.take(path)

    def take(self, path):
        try:
            status = os.lstat(path)
        except OSError:
            self.skipped += 1
            return
        if not stat.S_ISREG(status.st_mode) or not 0 < status.st_size <= FILE_BYTES_MAX:
            return
        if not os.access(path, os.R_OK):
            self.skipped += 1
            return
        self.files += 1
        for start in range(0, status.st_size, PIECE_BYTES):
            if self.bytes < self.bytes_wanted:
                size = min(PIECE_BYTES, status.st_size - start)
                self.pieces.append(Piece(path, start, size))
                self.bytes += size

    def slices(self, count):
        """`count` runs of pieces of about the same number of bytes, in order."""
        parts, total = [[] for _ in range(count)], 0
        for piece in self.pieces:
            parts[min(count - 1, total * count // max(1, self.bytes))].append(piece)
            total += piece.size
        return parts

    def __str__(self):
        return (f"{self.files} files, {self.bytes / 1e6:.0f} MB"
                + (f", {self.skipped} unreadable" if self.skipped else ""))
