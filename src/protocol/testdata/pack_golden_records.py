#!/usr/bin/env python3
# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Picks records of Kafka's internal topics into golden_records.txt, beside this script.

    pack_golden_records.py FOLDER

FOLDER holds segments of __consumer_offsets, __transaction_state, __share_group_state and __cluster_metadata (each in a
folder internal/<topic>-<partition>...), and expected.json with what Kafka's own DumpLogSegments prints about every
record: {"files": {"internal/.../....log": {"records": [{"offset", "decoded"}]}}}.

golden_records.txt has a line for every key or value that was picked:
<record-key|record-value|record|data> <id> <version> <bytes in hex> <what Kafka prints for them, JSON>
id is the number that tells the messages of one topic apart ("-" for data, which is named instead of numbered), after
the topic's name and a colon. A few records of each message and version suffice.
"""
import json
import re
import struct
import sys
from pathlib import Path

EACH = 2  # records of one message and version


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7f) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 0x80:
            return value, at


def zigzag(data, at):
    value, at = varint(data, at)
    return (value >> 1) ^ -(value & 1), at


def records(segment):
    """Offset -> (key, value) of all records in a segment of uncompressed batches of format 2."""
    found, at = {}, 0
    while at + 61 <= len(segment):
        base, size = struct.unpack_from('>qi', segment, at)
        count = struct.unpack_from('>i', segment, at + 57)[0]
        place = at + 61
        at += 12 + size
        if at > len(segment):
            break
        for _ in range(count):
            size, place = zigzag(segment, place)
            end = place + size
            _, place = zigzag(segment, place + 1)
            delta, place = zigzag(segment, place)
            fields = []
            for _ in range(2):
                size, place = zigzag(segment, place)
                fields.append(segment[place:place + size] if size >= 0 else None)
                place += max(size, 0)
            found[base + delta] = tuple(fields)
            place = end
    return found


def parts_of(topic, record, key, value):
    """(kind, id, version, bytes, JSON) for what Kafka decoded in a record."""
    text = record['decoded']
    if match := re.fullmatch(r'key: (\{.*?\}\}) payload: (\{.*\}|<DELETE>)', text):
        kind = json.loads(match[1])
        yield 'record-key', kind['type'], 0, key[2:], kind['data']
        if match[2] != '<DELETE>':
            payload = json.loads(match[2])
            yield 'record-value', kind['type'], int(payload['version']), value[2:], payload['data']
    elif match := re.fullmatch(r'payload: (\{.*\})', text):
        payload = json.loads(match[1])
        _, at = varint(value, 0)  # the version of this envelope
        number, at = varint(value, at)
        version, at = varint(value, at)
        yield 'record', number, version, value[at:], payload['data']
    elif match := re.fullmatch(r'LeaderChange: (\{.*\})', text):
        # Its version is a field of the message, too.
        yield 'data', 'LeaderChangeMessage', struct.unpack_from('>h', value)[0], value, json.loads(match[1])


def main(folder):
    picked, lines = {}, set()
    for name, content in sorted(json.loads((Path(folder) / 'expected.json').read_text())['files'].items()):
        if not name.startswith('internal/') or not name.endswith('.log'):
            continue
        topic = re.match(r'internal/(\w+)-', name)[1]
        found = records((Path(folder) / name).read_bytes())
        for record in content['records']:
            for kind, number, version, data, expected in parts_of(topic, record, *found[record['offset']]):
                line = f'{kind} {topic}:{number} {version} {data.hex() or "-"} {json.dumps(expected)}'
                group = (topic, kind, number, version, len(data) // 50)
                if picked.setdefault(group, 0) < EACH and line not in lines:
                    picked[group] += 1
                    lines.add(line)
    path = Path(__file__).parent / 'golden_records.txt'
    path.write_text('# See pack_golden_records.py.\n' + '\n'.join(sorted(lines)) + '\n')


if __name__ == '__main__':
    main(*sys.argv[1:])
