#!/usr/bin/env python3
# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Gregor, Apache Kafka 4.1.0 and the null broker side by side, in one run on one machine.

Each case runs on the targets in turn, again and again (A/B/A/B…), and the ratio is taken pair by pair: what other
work does to the machine hits both. Median and range of the ratios are the result; writes JSON, CSV and one HTML page.

usage: compare.py [--pairs N] [--scale X] [--rows P1,S1] [--out FOLDER]
"""

import argparse
import os
import pathlib
import sys
import time

BENCH = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(BENCH), str(BENCH.parent / 'interop')]

from harness import install, processes  # noqa: E402
from side_by_side import cleaning, groups, lifecycle, replication, report, rows, tracing  # noqa: E402
from side_by_side.brokers import BROKERS  # noqa: E402

FOREIGN_LOAD_MAX = 0.2  # cores that others may use before a run is marked noisy
WARM_UPS_MAX, WARM_WITHIN = 4, 0.05


def busy_core_seconds():
    fields = [int(n) for n in pathlib.Path('/proc/stat').read_text().split('\n')[0].split()[1:]]
    return (sum(fields) - fields[3] - fields[4]) / os.sysconf('SC_CLK_TCK')


def own_core_seconds(brokers):
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system + sum(b.cpu_seconds() for b in brokers)


def warm_up(case, broker, scale):
    """Runs a case until two runs in a row agree: a Java virtual machine compiles what it runs often only then."""
    before = None
    for _ in range(WARM_UPS_MAX):
        measures = case.run(broker, scale)
        cpu = next(value for name, value in measures.items() if name.startswith('cpu_'))
        if before is not None and abs(cpu - before) <= WARM_WITHIN * before:
            return
        before = cpu


def run_case(case, running, pairs, scale):
    """One sample a target and pair, of brokers that are warm."""
    samples = []
    for name in case.targets:
        if name in running and case.warm:
            warm_up(case, running[name], scale / 2)
    for pair in range(pairs):
        for name in case.targets:
            if name not in running:
                continue
            busy, own = busy_core_seconds(), own_core_seconds(running.values())
            begun = time.monotonic()
            measures = case.run(running[name], scale)
            foreign = (busy_core_seconds() - busy) - (own_core_seconds(running.values()) - own)
            noisy = case.warm and foreign / (time.monotonic() - begun) > FOREIGN_LOAD_MAX
            samples.append({'row': case.row, 'case': case.title, 'target': name, 'pair': pair, 'measures': measures,
                            'noisy': noisy})
    return samples


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--pairs', type=int, default=5)
    parser.add_argument('--scale', type=float, default=1.0, help='factor on the amount of data')
    parser.add_argument('--rows', help='only these rows, comma separated')
    parser.add_argument('--targets', default='gregor,kafka,null,traced')
    parser.add_argument('--out', type=pathlib.Path, default=install.PROJECT / 'build/bench/compare')
    options = parser.parse_args()
    processes.clean_up_on_exit()
    cases = [c for module in (rows, lifecycle, groups, cleaning, replication, tracing) for c in module.CASES
             if not options.rows or c.row in options.rows.split(',')]
    running = {name: BROKERS[name](f'bench-{name}') for name in options.targets.split(',')}
    samples = []
    try:
        for broker in running.values():
            broker.start()
        for case in cases:
            print(f'{case.row} {case.title}', file=sys.stderr, flush=True)
            samples += run_case(case, running, options.pairs, options.scale)
            print(report.text_of(samples[-len(case.targets) * options.pairs:]), file=sys.stderr, flush=True)
    finally:
        for broker in running.values():
            broker.kill()
    report.write(options.out, samples, {'pairs': options.pairs, 'scale': options.scale, 'arguments': sys.argv[1:]})
    print(f'wrote {options.out}/results.json, results.csv, index.html')
    return 0


if __name__ == '__main__':
    sys.exit(main())
