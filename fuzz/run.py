#!/usr/bin/env python3
"""Runs fuzz targets under libFuzzer: builds them with the preset fuzz (clang, ASan+UBSan), makes a corpus from Kafka's own
bytes, from seeds and from the regression inputs, fuzzes for a while, and minimises what it finds.

The corpus is kept in build/fuzz/corpus/TARGET and grows from run to run. With --write, a run without a finding becomes a
line of fuzz/ledger.jsonl; --ledger adds the lines up. Exit 0: nothing found; 1: a finding, or no build; 2: usage.

usage: run.py [TARGET…] [--time SECONDS] [--build FOLDER] [--write] [--list | --ledger]
"""

import argparse
import datetime
import hashlib
import json
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent
ROOT = HOME.parent
SEEDS = 300
SECONDS_PER_INPUT = 20
MEMORY_MB = 2048
SECONDS_TO_MINIMISE = 30
# Longer inputs are slower and reach nothing more.
LENGTH_MAX = {'log_folder_fuzz': 32768, 'node_fuzz': 16384}
LENGTH_MAX_ELSE = 4096
LEDGER = HOME / 'ledger.jsonl'
# To remember who has allocated what takes a tenth of the time; the replay program, which repeats a finding, says it all.
ENVIRONMENT = {**os.environ, 'ASAN_OPTIONS': 'malloc_context_size=1:' + os.environ.get('ASAN_OPTIONS', '')}


def targets():
    """Those that fuzz/CMakeLists.txt declares, in its order."""
    return re.findall(r'^ *gregor_fuzz_target\((\w+)', (HOME / 'CMakeLists.txt').read_text(), re.M)


def read_ledger(path):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def totals(names, runs):
    """A line a target: how long it has been fuzzed without a finding, and the last commit of that."""
    lines = []
    for name in names:
        mine = [run for run in runs if run['target'] == name]
        lines.append(f'{name}: {sum(run["seconds"] for run in mine) / 60:.0f} min, '
                     f'{sum(run["executions"] for run in mine):,} executions'
                     + (f', last of {mine[-1]["commit"]}' if mine else ''))
    return lines


