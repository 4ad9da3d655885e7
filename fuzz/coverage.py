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
import json
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
    """The raw profile of one run over the corpus."""
    corpus, profile = BUILD / 'corpus' / target, BUILD / f'{target}.profraw'
    shutil.rmtree(corpus, ignore_errors=True)
    quiet = {'LLVM_PROFILE_FILE': '/dev/null'}
    sh(program(target), '--corpus', corpus, '--seeds', seeds, '--golden', ROOT, env=quiet)
    regressions = HOME / 'regressions' / target
    sh(program(target), corpus, *([regressions] if regressions.exists() else []), cwd=HOME,
       env={'LLVM_PROFILE_FILE': str(profile)}, stdout=subprocess.DEVNULL)
    return profile


def llvm_cov(*words):
    objects = [word for target in TARGETS[1:] for word in ('-object', program(target))]
    command = ['llvm-cov-19', words[0], program(TARGETS[0]), *objects, f'-instr-profile={BUILD}/all.profdata', *words[1:]]
    return sh(*command, stdout=subprocess.PIPE).stdout


def is_measured(path):
    """Not what only tests are made of: the disk in memory, messages by chance."""
    name = path.name
    return (path.suffix in ('.h', '.cc') and not name.endswith('_test.cc')
            and not name.startswith(('test_', 'simulated_', 'random_message'))
            and path.is_relative_to(ROOT / 'src') and path.relative_to(ROOT / 'src').parts[0] in FOLDERS)


def summary():
    """{folder: [covered, all]}, and {file: (covered, all)}."""
    document = json.loads(llvm_cov('export', '-summary-only'))
    folders, files = collections.defaultdict(lambda: [0, 0]), {}
    for file in document['data'][0]['files']:
        path = Path(file['filename'])
        if not is_measured(path):
            continue
        lines = file['summary']['lines']
        relative = path.relative_to(ROOT / 'src')
        files[relative] = (lines['covered'], lines['count'])
        folders[relative.parts[0]][0] += lines['covered']
        folders[relative.parts[0]][1] += lines['count']
    return folders, files


def main():
    parser = argparse.ArgumentParser(description='line coverage of the seed corpora')
    parser.add_argument('--seeds', type=int, default=3000, help='inputs from seeds for each target')
    parser.add_argument('--lines', help='show the lines of this file of src/, with their counts, too')
    options = parser.parse_args()
    build()
    profiles = [run(target, options.seeds) for target in TARGETS]
    sh('llvm-profdata-19', 'merge', '-sparse', *profiles, '-o', BUILD / 'all.profdata')
    folders, files = summary()
    for file, (covered, count) in sorted(files.items(), key=lambda item: item[1][0] - item[1][1]):
        if covered < count:
            print(f'{100 * covered / count:6.1f} %  {covered:>5} of {count:<5} {file}')
    for folder in FOLDERS:
        covered, count = folders[folder]
        print(f'{100 * covered / max(count, 1):6.1f} %  {covered:>5} of {count:<5} src/{folder}')
    if options.lines:
        print(llvm_cov('show', '-sources', ROOT / 'src' / options.lines).decode())
    return 0


if __name__ == '__main__':
    sys.exit(main())
