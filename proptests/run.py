#!/usr/bin/env python3
"""Runs the random tests – RapidCheck's properties and the project's own seeded ones – with any seed and any number of
cases. The seed is drawn unless it is given, and printed first; a failure ends with the one command that repeats it and,
for a property, with the case before and after it was made smaller.

Exit codes: 0 all held, 1 one did not, or nothing could be built, 2 usage.

usage: run.py [--name X] [--seed S] [--cases N] [--preset release|asan] [--list]
"""

import argparse
import os
import re
import secrets
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROPERTY = re.compile(r'RC_GTEST(?:_FIXTURE)?_PROP\(\s*(\w+),\s*(\w+)')
TEST = re.compile(r'^TEST(?:_F)?\(\s*(\w+),\s*(\w+)\)', re.M)
SEEDED = re.compile(r'seeded_prng|GREGOR_SEED|rc::check')


@dataclass(frozen=True)
class RandomTest:
    name: str  # as GoogleTest has it
    program: str
    home: Path  # where its test data are
    binary: str  # below the build folder


def program_of(source):
    """The test program that a source file belongs to, as cmake/GregorBuild.cmake and CMakeLists.txt declare it."""
    folder = source.parent
    if folder.parent == ROOT / 'src':
        return f'{folder.name}_test'
    return re.search(r'gregor_test\((\w+)', (folder / 'CMakeLists.txt').read_text()).group(1)


def random_tests():
    found = []
    for source in sorted([*(ROOT / 'src').glob('*/*_test.cc'), *(ROOT / 'proptests').glob('*/*_test.cc')]):
        text = source.read_text()
        names = PROPERTY.findall(text)
        if SEEDED.search(text):
            bodies = TEST.split(text)[1:]  # suite, name, body, suite, name, body, …
            names += [(suite, name) for suite, name, body in zip(bodies[::3], bodies[1::3], bodies[2::3])
                      if SEEDED.search(body)]
        program = program_of(source)
        folder = source.parent.relative_to(ROOT)
        found += [RandomTest(f'{suite}.{name}', program, source.parent, f'{folder}/{program}') for suite, name in names]
    return found


def build(preset, programs):
    for command in (['cmake', '--preset', preset], ['cmake', '--build', '--preset', preset, '--target', *programs]):
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            print(done.stdout[-6000:])
            return False
    return True


def hold(test, options):
    """Whether the test held."""
    parameters = f'seed={options.seed}' + (f' max_success={options.cases}' if options.cases else '')
    done = subprocess.run([str(ROOT / 'build' / options.preset / test.binary), f'--gtest_filter={test.name}'],
                          cwd=test.home, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace',
                          env={**os.environ, 'RC_PARAMS': parameters, 'GREGOR_SEED': str(options.seed)})
    ran = '1 test from 1 test suite ran' in done.stdout
    print(f'{"ok" if ran and done.returncode == 0 else "FAILED":8}{test.name}', flush=True)
    if done.returncode == 0 and ran:
        return True
    print(done.stdout[-12000:])
    again = f'./dev prop --name {test.name} --seed {options.seed}'
    again += f' --cases {options.cases}' if options.cases else ''
    again += f' --preset {options.preset}' if options.preset != 'release' else ''
    print(f'repeat with: {again}')
    return False


def main():
    parser = argparse.ArgumentParser(prog='./dev prop', description='runs the random tests')
    parser.add_argument('--name', default='', help='only those whose name contains this')
    parser.add_argument('--seed', type=int, help='a number; drawn if it is not given')
    parser.add_argument('--cases', type=int, help='cases of each RapidCheck property (100 if not given)')
    parser.add_argument('--preset', default='release', choices=['release', 'debug', 'asan'])
    parser.add_argument('--list', action='store_true', help='their names only')
    options = parser.parse_args()
    tests = [test for test in random_tests() if options.name in test.name]
    if options.list:
        print('\n'.join(f'{test.name}  ({test.program})' for test in tests))
        return 0
    if not tests:
        parser.error(f'no random test has "{options.name}" in its name')
    options.seed = secrets.randbits(63) if options.seed is None else options.seed
    print(f'seed {options.seed}', flush=True)
    if not build(options.preset, sorted({test.program for test in tests})):
        return 1
    failed = [test for test in tests if not hold(test, options)]
    print(f'{len(tests) - len(failed)} held, {len(failed)} did not')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
