# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""One TCP connection that speaks frames: int32 length, then the bytes."""

import socket
import struct

from wire import codec
from wire.schema import Schema

FRAME_BYTES_MAX = 256 << 20
_schema = []


def schema():
    if not _schema:
        _schema.append(Schema())
    return _schema[0]


class Closed(Exception):
    """The broker ended the connection."""


class Connection:
    def __init__(self, address, timeout=30):
        self.socket = socket.create_connection(address, timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.next_correlation_id = 1

    def close(self):
        self.socket.close()

    def send_frame(self, payload):
        try:
            self.socket.sendall(struct.pack(">i", len(payload)) + payload)
        except (BrokenPipeError, ConnectionResetError) as failure:
            raise Closed() from failure

    def _receive_exactly(self, count):
        data = bytearray()
        while len(data) < count:
            try:
                some = self.socket.recv(min(1 << 20, count - len(data)))
            except ConnectionResetError as failure:
                raise Closed() from failure
            if not some:
                raise Closed()
            data += some
        return data

    def receive_frame(self):
        size = struct.unpack(">i", self._receive_exactly(4))[0]
        if not 0 <= size <= FRAME_BYTES_MAX:
            raise codec.Malformed(f"the broker announced {size} bytes")
        return self._receive_exactly(size)

    def send(self, api, version, body):
        """Sends a request; its correlation id is returned."""
        correlation_id = self.next_correlation_id
        self.next_correlation_id += 1
        key = schema().keys[api]
        self.send_frame(codec.encode_request(schema(), key, version, correlation_id, body))
        return correlation_id

    def receive(self, api, version, correlation_id):
        frame = self.receive_frame()
        answered, body = codec.decode_response(schema(), schema().keys[api], version, frame)
        if answered != correlation_id:
            raise codec.Malformed(f"answer {answered} where {correlation_id} was due")
        return body

    def call(self, api, version, body):
        return self.receive(api, version, self.send(api, version, body))
