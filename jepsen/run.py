#!/usr/bin/env python3
# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Builds gregor, fetches the jars of Apache Kafka where a test needs them, and runs `gregor jepsen`.

usage: run.py [option of gregor jepsen…]     one test; its exit code
       run.py --quick                        a few short ones of one broker, as continuous integration runs them
"""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / 'interop'))

from harness import install  # noqa: E402

RELEASES = {'kafka-3.9': '3.9.0', 'kafka-4.1': '4.1.0'}

# Name, expected exit code, options. Seeds are new each time; the reports say them.
COMMON = ['--nemesis-interval', '1', '--concurrency', '8', '--rate', '1500']
QUICK = [
    ('log under kills', 0, ['--workload', 'log', '--nemesis', 'kill,term,storm', '--time-limit', '20', *COMMON]),
    ('idempotent producers under kills', 0,
     ['--workload', 'idempotent', '--nemesis', 'kill,bounce', '--time-limit', '15', *COMMON]),
    ('committed offsets under kills', 0,
     ['--workload', 'offsets', '--nemesis', 'kill,term', '--time-limit', '15', *COMMON]),
    ('ends of logs under pauses', 0,
     ['--workload', 'list-offsets', '--nemesis', 'pause,bounce', '--time-limit', '15', *COMMON]),
    ('queue under kills', 0,
     ['--workload', 'queue', '--nemesis', 'bounce', '--time-limit', '10', *COMMON, '--rate', '300']),
    ('no fault hits', 2, ['--nemesis', 'kill', '--nemesis-interval', '60', '--time-limit', '1']),
]


def value_of(option, words, otherwise):
    return words[words.index(option) + 1] if option in words[:-1] else otherwise


def with_jars(words):
    """The words, and where the jars are that they need."""
    target = value_of('--target', words, 'gregor')
    needed = target in RELEASES or value_of('--zookeepers', words, '0') != '0'
    if not needed or '--jars' in words:
        return words
    release = RELEASES.get(target, RELEASES['kafka-3.9'])
    return [*words, '--jars', str(Path(install.client_jars(release, 'kafka_2.13')).parent)]


def quick(program):
    failed = 0
    for name, expected, words in QUICK:
        begun = time.monotonic()
        done = subprocess.run([program, 'jepsen', '--store', str(ROOT / 'build/jepsen'), *words], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace')
        good = done.returncode == expected
        failed += not good
        print(f'{"ok" if good else "FAILED"} {name} ({time.monotonic() - begun:.0f} s)', flush=True)
        if not good:
            print(f'exit code {done.returncode}, expected {expected}\n{done.stdout}', flush=True)
    print(f'{len(QUICK) - failed} passed, {failed} failed')
    return 1 if failed else 0


def main():
    words = sys.argv[1:]
    program = install.gregor_program()
    if words == ['--quick']:
        return quick(program)
    try:
        words = with_jars(words)
    except install.Missing as missing:
        print(f'the jars of Apache Kafka {missing}', file=sys.stderr)
        return 255
    os.execv(program, [str(program), 'jepsen', *words])


if __name__ == '__main__':
    sys.exit(main())
