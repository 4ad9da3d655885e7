# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Every conversation of interop/conversations, held with the target and compared with what Apache
Kafka 4.1.0 answered (interop/expected, refreshed by --record). Differences that are meant stand in
interop/known_differences.txt; any other fails, and so does an entry that no longer occurs."""

import re

from harness import install
from harness.report import Failed
from oracle import conversation, transcript
from oracle.player import Player

CONVERSATIONS = install.INTEROP / "conversations"
EXPECTED = install.INTEROP / "expected"
KNOWN = install.INTEROP / "known_differences.txt"
DIFFERENCES = install.BUILD / "differences.txt"
SHOWN_MAX = 40
# Topics that a shared broker creates by itself would disturb the conversations.
SETTINGS = {"offsets.topic.replication.factor": 1, "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1}


class Known:
    """A line: conversation | step | field | reason, the first three regular expressions."""

    def __init__(self, line):
        *patterns, self.reason = [part.strip() for part in line.split(" | ")]
        if len(patterns) != 3 or not self.reason:
            raise ValueError(f"known_differences.txt: not four columns: {line}")
        self.patterns = [re.compile(pattern) for pattern in patterns]
        self.line = line
        self.used = False

    def covers(self, *subjects):
        hit = all(p.fullmatch(s) for p, s in zip(self.patterns, subjects))
        self.used |= hit
        return hit


def load_known():
    if not KNOWN.exists():
        return []
    lines = KNOWN.read_text(encoding="utf-8").splitlines()
    return [Known(line) for line in lines if line.strip() and not line.startswith("#")]


def load(names):
    """{name: statements}, in the order of the names."""
    found = {}
    for path in sorted(CONVERSATIONS.glob("*.txt")):
        if not names or path.stem in names:
            with open(path, encoding="utf-8") as lines:
                found[path.stem] = conversation.parse(lines)
    return found


def play_all(make_target, conversations):
    """(name, steps) for each; those without settings of their own share one broker."""
    shared = {n: s for n, s in conversations.items() if conversation.settings_of(s) is None}
    if shared:
        with make_target("shared", SETTINGS) as target:
            for name, statements in shared.items():
                yield name, play(target, statements)
    for name, statements in conversations.items():
        settings = conversation.settings_of(statements)
        if settings is not None:
            with make_target(name, SETTINGS | settings) as target:
                yield name, play(target, statements)


def play(target, statements):
    """The answers so far and, when the conversation broke off, a last step that says why."""
    player = Player(target)
    try:
        player.play(statements)
    except Exception as failure:  # one conversation less, the others go on
        where = " ".join(getattr(failure, "__notes__", ()))
        player.steps["broken off"] = {"": {"Why": f"{type(failure).__name__}: {failure} {where}"}}
    return player.steps


def record(make_target, names):
    """Writes the expected files anew."""
    EXPECTED.mkdir(exist_ok=True)
    steps_total = 0
    for name, steps in play_all(make_target, load(names)):
        if "broken off" in steps:
            raise Failed(f"{name}: {steps['broken off']}")
        steps_total += len(steps)
        with open(EXPECTED / f"{name}.txt", "w", encoding="utf-8") as out:
            out.write("# Answers of Apache Kafka 4.1.0, written by `--record`: not to be edited.\n")
            for step, lines in steps.items():
                out.write(f"\n== {step}\n")
                out.writelines(line + "\n" for line in transcript.render(lines))
    return "Apache Kafka 4.1.0", f"{steps_total} answers recorded"


def compare(name, actual, known):
    """(number of fields compared, unknown differences as text)."""
    expected = transcript.parse((EXPECTED / f"{name}.txt").read_text(encoding="utf-8"))
    # Through text and back, so that both sides have gone the same way.
    actual = transcript.parse("\n".join(
        f"== {step}\n" + "\n".join(transcript.render(lines)) for step, lines in actual.items()))
    fields, unknown = 0, []
    if "broken off" in actual:
        # What was not said any more is no difference in what was said.
        expected = {step: lines for step, lines in expected.items() if step in actual}
    for step in expected | actual:
        theirs, mine = expected.get(step, {}), actual.get(step, {})
        fields += sum(map(len, theirs.values()))
        for where, wanted, got in transcript.differences(theirs, mine):
            if not any([entry.covers(name, step, where) for entry in known]):
                unknown.append(f"{name} | {step} | {where}: expected {wanted!r}, got {got!r}")
    return fields, unknown


def check(make_target, kind, version, names):
    known = load_known() if kind == "gregor" else []
    fields, steps_total, unknown = 0, 0, []
    for name, steps in play_all(make_target, load(names)):
        compared, strange = compare(name, steps, known)
        fields, steps_total = fields + compared, steps_total + len(steps)
        unknown += strange
    if not names:
        unknown += [f"known difference no longer occurs: {entry.line}"
                    for entry in known if not entry.used]
    DIFFERENCES.write_text("".join(line + "\n" for line in unknown))
    if unknown:
        more = [f"… all of them in {DIFFERENCES}"] if len(unknown) > SHOWN_MAX else []
        raise Failed("\n".join([f"{len(unknown)} differences from Apache Kafka 4.1.0:"]
                               + unknown[:SHOWN_MAX] + more))
    details = f"{steps_total} answers, {fields} fields compared, {len(known)} known differences"
    return version, details
