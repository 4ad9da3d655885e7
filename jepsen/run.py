#!/usr/bin/env python3
# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Builds gregor, fetches the jars of Apache Kafka where a test needs them, and runs `gregor jepsen`.

usage: run.py [option of gregor jepsen…]     one test; its exit code
       run.py --quick                        a few short ones, as continuous integration runs them
       run.py --cluster                      some of three brokers and three ZooKeeper servers: kills, pauses, partitions,
                                             power cuts
       run.py --quick|--cluster --target T   the same of Apache Kafka, kafka-3.9 or kafka-4.1
       run.py --soak [HOURS [SEED]]          every workload with every fault, on three brokers and three ZooKeeper servers
"""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / 'interop'))

from harness import install  # noqa: E402

RELEASES = {'kafka-3.9': '3.9.0', 'kafka-4.1': '4.1.0'}

# Name, expected exit code, operations a second, options. Seeds are new each time; the reports say them.
ONE = ['--nemesis-interval', '1', '--concurrency', '8']
HERE = ['--brokers', '3', '--zookeepers', '3', '--nemesis-interval', '3', '--time-limit', '20', '--concurrency', '12']
QUICK = [
    ('log of three brokers under kills and partitions', 0, 1500, ['--workload', 'log', '--nemesis', 'kill,isolate', *HERE]),
    ('idempotent producers of three brokers under kills and partitions', 0, 1500,
     ['--workload', 'idempotent', '--nemesis', 'kill,halves', *HERE]),
    ('log under kills', 0, 1500, ['--workload', 'log', '--nemesis', 'kill,term,storm', '--time-limit', '20', *ONE]),
    ('idempotent producers under kills', 0, 1500,
     ['--workload', 'idempotent', '--nemesis', 'kill,bounce', '--time-limit', '15', *ONE]),
    ('committed offsets under kills', 0, 1500,
     ['--workload', 'offsets', '--nemesis', 'kill,term', '--time-limit', '15', *ONE]),
    ('ends of logs under pauses', 0, 1500,
     ['--workload', 'list-offsets', '--nemesis', 'pause,bounce', '--time-limit', '15', *ONE]),
    # Alone, a broker has what it has synced.
    ('log under power cuts and full disks', 0, 1000,
     ['--workload', 'log', '--nemesis', 'power-loss,disk-full,disk-error', '--topic-config', 'flush.messages=1',
      '--time-limit', '15', *ONE]),
    ('topics under kills', 0, 200, ['--workload', 'topics', '--nemesis', 'kill,clock', '--time-limit', '10', *ONE]),
    ('queue under kills', 0, 300, ['--workload', 'queue', '--nemesis', 'bounce', '--time-limit', '10', *ONE]),
    ('no fault hits', 2, 100, ['--nemesis', 'kill', '--nemesis-interval', '60', '--time-limit', '1']),
]

THREE = ['--brokers', '3', '--zookeepers', '3', '--nemesis-interval', '4', '--time-limit', '40', '--concurrency', '6']
CLUSTER = [
    ('log of three brokers', 0, 300, ['--workload', 'log', '--nemesis', 'kill,pause,isolate', *THREE]),
    ('idempotent producers of three brokers', 0, 300,
     ['--workload', 'idempotent', '--nemesis', 'kill,isolate,oneway', *THREE]),
    ('committed offsets of three brokers', 0, 300, ['--workload', 'offsets', '--nemesis', 'kill,pause,unzoo', *THREE]),
    ('ends of logs of three brokers', 0, 300,
     ['--workload', 'list-offsets', '--nemesis', 'kill,halves,bridge', *THREE]),
    # A broker that has lost what was not synced may lead no partition until it has it again from the others.
    ('log of three brokers under power cuts', 0, 300, ['--workload', 'log', '--nemesis', 'power-loss', *THREE]),
    ('idempotent producers of three brokers under power cuts', 0, 300,
     ['--workload', 'idempotent', '--nemesis', 'power-loss', *THREE]),
    ('topics of three brokers', 0, 100, ['--workload', 'topics', '--nemesis', 'kill,lossy-network', *THREE]),
    ('queue of three brokers', 0, 100, ['--workload', 'queue', '--nemesis', 'kill,pause', *THREE]),
    # What acks=1 loses when its leader is cut off must show, or the suite shows nothing.
    ('the loss of acks=1', 1, 100,
     ['--workload', 'log', '--nemesis', 'isolate', '--nemesis-target', 'leader', *THREE, '--acks', '1',
      '--set', 'min.insync.replicas=1', '--set', 'unclean.leader.election.enable=true']),
]
SUITES = {'--quick': QUICK, '--cluster': CLUSTER}

WORKLOADS = ['log', 'idempotent', 'offsets', 'list-offsets', 'topics', 'queue']
FAULTS = ['kill', 'term', 'pause', 'bounce', 'storm', 'isolate', 'oneway', 'unzoo', 'halves', 'bridge', 'ring',
          'slow-network', 'lossy-network', 'disk-error', 'disk-full', 'disk-slow', 'power-loss', 'bit-flip', 'truncate',
          'clock']
FAULTS_AT_ONCE = 3
SOAK = ['--brokers', '3', '--zookeepers', '3', '--nemesis-interval', '4', '--time-limit', '90', '--concurrency', '8',
        '--rate', '400']
VERDICTS = {0: 'valid', 1: 'INVALID', 2: 'unknown'}


def value_of(option, words, otherwise):
    return words[words.index(option) + 1] if option in words[:-1] else otherwise


def with_jars(words):
    """The words, and where the jars are that they need."""
    target = value_of('--target', words, 'gregor')
    needed = target in RELEASES or value_of('--zookeepers', words, '0') != '0'
    if not needed or '--jars' in words:
        return words
    release = RELEASES.get(target, RELEASES['kafka-3.9'])
    return [*words, '--jars', str(Path(install.client_jars(release, 'kafka_2.13', logger=True)).parent)]


def run_suite(program, suite, target):
    failed = 0
    for name, expected, rate, words in suite:
        begun = time.monotonic()
        command = [program, 'jepsen', '--store', str(ROOT / 'build/jepsen'), '--rate', str(rate),
                   *with_jars(['--target', target, *words])]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, errors='replace')
        good = done.returncode == expected
        failed += not good
        print(f'{"ok" if good else "FAILED"} {name} ({time.monotonic() - begun:.0f} s)', flush=True)
        if not good:
            print(f'exit code {done.returncode}, expected {expected}\n{done.stdout}', flush=True)
    print(f'{len(suite) - failed} passed, {failed} failed')
    return 1 if failed else 0


def rounds(draw):
    """(workload, faults) without end: every workload meets every fault, some at a time, before one comes again."""
    while True:
        runs = []
        for workload in WORKLOADS:
            faults = draw.sample(FAULTS, len(FAULTS))
            runs += [(workload, faults[i:i + FAULTS_AT_ONCE]) for i in range(0, len(faults), FAULTS_AT_ONCE)]
        draw.shuffle(runs)
        yield from runs


def soak(program, hours, seed):
    """A line a run; exit code 1 if one is invalid, or ended without a verdict."""
    print(f'seed {seed}', flush=True)
    draw, end, endings = random.Random(seed), time.monotonic() + hours * 3600, []
    for workload, faults in rounds(draw):
        if time.monotonic() >= end:
            break
        words = ['--workload', workload, '--nemesis', ','.join(faults), '--seed', str(draw.randrange(1 << 32)), *SOAK]
        done = subprocess.run([program, 'jepsen', '--store', str(ROOT / 'build/jepsen'), *with_jars(words)],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors='replace')
        endings.append(done.returncode)
        print(f'{VERDICTS.get(done.returncode, "FAILED")} {" ".join(words[:6])}', flush=True)
        if done.returncode not in (0, 2):
            print(done.stdout, flush=True)
    print(f'{endings.count(0)} valid, {endings.count(2)} unknown, {len(endings) - endings.count(0) - endings.count(2)} failed')
    return 0 if set(endings) <= {0, 2} else 1


def main():
    words = sys.argv[1:]
    program = install.gregor_program()
    try:
        if words[:1] and words[0] in SUITES and words[1:2] in ([], ['--target']) and len(words) in (1, 3):
            return run_suite(program, SUITES[words[0]], value_of('--target', words, 'gregor'))
        if words[:1] == ['--soak'] and len(words) <= 3:
            hours = float(words[1]) if len(words) > 1 else 2
            return soak(program, hours, int(words[2]) if len(words) > 2 else random.SystemRandom().randrange(1 << 32))
        words = with_jars(words)
    except install.Missing as missing:
        print(f'the jars of Apache Kafka {missing}', file=sys.stderr)
        return 255
    os.execv(program, [str(program), 'jepsen', *words])


if __name__ == '__main__':
    sys.exit(main())
