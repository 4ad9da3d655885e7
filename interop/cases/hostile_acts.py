# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""The acts of cases/hostile.py. Each takes the target and a Chance; it raises Failed when the
broker neither answers nor hangs up in time, or answers what it should not."""

import random
import socket
import struct
import time
import zlib

from harness.report import Failed
from wire import batch, codec, codecs
from wire.connection import Closed, Connection, schema

PATIENCE_SECONDS = 10
REQUEST_BYTES_MAX = 100 << 20
BOMB_BYTES = 128 << 20
QUICK_SHARE = 10
# API, version, body: one valid request of each kind that the broker serves.
PART = {"Index": 0, "Records": batch.build({"records": [{"key": "k", "value": "v" * 100}]})}
FETCHED = {"Partition": 0, "FetchOffset": 0, "PartitionMaxBytes": 1 << 20}
SAMPLES = (
    ("ApiVersions", 3, {"ClientSoftwareName": "interop", "ClientSoftwareVersion": "1"}),
    ("Metadata", 9, {"Topics": [{"Name": "hostile"}], "AllowAutoTopicCreation": False}),
    ("Produce", 9, {"Acks": -1, "TimeoutMs": 1000, "TopicData": [
        {"Name": "hostile", "PartitionData": [PART]}]}),
    ("Fetch", 12, {"MaxWaitMs": 10, "MinBytes": 0, "Topics": [
        {"Topic": "hostile", "Partitions": [FETCHED]}]}),
    ("ListOffsets", 7, {"ReplicaId": -1, "Topics": [{"Name": "hostile", "Partitions": [
        {"PartitionIndex": 0, "Timestamp": -1}]}]}),
    ("OffsetForLeaderEpoch", 4, {"ReplicaId": -1, "Topics": [{"Topic": "hostile", "Partitions": [
        {"Partition": 0, "LeaderEpoch": 0}]}]}),
    ("DescribeConfigs", 4, {"Resources": [
        {"ResourceType": 2, "ResourceName": "hostile", "ConfigurationKeys": ["retention.ms"]}]}),
    ("IncrementalAlterConfigs", 1, {"ValidateOnly": True, "Resources": [
        {"ResourceType": 2, "ResourceName": "hostile", "Configs": [
            {"Name": "retention.ms", "ConfigOperation": 0, "Value": "1000"}]}]}),
    ("CreateTopics", 7, {"validateOnly": True, "Topics": [
        {"Name": "new", "NumPartitions": 1, "ReplicationFactor": 1}]}),
    ("DescribeTopicPartitions", 0, {"Topics": [{"Name": "hostile"}]}),
    ("InitProducerId", 4, {"TransactionalId": None, "TransactionTimeoutMs": 1000}),
)


class Chance(random.Random):
    """Decides what is sent, and how often."""

    def __init__(self, seed, quick):
        super().__init__(seed)
        self.share = QUICK_SHARE if quick else 1

    def rounds(self, count):
        return range(count // self.share)


def framed(payload):
    return struct.pack(">i", len(payload)) + payload


def sample_frames():
    return [codec.encode_request(schema(), schema().keys[api], version, 7, body)
            for api, version, body in SAMPLES]


def connect(target):
    return socket.create_connection(target.address, PATIENCE_SECONDS)


def outcome(connection, what):
    """'closed' or 'answered'; a broker that does neither in time has failed."""
    connection.settimeout(PATIENCE_SECONDS)
    try:
        return "answered" if connection.recv(1 << 16) else "closed"
    except ConnectionResetError:
        return "closed"
    except TimeoutError:
        raise Failed(f"{what}: neither answer nor close in {PATIENCE_SECONDS} s") from None


def send(connection, data):
    try:
        connection.sendall(data)
    except (BrokenPipeError, ConnectionResetError):
        pass  # it has hung up already, which is an outcome


def expect_closed(target, data, what):
    with connect(target) as connection:
        send(connection, data)
        if outcome(connection, what) != "closed":
            raise Failed(f"{what}: answered instead of closed")


def garbage(target, chance):
    for index in chance.rounds(200):
        with connect(target) as connection:
            send(connection, chance.randbytes(chance.randint(1, 5000)))
            connection.shutdown(socket.SHUT_WR)
            outcome(connection, f"garbage {index}")


def other_protocols(target, _chance):
    for words in (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
                  b"SSH-2.0-OpenSSH_9.2\r\n", b"\0\0\0\x2d\0\0\0\0"):
        with connect(target) as connection:
            send(connection, words)
            connection.shutdown(socket.SHUT_WR)
            outcome(connection, repr(words))


def lengths_out_of_range(target, _chance):
    for length in (-1, -2**31, 2**31 - 1, REQUEST_BYTES_MAX + 1, 0):
        expect_closed(target, struct.pack(">i", length) + bytes(64), f"a frame of {length} bytes")


def large_promises(target, _chance):
    """Lengths that are allowed, of frames that never come: nothing may be set aside for them."""
    held = []
    try:
        for _ in range(50):
            held.append(connect(target))
            send(held[-1], struct.pack(">i", REQUEST_BYTES_MAX) + sample_frames()[2][:40])
        time.sleep(1)
    finally:
        for connection in held:
            connection.close()


def frames_cut_off(target, chance):
    for frame in sample_frames():
        for cut in range(chance.randrange(3), len(frame) + 4, 3 * chance.share):
            with connect(target) as connection:
                send(connection, framed(frame)[:cut])


def bodies_cut_off(target, chance):
    """The frame is whole, what it holds is not."""
    for frame in sample_frames():
        for _ in range(12):
            cut = chance.randrange(len(frame))
            with connect(target) as connection:
                send(connection, framed(frame[:cut]))
                outcome(connection, f"request {frame[:4].hex()} cut at {cut}")


def mutated(target, chance):
    """Valid requests with some bytes changed: lengths and counts among them."""
    for index in chance.rounds(600):
        frame = bytearray(chance.choice(sample_frames()))
        for _ in range(chance.randint(1, 3)):
            # Acks and API key are left alone: a Produce with acks 0 is rightly not answered.
            at = chance.randrange(8, len(frame))
            frame[at] = chance.choice((0, 0x7F, 0x80, 0xFF, chance.randrange(256)))
        if frame[:2] == b"\0\0":
            continue
        with connect(target) as connection:
            send(connection, framed(bytes(frame)))
            connection.shutdown(socket.SHUT_WR)
            outcome(connection, f"mutant {index}: {bytes(frame).hex()}")


def mutated_batches(target, chance):
    """Record batches with bytes changed behind a right checksum."""
    with Connection_to(target) as connection:
        for _ in chance.rounds(400):
            data = bytearray(batch.build({"codec": chance.choice(codecs.NAMES), "records": [
                {"key": "k", "value": "v" * 50}, {"value": None, "headers": [["h", "1"]]}]}))
            for _ in range(chance.randint(1, 3)):
                data[chance.randrange(21, len(data))] = chance.randrange(256)
            data[17:21] = struct.pack(">I", batch.crc32c(data[21:]))
            connection = produced(target, connection, bytes(data))


class Connection_to(Connection):
    def __init__(self, target):
        super().__init__(target.address, PATIENCE_SECONDS)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def produced(target, connection, records):
    """Writes; the connection to go on with."""
    try:
        connection.call("Produce", 9, {"Acks": -1, "TimeoutMs": 1000, "TopicData": [
            {"Name": "hostile", "PartitionData": [{"Index": 1, "Records": records}]}]})
        return connection
    except Closed:
        return Connection_to(target)
    except TimeoutError:
        raise Failed(f"no answer to the batch {records.hex()}") from None


def null_records(target, _chance):
    with Connection_to(target) as connection:
        produced(target, connection, None)


def bombs(target, _chance):
    """Small batches that unpack to hundreds of megabytes."""
    length = batch.varint(BOMB_BYTES)
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    packed = packer.compress(length)
    for _ in range(BOMB_BYTES >> 20):
        packed += packer.compress(bytes(1 << 20))
    packed += packer.flush()
    bomb = length + bytes(BOMB_BYTES)
    for number, payload in ((1, packed), (4, codecs.compress("zstd", bomb)),
                            (3, codecs.compress("lz4", bomb)[:900_000])):
        built = batch.build({"attributes": number, "payload": {"hex": payload.hex()}, "count": 1,
                             "last_offset_delta": 0})
        with Connection_to(target) as connection:
            produced(target, connection, built)


def slow_senders(target, _chance):
    frame = framed(sample_frames()[1])
    senders = [connect(target) for _ in range(20)]
    for position in range(len(frame)):
        for sender in senders:
            send(sender, frame[position:position + 1])
        time.sleep(0.01)
    for sender in senders:
        if outcome(sender, "a request sent byte by byte") != "answered":
            raise Failed("a request sent byte by byte was not answered")
        sender.close()


def unknown_requests(target, _chance):
    for key, version in ((999, 0), (-1, 0), (3, 99), (3, -1), (0, 99), (32767, 32767), (4, 0)):
        expect_closed(target, framed(struct.pack(">hhih", key, version, 1, -1) + bytes(20)),
                      f"API {key} version {version}")


def half_closed(target, _chance):
    """A client that has said all it will say still waits for its answer."""
    for frame in sample_frames():
        with connect(target) as connection:
            send(connection, framed(frame))
            connection.shutdown(socket.SHUT_WR)
            outcome(connection, f"half-closed after request {frame[:4].hex()}")


def idle_connections(target, chance):
    before = target.resident_bytes()
    held = [connect(target) for _ in chance.rounds(2000)]
    time.sleep(0.5)
    grown = target.resident_bytes() - before
    # One in ten has something to say after all.
    frame = framed(sample_frames()[1])
    for connection in held[::10]:
        send(connection, frame)
    for connection in held[::10]:
        if outcome(connection, "one of many idle connections") != "answered":
            raise Failed("one of many idle connections was closed")
    for connection in held:
        connection.close()
    if grown > 64 << 20:
        raise Failed(f"{len(held)} idle connections take {grown >> 20} MiB")


def pipelined(target, chance):
    """Many requests at once, some of which have to wait: the answers come in their order."""
    with Connection_to(target) as connection:
        sent = []
        for _ in range(600):
            api, version, body = chance.choice(SAMPLES)
            if api == "Fetch":
                body = body | {"MaxWaitMs": 30, "MinBytes": 1 << 20}
            sent.append((api, version, connection.send(api, version, body)))
        for api, version, correlation_id in sent:
            connection.receive(api, version, correlation_id)


def writers_that_do_not_read(target, _chance):
    """200 MB of requests whose answers nobody takes until all are sent, or no more can be sent."""
    records = batch.build({"records": [{"value": {"size": 900_000}}]})
    frame = framed(codec.encode_request(schema(), schema().keys["Produce"], 9, 5, {
        "Acks": -1, "TimeoutMs": 1000, "TopicData": [
            {"Name": "hostile", "PartitionData": [{"Index": 2, "Records": records}]}]}))
    with connect(target) as connection:
        for _ in range(220):
            send(connection, frame)
        if outcome(connection, "220 large requests") != "answered":
            raise Failed("220 large requests, answers not read: closed")


def readers_that_do_not_read(target, _chance):
    """Fetches for far more than socket buffers hold, and nobody takes the answers."""
    body = {"MaxWaitMs": 0, "MinBytes": 0, "MaxBytes": 50 << 20, "Topics": [
        {"Topic": "hostile", "Partitions": [
            {"Partition": 2, "FetchOffset": 0, "PartitionMaxBytes": 50 << 20}]}]}
    frame = framed(codec.encode_request(schema(), schema().keys["Fetch"], 11, 5, body))
    held = [connect(target) for _ in range(10)]
    for connection in held:
        connection.settimeout(2)
        try:
            for _ in range(50):
                connection.sendall(frame)
        except (TimeoutError, BrokenPipeError, ConnectionResetError):
            pass  # it does not read on: right so
    time.sleep(2)
    for connection in held:
        connection.close()


ALL = (garbage, other_protocols, lengths_out_of_range, large_promises, frames_cut_off,
       bodies_cut_off, mutated, mutated_batches, null_records, bombs, slow_senders,
       unknown_requests, half_closed, idle_connections, pipelined, writers_that_do_not_read,
       readers_that_do_not_read)
