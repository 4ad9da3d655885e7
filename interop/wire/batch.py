# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Record batches, format 2: built from a description in a conversation, and described back.

A description is a dictionary; every field may be given, also wrongly, which is how a conversation
says "a batch whose count lies". What is left out is what a well-behaved producer would write."""

import struct
import time

from wire import codecs
from wire.codec import Malformed, Reader, unsigned_varint

HEADER_BYTES = 61
LOG_APPEND_TIME, TRANSACTIONAL, CONTROL = 8, 16, 32
# Times in descriptions count from here: twelve hours before the run, so that neither retention nor
# the expiry of producers interferes, and apart from the times that brokers choose themselves.
BASE_TIME = int(time.time()) * 1000 - 12 * 3_600_000
RELATIVE_MAX = 10**10


def _castagnoli_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ 0x82F63B78 if value & 1 else value >> 1
        table.append(value)
    return table


CASTAGNOLI = _castagnoli_table()


def crc32c(data):
    value = 0xFFFFFFFF
    for byte in data:
        value = CASTAGNOLI[(value ^ byte) & 255] ^ (value >> 8)
    return value ^ 0xFFFFFFFF


def varint(value):
    return unsigned_varint((value << 1) ^ (value >> 63))


def sized(data):
    return varint(-1) if data is None else varint(len(data)) + data


def as_bytes(value):
    """Text, null, {"size": n} for filler or {"hex": "00ff"}."""
    if isinstance(value, dict):
        return bytes.fromhex(value["hex"]) if "hex" in value else b"x" * value["size"]
    return value.encode() if isinstance(value, str) else value


def point_in_time(value):
    """Milliseconds after BASE_TIME; -1 and what is too large to be relative are meant literally."""
    return value if value == -1 or abs(value) > RELATIVE_MAX else BASE_TIME + value


def stamp_of(record, index, base_timestamp):
    if "timestamp" in record:
        return point_in_time(record["timestamp"])
    return base_timestamp + index


def build_record(record, index, base_timestamp):
    timestamp = stamp_of(record, index, base_timestamp)
    body = struct.pack(">b", record.get("attributes", 0))
    body += varint(timestamp - base_timestamp) + varint(record.get("offset_delta", index))
    body += sized(as_bytes(record.get("key"))) + sized(as_bytes(record.get("value")))
    headers = record.get("headers", [])
    body += varint(record.get("header_count", len(headers)))
    for key, value in headers:
        body += sized(as_bytes(key)) + sized(as_bytes(value))
    return varint(record.get("length", len(body))) + body


def attributes_of(batch):
    flags = codecs.number_of(batch.get("codec", "none"))
    for name, bit in (("log_append_time", LOG_APPEND_TIME), ("transactional", TRANSACTIONAL),
                      ("control", CONTROL)):
        flags |= bit if batch.get(name) else 0
    return batch.get("attributes", flags)


def build(batch):
    records = batch.get("records", [])
    base_timestamp = point_in_time(batch.get("base_timestamp", 0))
    stamps = [stamp_of(record, index, base_timestamp) for index, record in enumerate(records)]
    max_timestamp = max(stamps, default=-1)
    if "max_timestamp" in batch:
        max_timestamp = point_in_time(batch["max_timestamp"])
    payload = b"".join(build_record(r, i, base_timestamp) for i, r in enumerate(records))
    if "payload" in batch:
        payload = as_bytes(batch["payload"])
    else:
        payload = codecs.compress(batch.get("codec", "none"), payload)
    checked = struct.pack(
        ">hiqqqhii", attributes_of(batch), batch.get("last_offset_delta", len(records) - 1),
        base_timestamp, max_timestamp,
        batch.get("producer_id", -1), batch.get("producer_epoch", -1),
        batch.get("base_sequence", -1), batch.get("count", len(records))) + payload
    crc = crc32c(checked) ^ batch.get("crc_xor", 0)
    return struct.pack(">qiibI", batch.get("base_offset", 0),
                       batch.get("length", len(checked) + 9),
                       batch.get("partition_leader_epoch", -1), batch.get("magic", 2),
                       crc) + checked + as_bytes(batch.get("trailing", ""))


def zigzag(reader):
    value = shift = 0
    while True:
        byte = reader.take(1)[0]
        value |= (byte & 127) << shift
        if byte < 128:
            return (value >> 1) ^ -(value & 1)
        shift += 7


def take_sized(reader):
    size = zigzag(reader)
    return None if size < 0 else reader.take(size)


def text(data):
    if data is None:
        return None
    shown = data.decode("latin-1")
    return shown if len(shown) <= 64 else f"{shown[:24]}… {len(shown)} bytes"


def describe_record(reader, batch):
    end = zigzag(reader) + reader.at
    record = {"Attributes": reader.number("int8")}
    delta = zigzag(reader)
    stamped = bool(batch["Attributes"] & LOG_APPEND_TIME)
    record["Timestamp"] = batch["MaxTimestamp"] if stamped else batch["BaseTimestamp"] + delta
    record["Offset"] = batch["BaseOffset"] + zigzag(reader)
    record["Key"], record["Value"] = text(take_sized(reader)), text(take_sized(reader))
    headers = [f"{text(take_sized(reader))}={text(take_sized(reader))}"
               for _ in range(zigzag(reader))]
    if headers:
        record["Headers"] = ",".join(headers)
    if reader.at != end:
        raise Malformed("a record's length does not match its content")
    return record


def describe_batch(data):
    """One whole batch as a dictionary in Kafka's terms, its records included."""
    names = ("BaseOffset", "Length", "PartitionLeaderEpoch", "Magic", "Crc", "Attributes",
             "LastOffsetDelta", "BaseTimestamp", "MaxTimestamp", "ProducerId", "ProducerEpoch",
             "BaseSequence", "Count")
    batch = dict(zip(names, struct.unpack_from(">qiibIhiqqqhii", data)))
    batch["Crc"] = "ok" if batch["Crc"] == crc32c(data[21:]) else "WRONG"
    codec = batch["Attributes"] & 7
    batch["Codec"] = codecs.NAMES[codec] if codec < len(codecs.NAMES) else codec
    # How well a codec does is its writer's business, not the protocol's.
    if codec:
        del batch["Length"]
    if batch["Codec"] in codecs.NAMES:
        reader = Reader(codecs.decompress(batch["Codec"], data[HEADER_BYTES:]))
        batch["Records"] = [describe_record(reader, batch) for _ in range(batch["Count"])]
    return batch


def describe(data):
    """The records field of a fetch answer. A batch cut off at the end is part of the protocol."""
    if data is None:
        return None
    batches, at = [], 0
    while at + 12 <= len(data):
        size = 12 + struct.unpack_from(">i", data, at + 8)[0]
        if size < HEADER_BYTES or at + size > len(data):
            break
        batches.append(describe_batch(data[at:at + size]))
        at += size
    if at < len(data):
        batches.append({"CutOff": True})
    return batches
