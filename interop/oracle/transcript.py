# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Answers as text: one line for a struct, `path field=json …`, free of all that may differ between
two correct brokers. What is only equal in kind becomes a token in angle brackets; identities are
named after the step in which they first appear, so that "the same topic id as before" is still
compared."""

import json
import re
import time

from wire import batch

ZERO_ID = "00000000-0000-0000-0000-000000000000"
# What conversations ask for when it should be unknown.
NOBODY = "01234567-89ab-cdef-0123-456789abcdef"
HOUR_MS = 3_600_000
LABELS = ("Name", "TopicName", "ApiKey", "ResourceName", "PartitionIndex", "Partition", "Index",
          "NodeId", "BrokerId", "TopicId", "Topic", "GroupId", "MemberId", "User", "Mechanism")
# Lists whose order says something.
ORDERED = ("Synonyms", "Records")
IDENTITIES = {"ProducerId": "producer", "SessionId": "session"}
# The words of an explanation are each broker's own; that there are any is not.
TEXTS = ("ErrorMessage", "BatchIndexErrorMessage", "Documentation")
# Made by the coordinator of a group: the client's or instance's name, and a random id; or that alone, in base64.
MEMBERS = ("MemberId", "Leader")
MEMBER = re.compile(r".*-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[A-Za-z0-9_-]{22}")
TOKENS = {"ClusterId": "<cluster>", "TotalBytes": "<bytes>", "UsableBytes": "<bytes>",
          "FinalizedFeaturesEpoch": "<epoch>"}


ADDRESS = re.compile(r"(127\.0\.0\.1):\d+")


def is_uuid(value):
    return len(value) == 36 and value.count("-") == 4


class Normaliser:
    """One for a conversation: it remembers the identities that it has met."""

    def __init__(self, target):
        self.seen = {}
        self.step = ""
        self.port = target.address[1]
        self.folder = str(target.data)

    def identity(self, kind, value):
        known = self.seen.setdefault(kind, {})
        if value not in known:
            fellows = sum(name.partition("#")[0] == self.step for name in known.values())
            known[value] = f"{self.step}#{fellows + 1}" if fellows else self.step
        return f"<{kind}:{known[value]}>"

    def value(self, name, value):
        if value is None or isinstance(value, bool):
            return value
        if name in TEXTS:
            return "<text>" if value else value
        # Producer 0 is somebody; session 0 is no session.
        if name in IDENTITIES and value >= (name == "SessionId"):
            return self.identity(IDENTITIES[name], value)
        if name in TOKENS and value not in ("", -1):
            return TOKENS[name]
        if isinstance(value, int):
            return self.integer(name, value)
        if isinstance(value, str):
            if name in MEMBERS and MEMBER.fullmatch(value):
                return self.identity("member", value)
            return self.string(value)
        return value

    def integer(self, name, value):
        if name == "Port" and value == self.port:
            return "<port>"
        if abs(value - time.time() * 1000) < HOUR_MS:
            return "<now>"
        if abs(value - batch.BASE_TIME) < batch.RELATIVE_MAX:
            return f"<base{value - batch.BASE_TIME:+}>"
        return value

    def string(self, value):
        if is_uuid(value):
            return value if value in (ZERO_ID, NOBODY) else self.identity("uuid", value)
        return ADDRESS.sub(r"\1:<port>", value.replace(self.folder, "<data>"))


def label_of(element, normaliser):
    for name in LABELS:
        if element.get(name) not in (None, "", ZERO_ID):
            return str(normaliser.value(name, element[name])).replace(" ", "_")
    return '""' if "" in (element.get(name) for name in LABELS) else None


def labelled(elements, normaliser, ordered):
    """(label, element) pairs. Brokers answer from hash maps, so lists count as sets of what they
    name; nameless elements, and all when the order matters, are numbered."""
    labels = [label_of(element, normaliser) for element in elements]
    if ordered or None in labels:
        return [(str(index), element) for index, element in enumerate(elements)]
    times, pairs = {}, []
    for label, element in zip(labels, elements):
        times[label] = times.get(label, 0) + 1
        pairs.append((label if times[label] == 1 else f"{label}#{times[label]}", element))
    return sorted(pairs, key=lambda pair: [int(part) if part.isdigit() else part for part in
                                           re.split(r"(\d+)", pair[0])])


def flatten(path, struct, normaliser, ordered, out):
    """Adds {path: {field: value}} for the struct and what it contains to `out`."""
    line = out.setdefault(path, {})
    for name, value in struct.items():
        if isinstance(value, (bytes, bytearray)):
            value = batch.describe(bytes(value)) if name == "Records" else bytes(value).hex()
        where = f"{path}.{name}" if path else name
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for label, element in labelled(value, normaliser, ordered or name in ORDERED):
                flatten(f"{where}[{label}]", element, normaliser, ordered, out)
        elif isinstance(value, dict) and value:
            flatten(where, value, normaliser, ordered, out)
        else:
            line[name] = normaliser.value(name, value)
    return out


def render(lines):
    for path, fields in lines.items():
        words = [f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in fields.items()]
        if words or not path:
            yield " ".join([path or ".", *words])


def parse_line(line):
    """The inverse of one line of `render`."""
    path, _, rest = line.partition(" ")
    fields, decoder = {}, json.JSONDecoder()
    while rest:
        name, _, rest = rest.partition("=")
        fields[name], end = decoder.raw_decode(rest)
        rest = rest[end:].lstrip(" ")
    return "" if path == "." else path, fields


def parse(text):
    """{step: {path: {field: value}}} of an expected file."""
    steps, current = {}, None
    for line in text.splitlines():
        if line.startswith("== "):
            current = steps.setdefault(line[3:], {})
        elif line and not line.startswith("#"):
            path, fields = parse_line(line)
            current[path] = fields
    return steps


def differences(expected, actual):
    """(place, expected, actual) for everything that is not the same. A struct that only one side has
    is one difference, not one per field."""
    for path in expected | actual:
        if path not in actual or path not in expected:
            yield path, *("there" if path in side else "missing" for side in (expected, actual))
            continue
        theirs, mine = expected[path], actual[path]
        for name in theirs | mine:
            if theirs.get(name, "-") != mine.get(name, "-"):
                where = f"{path}.{name}" if path else name
                yield where, theirs.get(name, "-"), mine.get(name, "-")
