#!/usr/bin/env python3
"""The bug zoo: plants each known bug in a copy of the checkout, builds what it touches, and demands that it is caught.

A bug is a folder: bug.patch (against the checkout), story.md (mechanism, source, smallest schedule) and catch.txt:
one line per harness that must fail on it, "<test program> <GoogleTest filter>", "<fuzz target>_replay [argument…]",
"sim [option…]" (a batch of `gregor sim`) or "script <file> [argument…]", and the line "ci" if the bug is among those that
CI plants. Lines with # are comments.
A patch that no longer applies, a bug that does not build, and a bug that is not caught all fail the run, and so does
a harness that fails, or finds nothing to run, without any bug.

--table prints in the end which harness has caught each, and after how long. --readme brings the same table without times, in
README.md, up to date, and plants nothing. --sim measures how soon simulated worlds find bugs (sim.py).

usage: run.py [--ci] [--table] [--list | --readme | --sim] [NAME…]
"""

import argparse
import contextlib
import dataclasses
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import sim

HOME = Path(__file__).resolve().parent
BUILD_SECONDS_MAX = 3600
HARNESS_SECONDS_MAX = 120  # a bug may make its test hang; that counts as caught


@dataclasses.dataclass(frozen=True)
class Bug:
    folder: Path
    catchers: tuple  # of tuples of words
    in_ci: bool

    @property
    def name(self):
        return self.folder.name

    @property
    def patch(self):
        return self.folder / 'bug.patch'

    @property
    def title(self):
        return (self.folder / 'story.md').read_text().split('\n')[0].lstrip('# ')

    @property
    def programs(self):
        return {'gregor' if words[0] == 'sim' else words[0] for words in self.catchers if words[0] != 'script'}


def table_row(bug, seconds=()):
    """`seconds`: how long each harness took to fail."""
    caught = [f'`{" ".join(words)}`' for words in bug.catchers]
    if seconds:
        caught = [f'{words} ({after:.1f} s)' for words, after in zip(caught, seconds)]
    return f'| [{bug.name}]({bug.name}/story.md){" (ci)" if bug.in_ci else ""} | {bug.title} | {", ".join(caught)} |'


TABLE_HEAD = '| bug | what | caught by |\n|---|---|---|\n'


def with_table(text, bugs):
    """The text of README.md, whose end is the table."""
    return text[:text.index(TABLE_HEAD) + len(TABLE_HEAD)] + ''.join(table_row(bug) + '\n' for bug in bugs)


def read_bug(folder):
    lines = [line.split() for line in (folder / 'catch.txt').read_text().split('\n') if not line.startswith('#')]
    catchers = tuple(tuple(words) for words in lines if words and words != ['ci'])
    return Bug(folder, catchers, ['ci'] in lines)


