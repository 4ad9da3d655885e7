"""The house rules as functions: each takes a file (path relative to the checkout, text) and yields complaints.

A complaint says what to do instead. There is no list of exceptions: to bend a rule is to change it here, in review.
"""

import re

from source import code_of, functions_of, includes_of

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 100
OPERATOR_LINES_MAX = 40  # of a spec: a screen
SERVER_ROW = 7

BANNED = [
    # (pattern, what to use instead); they hold for every folder below the row of the server
    (r'\b(?:steady|system|high_resolution)_clock\b|\bclock_gettime\b|\bgettimeofday\b|\bstd::time\s*\(|[^\w:.>]time\s*\(\s*(?:0|NULL|nullptr)',
     'take the time from model::Now, which every event brings'),
    (r'\brandom_device\b|\bmt19937\b|\bs?rand\s*\(|\bgetrandom\b|\bgetentropy\b', 'draw from the base::Prng that you are given'),
    (r'\bstd::(?:jthread|thread|mutex|shared_mutex|recursive_mutex|condition_variable|async|future|promise|atomic\w*|call_once|once_flag)\b'
     r'|\bpthread_|\bthread_local\b', 'a core has no threads: return an effect, and let server/ run it'),
    (r'\bboost::asio\b|\bsocket\s*\(|\bepoll_|\bsendmsg\b|\brecv\s*\(', 'a core has no sockets: return an effect'),
]
# These, too, but not in tests: a test reads its data from files and its seed from the environment.
BANNED_OUTSIDE_TESTS = [
    (r'\bstd::filesystem\b|\bfopen\b|\bstd::[io]?fstream\b|(?<!\w)::open\s*\(|\bpread\b|\bpwrite\b', 'reach the disk through log/disk.h'),
    (r'\bgetenv\b', 'settings are read once in server/ and handed down as values'),
]


def read_layers(text):
    """layers.txt -> {folder: row}."""
    rows = {}
    for line in text.split('\n'):
        words = line.split()
        if words and not words[0].startswith('#'):
            rows.update({folder: int(words[0]) for folder in words[1:]})
    return rows


def folder_of(path):
    parts = path.split('/')
    return parts[1] if len(parts) > 2 and parts[0] == 'src' else None


def is_test(path):
    name = path.split('/')[-1]
    return name.endswith('_test.cc') or name.startswith('test_')


def check_layers(path, text, rows):
    folder = folder_of(path)
    if folder is None:
        return
    if folder not in rows:
        yield f'{path}:1: folder {folder} has no row; give it one in src/layers.txt'
        return
    for line, target in includes_of(text):
        other = target.split('/')[0]
        if '/' not in target:
            yield f'{path}:{line}: include "{target}" without its folder; write "{folder}/{target}"'
        elif other in rows and other != folder and rows[other] >= rows[folder]:
            yield (f'{path}:{line}: {folder} (row {rows[folder]}) may not include {other} (row {rows[other]}); '
                   f'only rows below its own')


def check_file_size(path, text):
    lines = text.count('\n')
    if lines > FILE_LINES_MAX:
        yield f'{path}:1: {lines} lines; a file has at most {FILE_LINES_MAX}: split it by subject'


def check_sizes(path, text):
    yield from check_file_size(path, text)
    for function in functions_of(text):
        if function.lines > FUNCTION_LINES_MAX:
            yield (f'{path}:{function.line}: {function.name} has {function.lines} lines; a function has at most '
                   f'{FUNCTION_LINES_MAX}: give its steps names')


def check_columns(path, text):
    for number, line in enumerate(text.split('\n'), 1):
        if len(line) > COLUMNS_MAX and 'http' not in line:
            yield f'{path}:{number}: {len(line)} columns; a line has at most {COLUMNS_MAX}'


def check_banned(path, text, rows):
    folder = folder_of(path)
    if folder is None or rows.get(folder, 0) >= SERVER_ROW:
        return
    banned = BANNED if is_test(path) else BANNED + BANNED_OUTSIDE_TESTS
    for number, line in enumerate(code_of(text).split('\n'), 1):
        for pattern, instead in banned:
            match = re.search(pattern, line)
            if match:
                yield f'{path}:{number}: {match.group(0).strip()} below row {SERVER_ROW}; {instead}'


def check_header(path, text):
    if not text.startswith('// Copyright 2026 The Gregor Authors.\n// SPDX-License-Identifier: Apache-2.0\n'):
        yield f'{path}:1: the two-line licence header is missing; copy it from a neighbour'
    if path.endswith('.h') and '#pragma once' not in text:
        yield f'{path}:1: a header needs #pragma once'


def check_file(path, text, rows):
    """All complaints about one C++ file."""
    yield from check_layers(path, text, rows)
    yield from check_sizes(path, text)
    yield from check_columns(path, text)
    yield from check_banned(path, text, rows)
    yield from check_header(path, text)


def check_operators(path, text):
    """An action of a spec is read at one glance."""
    lines = text.split('\n')
    starts = [at for at, line in enumerate(lines) if re.match(r'\w+(\([^)=]*\))?\s*==', line)]
    for start, end in zip(starts, [*starts[1:], len(lines)]):
        body = lines[start:end]
        # Comments and rules before the next operator are no part of this one.
        while not body[-1].strip() or re.match(r'\s*(\\\*|\(\*|-{4}|={4})|.*\*\)\s*$', body[-1]):
            body.pop()
        if len(body) > OPERATOR_LINES_MAX:
            yield (f'{path}:{start + 1}: {body[0].split("==")[0].strip()} has {len(body)} lines; an operator of a spec has at '
                   f'most {OPERATOR_LINES_MAX}: give its parts names')


def check_spec_header(path, text):
    if text.split('\n')[1:3] != ['\\* Copyright 2026 The Gregor Authors.', '\\* SPDX-License-Identifier: Apache-2.0']:
        yield f'{path}:2: the two-line licence header is missing below the MODULE line; copy it from a neighbour'


def check_spec(path, text):
    """All complaints about one TLA+ file."""
    yield from check_file_size(path, text)
    yield from check_columns(path, text)
    yield from check_operators(path, text)
    yield from check_spec_header(path, text)
