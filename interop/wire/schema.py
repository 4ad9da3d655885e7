# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Reads the project's schema table (src/protocol/schema.txt, whose header explains its lines)."""

import pathlib

SCHEMA_FILE = pathlib.Path(__file__).resolve().parents[2] / "src/protocol/schema.txt"
LATER = 1 << 15
NO_VERSION = range(0)


def versions(text):
    """'3-7', '4+', '2' as a Python range; no text, no version."""
    if not text:
        return NO_VERSION
    if text.endswith("+"):
        return range(int(text[:-1]), LATER)
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def options(words):
    """['null=3+', 'ignorable'] as {'null': '3+', 'ignorable': ''}"""
    return dict(word.partition("=")[::2] for word in words)


class Field:
    def __init__(self, words):
        self.name, self.versions = words[0], versions(words[2])
        # On the wire an error code is a plain number.
        self.type = words[1].replace("error", "int16")
        given = options(words[3:])
        self.nullable = versions(given.get("null"))
        self.tag = int(given["tag"]) if "tag" in given else None
        self.default = given.get("default")
        self.always_plain = "never-compact" in given
        self.children = []


class Message:
    def __init__(self, valid, flexible):
        self.valid, self.flexible = valid, flexible
        self.fields = []
        self.structs = {}

    def fields_of(self, field):
        """The fields of the struct (or of the array element) that `field` holds."""
        return field.children or self.structs[field.type.removeprefix("[]")]


class Schema:
    """All APIs: `requests` and `responses` by key, `keys` from name to key."""

    def __init__(self, path=SCHEMA_FILE):
        self.requests, self.responses, self.keys = {}, {}, {}
        self.nesting = []
        self.api = None
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                words = line.split()
                if words and not words[0].startswith("#"):
                    depth = (len(line) - len(line.lstrip())) // 2
                    self.read(depth, words)

    def read(self, depth, words):
        if depth:
            self.read_field(depth, words)
        elif words[0] == "api":
            self.api = words
            self.keys[words[2]] = int(words[1])
        elif words[0] in ("request", "response"):
            _, key, _, valid, *rest = self.api
            message = Message(versions(valid), versions(options(rest).get("flexible")))
            messages = self.requests if words[0] == "request" else self.responses
            messages[int(key)] = message
            self.open(message)
        elif words[0] == "message":
            # Headers and files: read over, their fields go to a message that nobody sees.
            self.open(Message(NO_VERSION, NO_VERSION))

    def open(self, message):
        self.message = message
        self.nesting = [message.fields]

    def read_field(self, depth, words):
        del self.nesting[depth:]
        if words[0] == "struct":
            self.nesting.append(self.message.structs.setdefault(words[1], []))
            return
        field = Field(words)
        self.nesting[-1].append(field)
        self.nesting.append(field.children)
