# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""The language of interop/conversations/*.txt.

    # comment
    broker KEY=VALUE …            first line only: this conversation gets a broker of its own
    each NAME 3-13 | a b c        repeats everything up to its `end` with $NAME replaced
    end
    let NAME TEXT …               $NAME is from now on the text
    send STEP API VERSION [on CONNECTION] [noreply] [ordered] [until PATH=VALUE] [only FIELD]
         [without FIELD] [timed]
      {"json": "body"}            indented; may be left out when defaults do
    begin STEP API VERSION [on CONNECTION]   sends; the answer is for a later
    await STEP
    bytes STEP HEX [on CONNECTION]   a frame that no encoder would write
    keep NAME PATH                $NAME is from now on the value at PATH of the last answer
    wait TOPIC …                  until these topics are led and answer
    gone TOPIC …                  until these topics are unknown
    restart stop | kill

`on` names one of several connections, `noreply` sends and does not wait, `ordered` compares lists in
the order they came, `until` repeats the request (a broker may apply a change a moment later), `only`
keeps one top-level field of the answer, `without` drops a field wherever it stands: for what another
step shows already; `timed` tells whether the answer took more than SLOW_SECONDS."""

import json
import re

VARIABLE = re.compile(r"\$(\w+)")


class Statement:
    def __init__(self, verb, words, line):
        self.verb, self.words, self.line = verb, words, line
        self.body = ""
        self.block = []


def parse(lines):
    """Statements; an `each` carries the statements of its block."""
    top = []
    open_blocks = [top]
    for number, line in enumerate(lines, 1):
        line = line.rstrip("\n")
        if not line.strip() or line.startswith("#"):
            continue
        if line[0].isspace():
            open_blocks[-1][-1].body += line + "\n"
            continue
        verb, *words = line.split()
        if verb == "end":
            open_blocks.pop()
            continue
        statement = Statement(verb, words, number)
        open_blocks[-1].append(statement)
        if verb == "each":
            open_blocks.append(statement.block)
    if len(open_blocks) != 1:
        raise ValueError("an `each` has no `end`")
    return top


def values_of(words):
    """'3-5 8' is 3 4 5 8; any other word is itself."""
    for word in words:
        span = re.fullmatch(r"(\d+)-(\d+)", word)
        yield from map(str, range(int(span[1]), int(span[2]) + 1)) if span else [word]


def substitute(text, variables):
    def value(match):
        if match[1] not in variables:
            raise KeyError(f"${match[1]} is not known here")
        found = variables[match[1]]
        return found if isinstance(found, str) else json.dumps(found)
    return VARIABLE.sub(value, text)


def expand(statements, variables):
    """The statements one after the other, with the loops unrolled. `variables` is shared with the
    caller, who adds what `keep` captures; texts are substituted when they are reached."""
    for statement in statements:
        if statement.verb == "each":
            name, *words = statement.words
            for value in values_of(words):
                variables[name] = value
                yield from expand(statement.block, variables)
            continue
        ready = Statement(statement.verb,
                          [substitute(word, variables) for word in statement.words], statement.line)
        ready.body = substitute(statement.body, variables)
        yield ready


def settings_of(statements):
    """Broker settings when the conversation wants its own broker, else None."""
    if statements and statements[0].verb == "broker":
        return dict(word.split("=", 1) for word in statements[0].words)
    return None


def at_path(body, path):
    """'Topics[0].TopicId' in a decoded answer."""
    for name in re.findall(r"\w+", path):
        body = body[int(name)] if name.isdigit() else body[name]
    return body