class Zoo:
    """The copy of a checkout in which bugs are planted: one of its own, so that none can ever be committed."""

    def __init__(self, root):
        self.root = root
        self.copy = root / 'build/zoo'
        self.build_folder = self.copy / 'build/release'
        self.jobs = str(os.cpu_count() or 1)

    def sh(self, *command, cwd=None, seconds=BUILD_SECONDS_MAX, without_repository=False):
        # Else git would take the copy for a folder of the checkout, and patch nothing or the wrong file.
        env = {**os.environ, 'GIT_CEILING_DIRECTORIES': str(self.copy.parent)} if without_repository else None
        return subprocess.run(command, cwd=cwd or self.copy, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, errors='replace', stdin=subprocess.DEVNULL, timeout=seconds)

    def refresh_copy(self):
        """Brings the copy to the checkout's present content; only files that differ are touched, so builds stay small."""
        listed = self.sh('git', 'ls-files', '-co', '--exclude-standard', cwd=self.root).stdout.split('\n')
        wanted = {name for name in listed if name and (self.root / name).is_file()}
        for folder, folders, names in os.walk(self.copy):
            inside = Path(folder).relative_to(self.copy)
            if inside == Path('.') and 'build' in folders:
                folders.remove('build')
            for name in names:
                if str(inside / name) not in wanted:
                    (self.copy / inside / name).unlink()
        for name in wanted:
            source, target = self.root / name, self.copy / name
            if not target.exists() or target.read_bytes() != source.read_bytes():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(source.read_bytes())
                target.chmod(source.stat().st_mode)

    def build(self, programs):
        """What the build says when it fails; else empty."""
        if not programs:
            return ''
        if not (self.build_folder / 'CMakeCache.txt').exists():
            configured = self.sh('cmake', '--preset', 'release')
            if configured.returncode:
                return configured.stdout
        built = self.sh('cmake', '--build', 'build/release', '-j', self.jobs, '--target', *sorted(programs))
        return built.stdout if built.returncode else ''

    def run_catcher(self, words):
        """'passed', 'failed', or 'nothing' if the harness does not exist or selects no test."""
        if words[0] == 'script':
            command, cwd = [sys.executable, *words[1:]], self.copy
            if not (self.copy / words[1]).is_file():
                return 'nothing'
        else:
            name = 'gregor' if words[0] == 'sim' else words[0]
            program = next((p for p in self.build_folder.rglob(name) if p.is_file()), None)
            if program is None:
                return 'nothing'
            # Test data are found from the source folder.
            cwd = self.copy / program.parent.relative_to(self.build_folder)
            if words[0] == 'sim':
                command = [str(program), *words]
            elif words[0].endswith('_replay'):  # inputs of a fuzz target, without the fuzzer
                command = [str(program), *words[1:]]
            else:
                command = [str(program), f'--gtest_filter={words[1] if len(words) > 1 else "*"}']
        try:
            ended = self.sh(*command, cwd=cwd, seconds=HARNESS_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            return 'failed'
        if words[0] == 'sim' and ended.returncode not in (0, 1):
            return 'nothing'
        if ended.returncode:
            return 'failed'
        return 'nothing' if re.search(r'Running 0 tests|^Ran 0 tests', ended.stdout, re.M) else 'passed'

    @contextlib.contextmanager
    def planted(self, bug):
        """Empty text, or why the patch cannot be applied; afterwards the copy is as before, to the byte."""
        touched = [self.copy / name for name in re.findall(r'^\+\+\+ b/(\S+)', bug.patch.read_text(), re.M)]
        before = {path: path.read_bytes() for path in touched if path.is_file()}
        try:
            # All or nothing, wherever the lines have moved to; -C1: one line around them must still be the same.
            applied = self.sh('git', 'apply', '-C1', str(bug.patch), without_repository=True)
            changed = any(path.read_bytes() != content for path, content in before.items())
            yield '' if changed else 'the patch no longer applies:\n' + applied.stdout
        finally:
            for path, content in before.items():
                if path.read_bytes() != content:
                    path.write_bytes(content)

    def check(self, bug):
        """Empty when the bug is caught by every harness that its catch.txt names, else what went wrong; and the seconds that
        each of them ran."""
        if not bug.catchers:
            return 'catch.txt names no harness', []
        with self.planted(bug) as problem:
            if problem:
                return problem, []
            if said := self.build(bug.programs):
                return 'the bug does not build:\n' + said[-3000:], []
            survived, seconds = [], []
            for words in bug.catchers:
                begun = time.monotonic()
                if self.run_catcher(words) != 'failed':
                    survived.append(' '.join(words))
                seconds.append(time.monotonic() - begun)
            return 'NOT CAUGHT by: ' + '; '.join(survived) if survived else '', seconds

    def unhealthy(self, bugs):
        """What is wrong before any bug is planted: a harness that fails on sound code proves nothing, nor does one
        that runs no test."""
        said = self.build(set().union(*(bug.programs for bug in bugs)))
        if said:
            return ['the copy does not build:\n' + said[-4000:]]
        results = {words: self.run_catcher(words) for words in sorted({w for bug in bugs for w in bug.catchers})}
        return [f'without any planted bug, {" ".join(words)}: {result}'
                for words, result in results.items() if result != 'passed']

    def run(self, bugs, say, table=False):
        """(caught, not caught)"""
        self.refresh_copy()
        if troubles := self.unhealthy(bugs):
            for trouble in troubles:
                say(trouble)
            return 0, len(bugs)
        rows = []
        for bug in bugs:
            begun = time.monotonic()
            wrong, seconds = self.check(bug)
            if not wrong:
                rows.append(table_row(bug, seconds))
            say(f'{bug.name}: {wrong or "caught"} ({time.monotonic() - begun:.0f} s)')
        if table:
            say(TABLE_HEAD + '\n'.join(sorted(rows)))
        return len(rows), len(bugs) - len(rows)


def in_order(bugs):
    """Bugs of one program after another, so that little is built twice."""
    return sorted(bugs, key=lambda bug: (sorted(bug.programs), bug.name))


def self_check(say):
    """The runner's own test: (passed, failed)."""
    ended = subprocess.run([sys.executable, str(HOME / 'run_test.py')], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           text=True, stdin=subprocess.DEVNULL)
    say('the runner itself: ' + ('ok' if ended.returncode == 0 else ended.stdout))
    return (1, 0) if ended.returncode == 0 else (0, 1)


def main():
    parser = argparse.ArgumentParser(description='plants known bugs in a copy and sees them caught')
    parser.add_argument('--ci', action='store_true', help='the runner\'s own test, and the bugs marked ci: about 5 minutes')
    parser.add_argument('--table', action='store_true', help='print in the end what has caught each, and after how long')
    parser.add_argument('--readme', action='store_true', help='bring the table of README.md up to date, and plant nothing')
    parser.add_argument('--list', action='store_true', help='names and titles only')
    parser.add_argument('--sim', action='store_true', help='how soon simulated worlds find them (those of sim.txt)')
    parser.add_argument('names', nargs='*')
    options = parser.parse_args()
    everything = [read_bug(patch.parent) for patch in sorted(HOME.glob('*/bug.patch'))]
    unknown = set(options.names) - {bug.name for bug in everything}
    bugs = [bug for bug in in_order(everything)
            if (not options.names or bug.name in options.names) and (not options.ci or bug.in_ci)]
    if unknown or not bugs:
        print(f'no such bug: {" ".join(sorted(unknown))}' if unknown else 'no bugs', file=sys.stderr)
        return 2
    if options.readme:
        readme = HOME / 'README.md'
        readme.write_text(with_table(readme.read_text(), everything))
        return 0
    if options.list:
        print('\n'.join(f'{bug.name}: {bug.title}' for bug in bugs))
        return 0

    def say(line):
        print(line, flush=True)

    if options.sim:
        return 0 if sim.measure(Zoo(HOME.parent), {bug.name: bug for bug in bugs}, options.names, say) else 1
    own = self_check(say) if options.ci else (0, 0)
    caught, missed = Zoo(HOME.parent).run(bugs, say, options.table)
    print(f'{own[0] + caught} passed, {own[1] + missed} failed')
    return 1 if own[1] + missed else 0


if __name__ == '__main__':
    sys.exit(main())
