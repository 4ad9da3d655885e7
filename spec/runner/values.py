# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""The values that TLC prints, and what has changed from one to another.

A function becomes a Function (text of the argument -> value), a record a dict, a sequence a list, a set a frozenset of
texts; everything else stays the text that it is. Fields and arguments are put in the order of their names: TLC prints them
in the order in which it has met the names, which any new line of a spec may change.
"""

import re

_TOKEN = re.compile(r'\s*(<<|>>|\|->|:>|@@|\.\.|"(?:\\.|[^"\\])*"|[\[\](){},]|[^\s\[\](){},<>|:@".]+|\S)')


class NotAValue(Exception):
    pass


class Function(dict):
    pass


class _Reader:
    def __init__(self, text):
        self.tokens = _TOKEN.findall(text)
        self.at = 0

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else ''

    def take(self, wanted=None):
        token = self.peek()
        if not token or (wanted and token != wanted):
            raise NotAValue(f'{token!r} where {wanted!r} belongs')
        self.at += 1
        return token

    def several(self, closing, item):
        items = []
        while self.peek() != closing:
            items.append(item())
            if self.peek() == ',':
                self.take()
            elif self.peek() != closing:
                raise NotAValue(self.peek())
        self.take(closing)
        return items

    def field(self):
        name = self.take()
        self.take('|->')
        return name, self.value()

    def pair(self):
        argument = text_of(self.value())
        self.take(':>')
        return argument, self.value()

    def function(self):
        pairs = [self.pair()]
        while self.peek() == '@@':
            self.take()
            pairs.append(self.pair())
        self.take(')')
        return Function(sorted(pairs))

    def value(self):
        token = self.take()
        if token == '<<':
            return self.several('>>', self.value)
        if token == '{':
            return frozenset(text_of(v) for v in self.several('}', self.value))
        if token == '[':
            return dict(sorted(self.several(']', self.field)))
        if token == '(':
            return self.function()
        if re.fullmatch(r'[^\w"-].*', token):
            raise NotAValue(token)
        if self.peek() == '..':
            self.take()
            return f'{token}..{self.take()}'
        return token


def parse(text):
    """The value of a printed text; the text itself where it is of no kind that we know."""
    reader = _Reader(text)
    try:
        value = reader.value()
        return value if not reader.peek() else ' '.join(text.split())
    except NotAValue:
        return ' '.join(text.split())


def _grouped(function):
    """[a, b |-> 0, c |-> 1]: arguments with the same value together."""
    groups = {}
    for argument, value in function.items():
        groups.setdefault(text_of(value), []).append(argument)
    return '[' + ', '.join(f'{", ".join(arguments)} |-> {value}' for value, arguments in groups.items()) + ']'


def text_of(value):
    if isinstance(value, Function):
        return _grouped(value)
    if isinstance(value, dict):
        return '[' + ', '.join(f'{key} |-> {text_of(v)}' for key, v in value.items()) + ']'
    if isinstance(value, list):
        return '<<' + ', '.join(map(text_of, value)) + '>>'
    if isinstance(value, frozenset):
        return '{' + ', '.join(sorted(value)) + '}'
    return value


def _at(path, key):
    return f'{path}.{key}' if re.fullmatch(r'[A-Za-z_]\w*', key) else f'{path}[{key}]'


def changes(path, before, after):
    """Lines that say how the value at `path` has changed; none if it has not."""
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in after:
            if key not in before:
                yield f'{_at(path, key)} = {text_of(after[key])}'
            else:
                yield from changes(_at(path, key), before[key], after[key])
        for key in before:
            if key not in after:
                yield f'{_at(path, key)} is gone'
    elif isinstance(before, frozenset) and isinstance(after, frozenset) and before & after:
        yield from (f'{path}: without {value}' for value in sorted(before - after))
        yield from (f'{path}: with {value}' for value in sorted(after - before))
    elif isinstance(before, list) and isinstance(after, list) and before and len(before) < len(after) \
            and after[:len(before)] == before:
        yield f'{path}: appended {", ".join(map(text_of, after[len(before):]))}'
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after), 1):
            yield from changes(f'{path}[{index}]', old, new)
    else:
        yield f'{path}: {text_of(before)} -> {text_of(after)}'
