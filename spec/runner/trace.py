# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""A counterexample as a list of steps: what happened, and what it changed."""

import re
import textwrap
from dataclasses import dataclass, field

from runner.values import changes, parse, text_of

COLUMNS = 100


@dataclass
class Step:
    action: str
    variables: dict = field(default_factory=dict)  # name -> value


@dataclass
class Trace:
    steps: list
    back_to: int = 0  # the number of the step after which the last one is repeated for ever; 0: no loop
    stutters: bool = False  # nothing happens any more after the last step


def read_variables(text):
    """The state of one step as TLC prints it: a conjunction of `name = value`."""
    parts = re.split(r'^/\\ (\w+) = ', text, flags=re.M)
    if len(parts) == 1:  # a single variable comes without the sign
        parts = re.split(r'^(\w+) = ', text, flags=re.M)
    return {name: parse(value) for name, value in sorted(zip(parts[1::2], parts[2::2]))}


def action_of(head):
    """From '<BecomeLeader(r1) line 3, col 4 to line 5, col 6 of module M>'."""
    if 'Initial predicate' in head:
        return 'Init'
    name = re.match(r'<?\s*(.*?)\s*(?:line \d+.*)?>?$', head).group(1)
    return name or 'a step without a name'


def read_trace(messages):
    """From the messages (code, text) of one run."""
    trace = Trace([])
    for code, text in messages:
        if code == INITIAL_VIOLATION and not trace.steps:
            trace.steps.append(Step('Init', read_variables(text.split('\n', 1)[1])))
        elif code == STATE:
            number, head, state = re.match(r'(\d+): ([^\n]*)\n?(.*)', text, re.S).groups()
            if int(number) == len(trace.steps) + 1:
                trace.steps.append(Step(action_of(head), read_variables(state)))
        elif code == STUTTERING:
            trace.stutters = True
        elif code == BACK_TO:
            trace.back_to = int(re.match(r'(\d+)', text).group(1))
    return trace


INITIAL_VIOLATION, STATE, STUTTERING, BACK_TO = 2107, 2217, 2218, 2122


def _folded(line, indent):
    return textwrap.wrap(line, COLUMNS, initial_indent=indent, subsequent_indent=indent + '    ',
                         break_long_words=False, break_on_hyphens=False)


def _changes_between(before, after):
    for name, value in after.items():
        yield from changes(name, before[name], value) if name in before else [f'{name} = {text_of(value)}']


def show(trace, violated):
    """The lines of a readable step list."""
    lines, before, width = [], {}, len(str(len(trace.steps)))
    for number, step in enumerate(trace.steps, 1):
        loops = '   <- the loop starts here' if trace.back_to == number else ''
        lines.append(f'{number:>{width}}  {step.action}{loops}')
        changed = list(_changes_between(before, step.variables))
        for line in changed or ['(changes nothing)']:
            lines += _folded(line, ' ' * (width + 6))
        before = step.variables
    if trace.back_to:
        lines.append(f'{"":{width}}  and then all is as after step {trace.back_to} again, for ever')
    if trace.stutters:
        lines.append(f'{"":{width}}  and nothing happens any more')
    return [*lines, '', violated]
