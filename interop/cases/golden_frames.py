# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""The suite's own codec against frames of real clients and brokers (those that the broker's codec is
tested with too): an oracle is only worth as much as its reader."""

from harness import install
from harness.report import Failed
from wire import codec
from wire.connection import schema

FRAMES = install.PROJECT / "src/protocol/testdata/golden_frames"


def frames():
    """(direction, API key, version, surplus bytes, name, frame)"""
    with open(FRAMES.with_suffix(".txt"), encoding="utf-8") as lines, \
            open(FRAMES.with_suffix(".bin"), "rb") as data:
        for line in lines:
            if line.strip() and not line.startswith("#"):
                size, direction, key, version, surplus, name = line.split()
                yield direction, int(key), int(version), int(surplus), name, data.read(int(size))


def check_request(key, version, surplus, frame):
    """Decoded and encoded again it is the same frame."""
    message, reader = schema().requests[key], codec.Reader(frame)
    reader.take(4)
    correlation_id = reader.number("int32")
    if (key, version) == (schema().keys["ControlledShutdown"], 0):
        return  # the one request whose header has no client id
    client_id = codec.decode_scalar(reader, "string", False)
    flexible = version in message.flexible
    if flexible:
        reader.take(1)
    body = codec.decode_struct(reader, message, message.fields, version, flexible)
    again = codec.encode_request(schema(), key, version, correlation_id, body, client_id)
    if reader.left() != surplus or again != frame[:len(frame) - surplus]:
        raise codec.Malformed("does not encode to the same bytes")


def run():
    count = 0
    for direction, key, version, surplus, name, frame in frames():
        if version not in schema().requests[key].valid:
            continue  # a client from the future
        try:
            if direction == "request":
                check_request(key, version, surplus, frame)
            else:
                codec.decode_response(schema(), key, version, frame)
        except (codec.Malformed, KeyError, UnicodeDecodeError) as failure:
            raise Failed(f"{direction} {name}: {failure}") from failure
        count += 1
    return "", f"{count} frames"
