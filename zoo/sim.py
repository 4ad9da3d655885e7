"""How soon the simulator finds bugs of the zoo: `./dev zoo --sim [NAME…]` plants them one at a time and runs simulated
worlds, from seed 1 on, until one reports something. zoo/sim.txt says which bugs, and with how many brokers each.

A world counts only if the sound code reports nothing from the same seed. Seeds and checks are the same on every machine;
the CPU time is about right: that of the batch in which the world was, as far as it had come.
"""

import json
import re
import resource
import shutil
import subprocess
from pathlib import Path

HOME = Path(__file__).resolve().parent
WORLDS_AT_ONCE = 10
COLUMNS = '| bug | brokers | worlds | CPU s | seen by |\n|---|---|---|---|---|'


def worlds_max(brokers):
    """How many worlds a bug may survive until it counts as not found: about a minute of one processor."""
    return 500 if brokers == 1 else 150


def read_list(text, names):
    """[(bug, brokers)], those named or all."""
    lines = [line.split() for line in text.split('\n') if line and not line.startswith('#')]
    return [(name, int(brokers)) for name, brokers in lines if not names or name in names]


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def checks_of(failures, stderr):
    """{seed: checks} of the failures in a document of `gregor sim`. A world that an assertion has aborted has one check,
    its place; the assertions are on stderr, in the order of the worlds."""
    places = iter(re.findall(r'([^/\s]+):\d+: assertion failed', stderr))
    found = {}
    for failure in failures:
        checks = {violation.split(':')[0] for violation in failure['violations']}
        found[failure['seed']] = {f'assertion in {next(places, "?")}'} if 'invariants' in checks else checks
    return found


def run_worlds(program, first, worlds, brokers):
    """{seed: checks} of those that report something."""
    ended = subprocess.run([str(program), 'sim', '--json', '--first', str(first), '--seeds', str(worlds),
                            '--brokers', str(brokers)],
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
    return checks_of(json.loads(ended.stdout)['failures'], ended.stderr)


def find(planted, sound, brokers):
    """(worlds, CPU seconds, checks): how many worlds it took, and which checks saw it; no checks: none did. The first two
    parameters are the programs, as functions like run_worlds of first, worlds and brokers."""
    begun = cpu_seconds()
    for first in range(1, worlds_max(brokers), WORLDS_AT_ONCE):
        before = cpu_seconds()
        reports = planted(first, WORLDS_AT_ONCE, brokers)
        used = cpu_seconds() - before
        for seed, checks in sorted(reports.items()):
            if not sound(seed, 1, brokers):
                return seed, before - begun + used * (seed - first + 1) / WORLDS_AT_ONCE, sorted(checks)
    return worlds_max(brokers), cpu_seconds() - begun, []


def row(name, brokers, found):
    worlds, spent, checks = found
    seen = ', '.join(f'`{check}`' for check in checks) or 'nothing'
    return f'| `{name}` | {brokers} | {worlds} | {spent:.1f} | {seen} |'


def measure(zoo, bugs, names, say):
    """Prints the table, of `bugs` by name; False if one is unknown, or could not be planted or built."""
    listed = read_list((HOME / 'sim.txt').read_text(), names)
    if strangers := sorted({name for name, _ in listed} - bugs.keys() | set(names) - {name for name, _ in listed}):
        say(f'unknown here, or not in sim.txt: {" ".join(strangers)}')
        return False
    zoo.refresh_copy()
    if said := zoo.build({'gregor'}):
        say('the copy does not build:\n' + said[-4000:])
        return False
    program = zoo.build_folder / 'src/cli/gregor'
    unharmed = shutil.copy2(program, zoo.copy / 'build/gregor-sound')
    good = True
    say(COLUMNS)
    for name, brokers in listed:
        with zoo.planted(bugs[name]) as problem:
            if said := problem or zoo.build({'gregor'}):
                say(f'{name}: {said[-3000:]}')
                good = False
                continue
            found = find(lambda *worlds: run_worlds(program, *worlds), lambda *worlds: run_worlds(unharmed, *worlds),
                         brokers)
        say(row(name, brokers, found))
    return good
