"""How soon the simulator finds bugs of the zoo: `./dev zoo --sim [NAME…]` plants them one at a time and runs simulated
worlds until one reports something, from three first seeds, of which the median is told, and makes the first of these worlds
smaller. zoo/sim.txt says which bugs, and with how many brokers each; where chance is not enough, the name of a story
(src/simulation/scenarios) stands instead.

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
FIRST_SEEDS = [1, 100_001, 200_001]
WORLDS_TO_SHRINK = 60
STORIES = Path('src/simulation/scenarios')
STORY_SEEDS = 10
COLUMNS = '| bug | brokers, or story | worlds | CPU s | seen by | faults, clients, seconds left |\n|---|---|---|---|---|---|'


def worlds_max(brokers):
    """How many worlds a bug may survive until it counts as not found: some 15 s of one processor."""
    return 120 if brokers == 1 else 70


def read_list(text, names):
    """[(bug, brokers or story)], those named or all."""
    lines = [line.split() for line in text.split('\n') if line and not line.startswith('#')]
    return [(name, int(where) if where.isdigit() else where) for name, where in lines if not names or name in names]


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


def run_story(program, story, seed):
    """Which checks it violates."""
    ended = subprocess.run([str(program), 'sim', '--scenario', str(HOME.parent / STORIES / f'{story}.toml'),
                            '--seed', str(seed)],
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
    if place := re.search(r'([^/\s]+):\d+: assertion failed', ended.stderr):
        return {f'assertion in {place[1]}'}
    return set(re.findall(r'^  ([a-z-]+): ', ended.stdout.partition(' violates:')[2], re.M))


def find_in_story(planted, sound):
    """As find(); the parameters are functions of a seed."""
    begun = cpu_seconds()
    for seed in range(1, STORY_SEEDS + 1):
        checks = planted(seed)
        spent = cpu_seconds() - begun
        if checks and not sound(seed):
            return seed, spent, sorted(checks)
    return STORY_SEEDS, cpu_seconds() - begun, []


def shrink(program, seed, brokers):
    """What is left of a world: faults, clients besides the administrator, and seconds until everything heals."""
    ended = subprocess.run([str(program), 'sim', '--seed', str(seed), '--brokers', str(brokers), '--shrink',
                            '--tries', str(WORLDS_TO_SHRINK)],
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, text=True)
    return left_in(ended.stdout)


def left_in(text):
    heals = re.search(r'([\d.]+) s  everything heals', text)
    faults = len(re.findall(r' s  strike-\d+: ', text))
    clients = len(re.findall(r'^  (?:producer|consumer|committer|reader|member)-\d+: ', text, re.M))
    return f'{faults}, {clients}, {float(heals[1]):.1f}' if heals else ''


def find(planted, sound, brokers, begin=1):
    """(worlds, CPU seconds, checks): how many worlds it took, and which checks saw it; no checks: none did. The first two
    parameters are the programs, as functions like run_worlds of first, worlds and brokers."""
    begun = cpu_seconds()
    for first in range(begin, begin + worlds_max(brokers), WORLDS_AT_ONCE):
        before = cpu_seconds()
        reports = planted(first, WORLDS_AT_ONCE, brokers)
        used = cpu_seconds() - before
        for seed, checks in sorted(reports.items()):
            if not sound(seed, 1, brokers):
                return seed - begin + 1, before - begun + used * (seed - first + 1) / WORLDS_AT_ONCE, sorted(checks)
    return worlds_max(brokers), cpu_seconds() - begun, []


def row(name, where, found, left):
    worlds, spent, checks = found
    seen = ', '.join(f'`{check}`' for check in checks) or 'nothing'
    where = f'`{where}`' if isinstance(where, str) else where
    return f'| `{name}` | {where} | {worlds} | {spent:.1f} | {seen} | {left} |'


def measure_one(program, unharmed, where):
    """What find() says, and what is left of the world."""
    if isinstance(where, str):
        return find_in_story(lambda seed: run_story(program, where, seed),
                             lambda seed: run_story(unharmed, where, seed)), ''
    found = []
    for seed in FIRST_SEEDS:
        found.append(find(lambda *worlds: run_worlds(program, *worlds), lambda *worlds: run_worlds(unharmed, *worlds),
                          where, seed))
        if not found[-1][2]:
            return found[-1], ''
    left = shrink(program, FIRST_SEEDS[0] + found[0][0] - 1, where)
    return sorted(found)[len(found) // 2], left


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
    for name, where in listed:
        with zoo.planted(bugs[name]) as problem:
            if said := problem or zoo.build({'gregor'}):
                say(f'{name}: {said[-3000:]}')
                good = False
                continue
            say(row(name, where, *measure_one(program, unharmed, where)))
    return good