def processor_seconds():
    """Of all that was run and has ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Fuzzing:
    def __init__(self, build, seconds, ledger):
        self.build = build
        self.seconds = seconds
        self.ledger = ledger  # a file that is added to, or None

    def make(self, names):
        commands = [['cmake', '-S', str(ROOT), '-B', str(self.build), '--preset', 'fuzz'],
                    ['cmake', '--build', str(self.build), '--target', *names, *(f'{name}_replay' for name in names)]]
        for command in commands:
            done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if done.returncode:
                print(done.stdout[-6000:])
                return False
        return True

    def corpus(self, name):
        folder = self.build / 'corpus' / name
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([str(self.build / 'fuzz' / f'{name}_replay'), '--corpus', str(folder), '--seeds', str(SEEDS),
                        '--golden', str(ROOT)], check=True)
        return folder

    def options(self, name):
        dictionary = HOME / 'dictionaries' / f'{name}.dict'
        return [f'-timeout={SECONDS_PER_INPUT}', f'-rss_limit_mb={MEMORY_MB}',
                f'-max_len={LENGTH_MAX.get(name, LENGTH_MAX_ELSE)}',
                *([f'-dict={dictionary}'] if dictionary.exists() else [])]

    def minimised(self, name, finding):
        """The smallest input that still fails, found in the time there is; the finding itself if none is smaller."""
        smaller = finding.with_suffix('.minimised')
        subprocess.run([str(self.build / 'fuzz' / name), '-minimize_crash=1', f'-max_total_time={SECONDS_TO_MINIMISE}',
                        f'-exact_artifact_path={smaller}', *self.options(name), str(finding)],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return smaller if smaller.exists() else finding

    def fuzz(self, name):
        """Whether nothing was found."""
        findings = self.build / 'findings' / name
        findings.mkdir(parents=True, exist_ok=True)
        before = set(findings.iterdir())
        folders = [self.corpus(name), *([HOME / 'regressions' / name] if (HOME / 'regressions' / name).exists() else [])]
        log = findings.parent / f'{name}.log'
        idle = processor_seconds()
        with log.open('w') as output:
            ended = subprocess.run([str(self.build / 'fuzz' / name), f'-max_total_time={self.seconds}',
                                    '-print_final_stats=1', f'-artifact_prefix={findings}/', *self.options(name),
                                    *map(str, folders)], cwd=HOME, stdout=output, stderr=subprocess.STDOUT, env=ENVIRONMENT)
        text = log.read_text(errors='replace')
        executions = re.search(r'number_of_executed_units: *(\d+)', text)
        busy = processor_seconds() - idle
        covered = re.findall(r'cov: (\d+) ft: (\d+) corp: (\d+)', text)
        print(f'{name}: {executions.group(1) if executions else "?"} executions, '
              f'{f"{int(executions.group(1)) / busy:.0f}" if executions else "?"} a second of processor time, '
              f'{covered[-1][0] if covered else "?"} edges, corpus {covered[-1][2] if covered else "?"}', flush=True)
        new = sorted(set(findings.iterdir()) - before)
        for finding in new:
            self.tell(name, finding, text)
        if ended.returncode and not new:
            print(text[-4000:])
        sound = not ended.returncode and not new
        if sound and self.ledger and executions:
            self.note(name, int(executions.group(1)), busy)
        return sound

    def note(self, name, executions, busy):
        """What counts is processor time: beside other work an hour may be minutes."""
        def git(*words):
            return subprocess.run(['git', '-C', str(ROOT), *words], stdout=subprocess.PIPE, text=True)
        commit = git('rev-parse', '--short', 'HEAD').stdout.strip()
        if git('diff', '--quiet', 'HEAD', '--', ':/', ':!/fuzz/ledger.jsonl').returncode:
            commit += '-dirty'
        line = {'target': name, 'commit': commit, 'date': datetime.date.today().isoformat(), 'seconds': round(busy),
                'executions': executions}
        with self.ledger.open('a') as ledger:
            ledger.write(json.dumps(line) + '\n')

    def tell(self, name, finding, text):
        if finding.name.startswith('crash-'):
            finding = self.minimised(name, finding)
        digest = hashlib.sha256(finding.read_bytes()).hexdigest()[:8]
        print('\n'.join(line for line in text.split('\n')
                        if re.search(r'ASSERT|assertion|ERROR: |SUMMARY: |runtime error|^    #[0-9] ', line))[:3000])
        print(f'FOUND: {finding}\n'
              f'  repeat:  {self.build}/fuzz/{name}_replay {finding}\n'
              f'  keep it: cp {finding} fuzz/regressions/{name}/<what-it-is>-{digest}\n'
              f'  (every ./dev test replays what lies there)', flush=True)


def main():
    parser = argparse.ArgumentParser(description='runs fuzz targets under libFuzzer')
    parser.add_argument('targets', nargs='*')
    parser.add_argument('--time', type=int, default=60, help='seconds for each target')
    parser.add_argument('--build', type=Path, default=ROOT / 'build/fuzz')
    parser.add_argument('--write', action='store_true', help='add runs without a finding to fuzz/ledger.jsonl')
    parser.add_argument('--list', action='store_true')
    parser.add_argument('--ledger', action='store_true', help='how long each target has been fuzzed without a finding')
    options = parser.parse_args()
    known = targets()
    if options.list:
        print('\n'.join(known))
        return 0
    # `message` stands for message_fuzz.
    names = [name if name in known else f'{name}_fuzz' for name in options.targets] or known
    if unknown := set(names) - set(known):
        print(f'no such target: {" ".join(sorted(unknown))}; there are: {" ".join(known)}', file=sys.stderr)
        return 2
    if options.ledger:
        print('\n'.join(totals(names, read_ledger(LEDGER))))
        return 0
    fuzzing = Fuzzing(options.build.resolve(), options.time, LEDGER if options.write else None)
    if not fuzzing.make(names):
        return 1
    sound = [fuzzing.fuzz(name) for name in names]
    print(f'{sum(sound)} passed, {len(sound) - sum(sound)} failed')
    return 0 if all(sound) else 1


if __name__ == '__main__':
    sys.exit(main())
