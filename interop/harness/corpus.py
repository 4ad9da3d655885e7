# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Real input: this machine's package lists and source tree, always in the same order."""

import os
import stat

PACKAGE_LISTS = ("/var/lib/dpkg/status", "/var/lib/apt/lists")
SOURCE_TREES = ("/usr/include", "/usr/lib/python3", "/usr/share", "/usr/src", "/usr/lib")
FILE_BYTES_MAX = 64 << 20


def files_below(root):
    """Regular files, no links, in the order of their names."""
    if os.path.isfile(root):
        yield root
        return
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            yield os.path.join(folder, name)


class Corpus:
    """The first files that make up `bytes_wanted`, package lists before source trees."""

    def __init__(self, bytes_wanted):
        self.files, self.bytes, self.skipped = [], 0, 0
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
        self.files.append((path, status.st_size))
        self.bytes += status.st_size

    def slices(self, count):
        """`count` runs of files of about the same number of bytes, in order."""
        parts, total = [[] for _ in range(count)], 0
        for path, size in self.files:
            parts[min(count - 1, total * count // max(1, self.bytes))].append(path)
            total += size
        return parts

    def __str__(self):
        return (f"{len(self.files)} files, {self.bytes / 1e6:.0f} MB"
                + (f", {self.skipped} unreadable" if self.skipped else ""))
