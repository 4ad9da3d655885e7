#!/usr/bin/env python3
"""Runs simulated worlds for hours, in rounds: worlds of one broker, of three, of one… A round begins where the last one of
its kind has ended, so that no world is run twice over one text of src/. With --write a round becomes a line of
tests/soak/ledger.jsonl, whatever it found; --ledger adds the lines up. What is lost when this is stopped is one round.

Exit codes: 0 nothing was violated, 1 something was, or nothing could be run, 2 usage.

usage: run.py [HOURS] [--jobs N] [--write] | --ledger
"""

import argparse
import dataclasses
import datetime
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEDGER = Path(__file__).resolve().with_name('ledger.jsonl')
ROUND_MINUTES = 5
BROKERS = [1, 3]
# Below are the seeds of tests and of examples.
FIRST_SEED = 10_000_000


@dataclass(frozen=True)
class Round:
    date: str
    src: str  # git's name of the tree src/, with + if there were changes to it
    brokers: int
    first_seed: int
    worlds: int
    simulated_hours: float
    cpu_seconds: int
    violations: dict  # {seed: [check], …}


def read_ledger(path):
    return [Round(**json.loads(line)) for line in path.read_text().splitlines()] if path.exists() else []


def git(*words):
    return subprocess.run(['git', '-C', str(ROOT), *words], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def text_of_src():
    return git('rev-parse', '--short=12', 'HEAD:src') + ('+' if git('status', '--porcelain', 'src') else '')


def next_seed(rounds, brokers):
    return max((done.first_seed + done.worlds for done in rounds if done.brokers == brokers), default=FIRST_SEED)


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run_round(program, src, brokers, first_seed, minutes, jobs):
    begun = cpu_seconds()
    ended = subprocess.run([str(program), 'sim', '--json', '--first', str(first_seed), '--minutes', str(minutes), '--brokers',
                            str(brokers), '--jobs', str(jobs)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    if ended.returncode not in (0, 1):
        raise ChildProcessError(f'gregor sim ended with {ended.returncode}')
    told = json.loads(ended.stdout)
    return Round(datetime.date.today().isoformat(), src, brokers, first_seed, told['worlds'],
                 round(told['simulated_seconds'] / 3600, 2), round(cpu_seconds() - begun),
                 {str(failure['seed']): sorted({what.split(':')[0] for what in failure['violations']})
                  for failure in told['failures']})


def soak(program, src, hours, jobs, ledger):
    """A line for each round; whether nothing was violated."""
    rounds, done, end = read_ledger(LEDGER), [], time.monotonic() + hours * 3600
    while (left := (end - time.monotonic()) / 60) > 0:
        brokers = BROKERS[len(done) % len(BROKERS)]
        done.append(run_round(program, src, brokers, next_seed(rounds + done, brokers), min(left, ROUND_MINUTES), jobs))
        print(f'{brokers} brokers: seeds from {done[-1].first_seed} on, {done[-1].worlds} worlds, '
              f'{len(done[-1].violations)} with violations', flush=True)
        for seed, checks in done[-1].violations.items():
            print(f'  gregor sim --seed {seed} --brokers {brokers}: {", ".join(checks)}', flush=True)
        if ledger:
            with ledger.open('a') as lines:
                lines.write(json.dumps(dataclasses.asdict(done[-1])) + '\n')
    return not any(one.violations for one in done)


def totals(rounds, src):
    """A line a kind of world, all of it and what is of this text of src/, and the seeds with violations."""
    lines = []
    for brokers in sorted({done.brokers for done in rounds}):
        mine = [done for done in rounds if done.brokers == brokers]
        lines.append(f'{brokers} brokers: {summed(mine)}; of this src/: {summed([d for d in mine if d.src == src])}')
        lines += [f'  seed {seed}, src/ {done.src}: {", ".join(checks)}'
                  for done in mine for seed, checks in done.violations.items()]
    return [*lines, f'all: {summed(rounds)}']


def summed(rounds):
    return (f'{sum(done.worlds for done in rounds):,} worlds, {sum(done.cpu_seconds for done in rounds) / 3600:.1f} CPU-hours, '
            f'{sum(done.simulated_hours for done in rounds):,.1f} simulated hours, '
            f'{sum(len(done.violations) for done in rounds)} worlds with violations')


def main():
    parser = argparse.ArgumentParser(description='runs simulated worlds for hours')
    parser.add_argument('hours', nargs='?', type=float, default=1)
    parser.add_argument('--jobs', type=int, default=os.cpu_count(), help='processes (all processors)')
    parser.add_argument('--write', action='store_true', help='add each round to tests/soak/ledger.jsonl')
    parser.add_argument('--ledger', action='store_true', help='how long worlds have run so far, and what was violated')
    options = parser.parse_args()
    if options.ledger:
        print('\n'.join(totals(read_ledger(LEDGER), text_of_src())))
        return 0
    # What is built meanwhile must not count as this text of src/.
    program = Path(shutil.copy2(ROOT / 'build/release/src/cli/gregor', ROOT / f'build/gregor-soak-{os.getpid()}'))
    try:
        return 0 if soak(program, text_of_src(), options.hours, options.jobs, LEDGER if options.write else None) else 1
    except ChildProcessError as failed:
        print(failed, file=sys.stderr)
        return 1
    finally:
        program.unlink()


if __name__ == '__main__':
    sys.exit(main())
