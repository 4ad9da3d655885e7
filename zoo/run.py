#!/usr/bin/env python3
"""The bug zoo: plants each known bug in a copy of the checkout, builds what it touches, and demands that it is caught.

A bug is a folder: bug.patch (against the checkout), story.md (mechanism, source, smallest schedule) and catch.txt, one
line per harness that must fail on it: "<test program> <GoogleTest filter>", or "script <file> [argument…]".
A patch that no longer applies, a bug that does not build, and a bug that is not caught all fail the run.

usage: run.py [--ci] [--list] [NAME…]
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

ZOO = Path(__file__).resolve().parent
ROOT = ZOO.parent
COPY = ROOT / 'build/zoo'  # a checkout of its own, so that a planted bug can never be committed
SECONDS_MAX = 600


def sh(*command, cwd=COPY):
    return subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors='replace', stdin=subprocess.DEVNULL, timeout=SECONDS_MAX)


def refresh_copy():
    """Brings the copy to the checkout's present content; only files that differ are touched, so builds stay small."""
    listed = sh('git', 'ls-files', '-co', '--exclude-standard', cwd=ROOT).stdout.split('\n')
    wanted = {name for name in listed if name and (ROOT / name).is_file()}
    for old in COPY.rglob('*') if COPY.exists() else []:
        inside = old.relative_to(COPY)
        if old.is_file() and inside.parts[0] != 'build' and str(inside) not in wanted:
            old.unlink()
    for name in wanted:
        source, target = ROOT / name, COPY / name
        if not target.exists() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
            target.chmod(source.stat().st_mode)


def catchers(bug):
    for line in (bug / 'catch.txt').read_text().split('\n'):
        if line.strip() and not line.startswith('#'):
            yield line.split()


def folder_of_test(program):
    """Where a test program lies in the build tree."""
    found = [p for p in (COPY / 'build/release').rglob(program) if p.is_file()]
    return found[0] if found else None


def run_catcher(words):
    """True if the harness failed, that is, noticed the bug."""
    if words[0] == 'script':
        return sh(sys.executable, *words[1:]).returncode != 0
    program = folder_of_test(words[0])
    source = COPY / program.parent.relative_to(COPY / 'build/release')
    try:
        return sh(str(program), f'--gtest_filter={words[1]}', cwd=source).returncode != 0
    except subprocess.TimeoutExpired:
        return True


def check(bug):
    """Empty text when the bug is caught by every harness that its catch.txt names; else what went wrong."""
    patch = bug / 'bug.patch'
    applied = sh('patch', '-p1', '--no-backup-if-mismatch', '-i', str(patch))
    if applied.returncode != 0:
        return 'the patch no longer applies:\n' + applied.stdout
    try:
        targets = sorted({words[0] for words in catchers(bug) if words[0] != 'script'})
        built = sh('cmake', '--build', 'build/release', '--target', *targets) if targets else None
        if built and built.returncode != 0:
            return 'the bug does not build:\n' + built.stdout[-3000:]
        survived = [' '.join(words) for words in catchers(bug) if not run_catcher(words)]
        return 'not caught by: ' + '; '.join(survived) if survived else ''
    finally:
        sh('patch', '-p1', '-R', '--no-backup-if-mismatch', '-i', str(patch))


def healthy(bugs):
    """The harnesses must pass on the clean copy, or a planted bug proves nothing."""
    lines = sorted({tuple(words) for bug in bugs for words in catchers(bug)})
    targets = sorted({words[0] for words in lines if words[0] != 'script'})
    configured = sh('cmake', '--preset', 'release')
    built = sh('cmake', '--build', 'build/release', '--target', *targets) if targets else None
    if configured.returncode or (built and built.returncode):
        print((configured.stdout + (built.stdout if built else ''))[-4000:])
        return False
    bad = [' '.join(words) for words in lines if run_catcher(words)]
    for line in bad:
        print(f'fails without any planted bug: {line}')
    return not bad


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--ci', action='store_true', help='as CI runs it: all bugs, counts at the end')
    parser.add_argument('--list', action='store_true')
    parser.add_argument('names', nargs='*')
    options = parser.parse_args()
    bugs = [b for b in sorted(ZOO.iterdir()) if (b / 'bug.patch').exists() and (not options.names or b.name in options.names)]
    if options.list:
        print('\n'.join(f'{b.name}: {(b / "story.md").read_text().splitlines()[0].lstrip("# ")}' for b in bugs))
        return 0
    if not bugs:
        print('no such bug', file=sys.stderr)
        return 2
    refresh_copy()
    if not healthy(bugs):
        print(f'0 passed, {len(bugs)} failed')
        return 1
    failed = 0
    for bug in bugs:
        begun = time.monotonic()
        wrong = check(bug)
        failed += bool(wrong)
        print(f'{bug.name}: {"CAUGHT" if not wrong else wrong} ({time.monotonic() - begun:.0f} s)', flush=True)
    print(f'{len(bugs) - failed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
