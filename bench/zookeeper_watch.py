# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""When a znode goes away, to the millisecond: a client of ZooKeeper that can do nothing but that.
Frames are those of ZooKeeper's protocol: a length, then jute (big-endian numbers, counted texts)."""

import socket
import struct
import time

CLOSE, EXISTS = -11, 3
WATCH_EVENT, DELETED = -1, 2


class ZooKeeperWatch:
    def __init__(self, port, path, session_ms=10_000):
        """From now on; `path` must be there."""
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.send(struct.pack(">iqiqi16s", 0, 0, session_ms, 0, 16, bytes(16)))
        self.frame()
        name = path.encode()
        self.send(struct.pack(">iii", 1, EXISTS, len(name)) + name + b"\1")
        _, _, error = struct.unpack(">iqi", self.frame()[:16])
        if error:
            raise FileNotFoundError(f"{path}: ZooKeeper says {error}")

    def send(self, body):
        self.socket.sendall(struct.pack(">i", len(body)) + body)

    def exactly(self, size):
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                raise ConnectionError("ZooKeeper has closed the connection")
            data += more
        return data

    def frame(self):
        return self.exactly(struct.unpack(">i", self.exactly(4))[0])

    def wait_until_gone(self, seconds):
        """The wall-clock time in ms at which it was told."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.socket.settimeout(2)
            try:
                frame = self.frame()
            except TimeoutError:
                self.send(struct.pack(">ii", -2, 11))  # a ping: the session goes on
                continue
            at = time.time() * 1000
            xid, _, _, kind = struct.unpack(">iqii", frame[:20]) if len(frame) >= 20 else (0,) * 4
            if (xid, kind) == (WATCH_EVENT, DELETED):
                return at
        raise TimeoutError(f"the znode is still there after {seconds} s")

    def close(self):
        try:
            self.send(struct.pack(">ii", 2, CLOSE))
        except OSError:
            pass
        self.socket.close()
