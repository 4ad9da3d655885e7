#!/usr/bin/env python3
# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""How many lines of the code that reads what comes from outside the seed corpora reach: builds the targets with clang's
source-based coverage, makes their corpora (from seeds, Kafka's own bytes and the regression inputs), runs them once, and
prints the covered lines of each folder and of each file that is not covered whole.

usage: coverage.py [--seeds N] [--lines FILE]      (through ./dev fuzz coverage)

Exit 0: measured; 1: it does not build or run.
"""

import argparse
import collections
import shutil
import subprocess
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent
ROOT = HOME.parent
BUILD = ROOT / 'build/coverage'
TARGETS = ('message_fuzz', 'frame_fuzz', 'record_batch_fuzz', 'log_files_fuzz', 'log_folder_fuzz', 'node_fuzz')
FOLDERS = ('protocol', 'record', 'log')


def sh(*command, **more):
    return subprocess.run([str(word) for word in command], check=True, cwd=more.pop('cwd', ROOT), **more)


def program(target):
    return BUILD / 'fuzz' / f'{target}_replay'


def build():
    sh('cmake', '--preset', 'coverage', stdout=subprocess.DEVNULL)
    sh('cmake', '--build', BUILD, '--target', *(f'{target}_replay' for target in TARGETS), stdout=subprocess.DEVNULL)


def run(target, seeds):
    """Leaves the raw profile of one run over the corpus."""
    corpus, profile = BUILD / 'corpus' / target, BUILD / f'{target}.profraw'
    shutil.rmtree(corpus, ignore_errors=True)
    quiet = {'LLVM_PROFILE_FILE': '/dev/null'}
    sh(program(target), '--corpus', corpus, '--seeds', seeds, '--golden', ROOT, env=quiet)
    regressions = HOME / 'regressions' / target
    sh(program(target), corpus, *([regressions] if regressions.exists() else []), cwd=HOME,
       env={'LLVM_PROFILE_FILE': str(profile)}, stdout=subprocess.DEVNULL)


def llvm_cov(action, target, *words):
    """Of one target: what several programs have compiled each in its own way does not add up in one profile."""
    profile = BUILD / f'{target}.profdata'
    sh('llvm-profdata-19', 'merge', '-sparse', BUILD / f'{target}.profraw', '-o', profile)
    return sh('llvm-cov-19', action, program(target), f'-instr-profile={profile}', *words, stdout=subprocess.PIPE).stdout.decode()


def is_measured(path):
    """Not what only tests are made of: the disk in memory, messages by chance."""
    name = path.name
    return (path.suffix in ('.h', '.cc') and not name.endswith('_test.cc')
            and not name.startswith(('test_', 'simulated_', 'random_message'))
            and path.is_relative_to(ROOT / 'src') and path.relative_to(ROOT / 'src').parts[0] in FOLDERS)


def lines_reached():
    """{file: {line: how often the targets have run it}}"""
    files = collections.defaultdict(collections.Counter)
    for target in TARGETS:
        path = None
        for entry in llvm_cov('export', target, '-format=lcov').splitlines():
            key, _, value = entry.partition(':')
            if key == 'SF':
                path = Path(value)
            elif key == 'DA' and is_measured(path):
                line, count = value.split(',')[:2]
                files[path.relative_to(ROOT / 'src')][int(line)] += int(count)
    return files


def show(file, counts):
    for number, text in enumerate((ROOT / 'src' / file).read_text().splitlines(), 1):
        print(f'{counts[number] if number in counts else "":>10} {number:>5}  {text}')


def main():
    parser = argparse.ArgumentParser(description='line coverage of the seed corpora')
    parser.add_argument('--seeds', type=int, default=3000, help='inputs from seeds for each target')
    parser.add_argument('--lines', help='show the lines of this file of src/, with their counts, too')
    options = parser.parse_args()
    build()
    for target in TARGETS:
        run(target, options.seeds)
    files = lines_reached()
    folders = {folder: [0, 0] for folder in FOLDERS}
    for file, counts in sorted(files.items(), key=lambda item: -sum(count == 0 for count in item[1].values())):
        covered = sum(count > 0 for count in counts.values())
        folders[file.parts[0]][0] += covered
        folders[file.parts[0]][1] += len(counts)
        if covered < len(counts):
            print(f'{100 * covered / len(counts):6.1f} %  {covered:>5} of {len(counts):<5} {file}')
    for folder, (covered, count) in folders.items():
        print(f'{100 * covered / max(count, 1):6.1f} %  {covered:>5} of {count:<5} src/{folder}')
    if options.lines:
        show(Path(options.lines), files[Path(options.lines)])
    return 0


if __name__ == '__main__':
    sys.exit(main())
