#!/usr/bin/env python3
"""Runs every test and counts them: house rules, then unit and property tests plain, simulated worlds, short runs under
faults, a quick run with real clients, the tests again under ASan+UBSan and under TSan, the bug zoo, and the specs with
their mutants. The last line is "N passed, N failed"; exit 1 if any failed.

usage: run.py [--fast] [--only STEP]      (--fast: the plain build and the house rules only)
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Programs with threads in them: the ones that the thread sanitizer can say something about.
THREADED = ['server_test']
FAST = ['house', 'release']
# Runs of clusters and of clients, which leave the processors time.
WAITING = ['jepsen', 'interop']
# What would keep one core busy when all else is done.
LONG = ['simulation_test', 'broker_test', 'log_proptest', 'jepsen_runner_test']
# Simulated worlds of one broker, and as many of three, from the first seed on: a world by chance may report what nobody has
# seen yet (`dev sim --soak` looks for that).
SIM_WORLDS = 240
# What `dev interop --quick` runs here, in under four minutes: no Java, and nothing of Apache Kafka is fetched.
REAL_CLIENTS = ['kcat', 'librdkafka', 'kafka-python', 'cli', 'hostile', 'oracle']


@dataclass
class Count:
    passed: int = 0
    failed: int = 0

    def add(self, passed, failed):
        self.passed += passed
        self.failed += failed


def run(command, **more):
    """Runs a command, echoes its output on failure; (exit code, output)."""
    if shutil.which(command[0]) is None:
        print(f'there is no {command[0]}')
        return 127, ''
    done = subprocess.run(command, cwd=more.pop('cwd', ROOT), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors='replace', stdin=subprocess.DEVNULL, **more)
    if done.returncode != 0:
        print(done.stdout[-12000:])
    return done.returncode, done.stdout


def python_tests(count, name, command, cwd):
    code, output = run(command, cwd=cwd)
    ran = re.search(r'Ran (\d+) tests?', output)
    bad = sum(int(n) for n in re.findall(r'(?:failures|errors)=(\d+)', output))
    total = int(ran.group(1)) if ran else 1
    bad = max(bad, 1) if code else bad
    count.add(total - bad, bad)
    print(f'{name}: {total - bad} passed, {bad} failed')


def house(count):
    python_tests(count, 'house rules, seen failing', [sys.executable, 'rules_test.py'], ROOT / 'tests/house')
    python_tests(count, 'house rules', [sys.executable, 'check.py'], ROOT / 'tests/house')
    python_tests(count, 'the ledger of soaks', [sys.executable, 'run_test.py'], ROOT / 'tests/soak')
    python_tests(count, 'checks of traces, seen failing', [sys.executable, 'trace_test.py'], ROOT / 'interop/harness')


def build_commands(preset, targets):
    return [['cmake', '--preset', preset],
            ['cmake', '--build', '--preset', preset, *(['--target', *targets] if targets else [])]]


def build(preset, targets):
    return all(run(command)[0] == 0 for command in build_commands(preset, targets))


@contextlib.contextmanager
def building_ahead(*presets):
    """Builds what comes later meanwhile, with the time that is left over. Whether it does build is seen when it is due."""
    commands = [' '.join(command) for preset in presets for command in build_commands(*preset)]
    alive, held = os.pipe()  # ends with the last process that has it
    process = subprocess.Popen(['nice', '-n', '19', 'sh', '-c', ' && '.join(commands)], cwd=ROOT, process_group=0,
                               pass_fds=[held], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    os.close(held)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait()  # what has been built stays
        with open(alive, 'rb') as pipe:
            pipe.read()  # the builder may outlive its parents, and the next one must not meet it


def test_programs(preset, only):
    """(name, command, working folder) of each test program, as ctest knows them; of those in `only`, if it is given."""
    _, output = run(['ctest', '--test-dir', str(ROOT / 'build' / preset), '--show-only=json-v1'])
    for test in json.loads(output)['tests']:
        # What was not built has no command.
        if only is None or test['name'] in only:
            folder = next(p['value'] for p in test['properties'] if p['name'] == 'WORKING_DIRECTORY')
            yield test['name'], test['command'], folder


SANITIZER_OPTIONS = {
    'ASAN_OPTIONS': 'detect_stack_use_after_return=1:strict_string_checks=1:allocator_may_return_null=0',
    'UBSAN_OPTIONS': 'print_stacktrace=1',
    'TSAN_OPTIONS': 'halt_on_error=1:second_deadlock_stack=1',
}


def run_program(name, command, folder):
    """(passed, failed, seconds) of a test program."""
    begun = time.monotonic()
    code, output = run(command, cwd=folder, env={**os.environ, **SANITIZER_OPTIONS})
    passed = re.search(r'\[  PASSED  \] (\d+) test', output)
    failed = re.search(r'\[  FAILED  \] (\d+) test', output)
    good, bad = int(passed.group(1)) if passed else 0, int(failed.group(1)) if failed else 0
    if passed is None and re.search(r'^Ran \d+ tests?', output, re.M):
        good = int(re.search(r'^Ran (\d+) tests?', output, re.M).group(1))
    if code != 0 and bad == 0:
        bad = 1
    if code == 0 and good == 0:
        good = 1
    return good, bad, time.monotonic() - begun


def cases(preset, count, only=None):
    """One program on each core; the long ones first."""
    programs = sorted(test_programs(preset, only), key=lambda program: program[0] not in LONG)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {pool.submit(run_program, *program): program[0] for program in programs}
        for done in as_completed(running):
            good, bad, seconds = done.result()
            count.add(good, bad)
            print(f'{preset} {running[done]}: {good} passed, {bad} failed ({seconds:.0f} s)', flush=True)


def preset_step(preset, targets=(), only=None, without=()):
    def step(count):
        begun = time.monotonic()
        if not build(preset, targets):
            count.add(0, 1)
            print(f'{preset}: does not build')
            return
        print(f'{preset}: built in {time.monotonic() - begun:.0f} s', flush=True)
        names = {name for name, _, _ in test_programs(preset, only)} - set(without)
        cases(preset, count, names)
    return step


def counted_program(name, command):
    """A program that itself ends with 'N passed, N failed'."""
    def step(count):
        code, output = run(command)
        found = re.findall(r'^(\d+) passed, (\d+) failed', output, re.M)
        good, bad = map(int, found[-1]) if found else (0, 1)
        bad = max(bad, 1) if code else bad
        count.add(good, bad)
        print(f'{name}: {good} passed, {bad} failed', flush=True)
    return step


def side_by_side(*steps):
    """What one leaves of the processors another takes."""
    def step(count):
        counts = [Count() for _ in steps]
        with ThreadPoolExecutor(len(steps)) as pool:
            for done in [pool.submit(step, own) for step, own in zip(steps, counts)]:
                done.result()
        for own in counts:
            count.add(own.passed, own.failed)
    return step


def simulated_worlds(count):
    """None of them violates anything; the same worlds on every machine."""
    for brokers in ['1', '3']:
        code, output = run([str(ROOT / 'build/release/src/cli/gregor'), 'sim', '--first', '1', '--brokers', brokers,
                            '--seeds', str(SIM_WORLDS), '--jobs', str(os.cpu_count())])
        count.add(int(code == 0), int(code != 0))
        print(f'simulated worlds, brokers: {brokers}: {output.strip().split(chr(10))[-1]}', flush=True)


def real_clients(count):
    """Round trips over stops and kills of the broker, and what no client sends; interop/run.py prints a verdict a
    line."""
    code, output = run([str(ROOT / 'dev'), 'interop', *REAL_CLIENTS, '--quick'])
    good, bad = len(re.findall(r'^ok ', output, re.M)), len(re.findall(r'^FAILED ', output, re.M))
    bad = max(bad, 1) if code or not good else bad
    count.add(good, bad)
    print(f'real clients: {good} passed, {bad} failed', flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--fast', action='store_true')
    parser.add_argument('--only', metavar='STEP')
    options = parser.parse_args()
    steps = {
        'house': house,
        'release': preset_step('release'),
        'sim': simulated_worlds,
        'jepsen': counted_program('runs under faults', [str(ROOT / 'dev'), 'jepsen', '--quick']),
        'interop': real_clients,
        # What runs clusters of processes for a given time has a step of its own.
        'asan': preset_step('asan', without=['jepsen_runner_test']),
        'tsan': preset_step('tsan', THREADED, THREADED),
        # Known bugs in code and specs; the zoo builds and runs one thing after another.
        'bugs': side_by_side(counted_program('zoo', [sys.executable, 'zoo/run.py', '--ci']),
                             counted_program('specs', [str(ROOT / 'dev'), 'spec', '--ci'])),
    }
    if options.only and options.only not in steps:
        parser.error(f'--only: one of {"; ".join(steps)}')
    wanted = [options.only] if options.only else FAST if options.fast else list(steps)
    count = Count()
    for name in filter(wanted.__contains__, steps):
        ahead = name in WAITING and 'asan' in wanted
        with building_ahead(('asan', ()), ('tsan', THREADED)) if ahead else contextlib.nullcontext():
            steps[name](count)
    print(f'{count.passed} passed, {count.failed} failed')
    return 1 if count.failed or not count.passed else 0


if __name__ == '__main__':
    sys.exit(main())
