# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Encodes requests from, and decodes responses to, plain dictionaries.

Encoding takes what the caller gives and fills the rest with defaults; a field that the version does
not carry is left out silently, so that one body serves a range of versions. Decoding names every
field of the version, tagged ones included, and refuses to read past the end."""

import struct
import uuid

NUMBERS = {"int8": "b", "int16": "h", "uint16": "H", "int32": "i", "uint32": "I",
           "int64": "q", "float64": "d"}
BYTES = ("bytes", "records")


class Malformed(Exception):
    pass


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if count < 0 or self.at + count > len(self.data):
            raise Malformed(f"needs {count} bytes at {self.at} of {len(self.data)}")
        self.at += count
        return bytes(self.data[self.at - count:self.at])

    def number(self, kind):
        code = ">" + NUMBERS[kind]
        return struct.unpack(code, self.take(struct.calcsize(code)))[0]

    def unsigned_varint(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
            if shift > 28:
                raise Malformed("varint is longer than five bytes")

    def left(self):
        return len(self.data) - self.at


def unsigned_varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def default_of(field):
    if field.default == "null":
        return None
    if field.type.startswith("[]"):
        return []
    if field.type == "bool":
        return field.default == "true"
    if field.type == "float64":
        return float(field.default or 0)
    if field.type in NUMBERS:
        return int(field.default or 0)
    if field.type == "uuid":
        return str(uuid.UUID(int=0))
    if field.type == "string":
        return ""
    return b"" if field.type in BYTES else {}


# --- encoding -------------------------------------------------------------------------------------

def encode_count(count, flexible, wide=True):
    """`count` is None for null. Strings of the old form have 16-bit lengths: `wide` is False."""
    if flexible:
        return unsigned_varint(0 if count is None else count + 1)
    return struct.pack(">i" if wide else ">h", -1 if count is None else count)


def encode_scalar(kind, value, flexible):
    if kind in NUMBERS:
        return struct.pack(">" + NUMBERS[kind], value)
    if kind == "bool":
        return b"\1" if value else b"\0"
    if kind == "uuid":
        return uuid.UUID(value).bytes
    data = value.encode() if isinstance(value, str) else value
    head = encode_count(None if data is None else len(data), flexible, kind in BYTES)
    return head + (data or b"")


def encode_field(message, field, value, version, flexible):
    flexible = flexible and not field.always_plain
    if field.type.startswith("[]"):
        head = encode_count(None if value is None else len(value), flexible)
        element = field.type[2:]
        if element[0].islower():
            return head + b"".join(encode_scalar(element, v, flexible) for v in value or [])
        fields = message.fields_of(field)
        return head + b"".join(
            encode_struct(message, fields, v, version, flexible) for v in value or [])
    if field.type[0].islower():
        return encode_scalar(field.type, value, flexible)
    present = b""
    if version in field.nullable:
        if value is None:
            return b"\xff"
        present = b"\1"
    return present + encode_struct(message, message.fields_of(field), value, version, flexible)


def encode_struct(message, fields, values, version, flexible):
    strangers = set(values) - {field.name for field in fields}
    if strangers:
        raise KeyError(f"{message.name} has no field {sorted(strangers)}")
    out, tags = b"", []
    for field in fields:
        value = values.get(field.name, default_of(field))
        if field.tag is not None and version in field.versions:
            if value != default_of(field):
                tags.append((field.tag, encode_field(message, field, value, version, flexible)))
        elif version in field.versions:
            out += encode_field(message, field, value, version, flexible)
    if flexible:
        out += unsigned_varint(len(tags))
        for tag, data in sorted(tags):
            out += unsigned_varint(tag) + unsigned_varint(len(data)) + data
    return out


def encode_request(schema, api_key, version, correlation_id, body, client_id="interop"):
    """A request without its length prefix. A version outside the table is encoded as the nearest."""
    message = schema.requests[api_key]
    layout = min(max(version, message.valid.start), message.valid.stop - 1)
    flexible = layout in message.flexible
    header = struct.pack(">hhi", api_key, version, correlation_id)
    header += encode_scalar("string", client_id, False) + (b"\0" if flexible else b"")
    return header + encode_struct(message, message.fields, body, layout, flexible)


# --- decoding -------------------------------------------------------------------------------------

def decode_count(reader, flexible, wide=True):
    if flexible:
        return reader.unsigned_varint() - 1
    return reader.number("int32" if wide else "int16")


def decode_scalar(reader, kind, flexible):
    if kind in NUMBERS:
        return reader.number(kind)
    if kind == "bool":
        return reader.number("int8") != 0
    if kind == "uuid":
        return str(uuid.UUID(bytes=reader.take(16)))
    count = decode_count(reader, flexible, kind in BYTES)
    if count < 0:
        return None
    data = reader.take(count)
    return data if kind in BYTES else data.decode()


def decode_field(reader, message, field, version, flexible, in_tag=False):
    flexible = flexible and not field.always_plain
    if field.type.startswith("[]"):
        count = decode_count(reader, flexible)
        if count < 0:
            return None
        if count > reader.left():
            raise Malformed(f"{field.name} claims {count} elements, {reader.left()} bytes are left")
        element = field.type[2:]
        if element[0].islower():
            return [decode_scalar(reader, element, flexible) for _ in range(count)]
        fields = message.fields_of(field)
        return [decode_struct(reader, message, fields, version, flexible) for _ in range(count)]
    if field.type[0].islower():
        return decode_scalar(reader, field.type, flexible)
    if version in field.nullable:
        absent = reader.unsigned_varint() == 0 if in_tag else reader.number("int8") < 0
        if absent:
            return None
    return decode_struct(reader, message, message.fields_of(field), version, flexible)


def decode_struct(reader, message, fields, version, flexible):
    values, tagged = {}, {}
    for field in fields:
        if field.tag is not None and version in field.versions:
            tagged[field.tag] = field
            values[field.name] = default_of(field)
        elif version in field.versions:
            values[field.name] = decode_field(reader, message, field, version, flexible)
    for _ in range(reader.unsigned_varint() if flexible else 0):
        tag, data = reader.unsigned_varint(), Reader(reader.take(reader.unsigned_varint()))
        if tag not in tagged:
            values.setdefault("UnknownTags", []).append(tag)
            continue
        field = tagged[tag]
        values[field.name] = decode_field(data, message, field, version, flexible, in_tag=True)
        if data.left():
            raise Malformed(f"tag {field.name} has {data.left()} bytes too many")
    return values


def decode_response(schema, api_key, version, data):
    """(correlation id, body) of a response without its length prefix."""
    message, reader = schema.responses[api_key], Reader(data)
    correlation_id = reader.number("int32")
    flexible = version in message.flexible
    if flexible and api_key != schema.keys["ApiVersions"]:
        for _ in range(reader.unsigned_varint()):
            reader.unsigned_varint()
            reader.take(reader.unsigned_varint())
    body = decode_struct(reader, message, message.fields, version, flexible)
    if reader.left():
        raise Malformed(f"{message.name} {version}: {reader.left()} bytes behind the end")
    return correlation_id, body
