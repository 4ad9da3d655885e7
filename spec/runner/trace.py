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


_PLACE = re.compile(r'<?\s*(.*?)\s*(?:line (\d+), col (\d+) to line (\d+), col (\d+) of module (\w+))?>?$')


def body_of(name, text):
    """What an operator is defined as in the text of a module."""
    defined = re.search(rf'^{re.escape(name)}(?:\([^)]*\))? *==(.*?)(?=^\S|\Z)', text, re.M | re.S)
    return defined.group(1).strip() if defined else ''


def is_action(name, text):
    return bool(re.search(r"\w'|\bUNCHANGED\b", body_of(name, text)))


def action_of(head, text_of_module=lambda name: ''):
    """From '<BecomeLeader line 3, col 4 to line 5, col 6 of module M>'. TLC names a part of a disjunction after the
    whole (Next, say) unless the part is nothing but the use of an operator; then the actions that the part uses are
    the better name. text_of_module: of one by its name, of all by ''."""
    if 'Initial predicate' in head:
        return 'Init'
    name, *place, module = _PLACE.match(head).groups()
    text = text_of_module(module) if module else ''
    everything = text_of_module('')
    if is_action(name, everything) or not re.match(r'\\[/E]', body_of(name, text)):
        return name or 'a step without a name'
    first, left, last, right = map(int, place)
    lines = text.split('\n')[first - 1:last]
    lines[-1] = lines[-1][:right]
    lines[0] = lines[0][left - 1:]
    used = [word for word in dict.fromkeys(re.findall(r'[A-Z]\w*', '\n'.join(lines))) if body_of(word, everything)]
    actions = [word for word in used if is_action(word, everything)]
    several = any(re.match(r'\\[/E]', body_of(word, everything)) for word in used if word not in actions)
    return name if several or not actions else ' or '.join(actions)


def read_trace(messages, text_of_module=lambda name: ''):
    """From the messages (code, text) of one run."""
    trace = Trace([])
    for code, text in messages:
        if code == INITIAL_VIOLATION and not trace.steps:
            trace.steps.append(Step('Init', read_variables(text.split('\n', 1)[1])))
        elif code == STATE:
            number, head, state = re.match(r'(\d+): ([^\n]*)\n?(.*)', text, re.S).groups()
            if int(number) == len(trace.steps) + 1:
                trace.steps.append(Step(action_of(head, text_of_module), read_variables(state)))
        elif code == STUTTERING:
            trace.stutters = True
        elif code == BACK_TO:
            trace.back_to = int(re.match(r'(\d+)', text).group(1))
    return trace


INITIAL_VIOLATION, STATE, STUTTERING, BACK_TO = 2107, 2217, 2218, 2122


def _folded(line, indent):
    """Broken after commas and around arrows, not within `a |-> b`."""
    whole = re.sub(r' (\|->) ', '\0\\1\0', line)
    folded = textwrap.wrap(whole, COLUMNS, initial_indent=indent, subsequent_indent=indent + '    ',
                           break_long_words=False, break_on_hyphens=False)
    return [part.replace('\0', ' ') for part in folded]


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
