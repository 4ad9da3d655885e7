#!/usr/bin/env python3
# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Checks the TLA+ specs with TLC, and that the checks can fail: every mutant has to die by the property that it names.

Which configurations there are, what is expected of them and how many states they have is in spec/models/*.json. A run
fails when a verdict or a count is another one, when a configuration is in no manifest or a property in no
configuration, when a mutant survives, dies by another property, or not by the counterexample that is stored, and when a
property has no mutant (spec/unseen.txt lists those that are still owed one).

usage: run.py [--deep] [NAME…]             models: those of CI, with --deep all; NAME: a spec or a configuration
       run.py --mutants [--write] [NAME…]  mutants; NAME: a spec or a mutant
       run.py --mutant NAME [--write]      one mutant, with its counterexample
       run.py --ci                         the runner's own test, the models and mutants of CI, docs/specs.md
       run.py --simulate MINUTES [NAME…]   random runs with seeds never used before; spec/simulated.jsonl adds them up,
                                           and docs/specs.md says so
       run.py --table                      renews the tables of docs/specs.md

--jobs J runs so many TLCs at a time, each on one core; 2 if it is not given.

--keep FOLDER keeps what TLC knows about an exhaustive search that was stopped, and goes on from there the next time.

--write makes what was seen the expectation: counts go to the manifests, counterexamples to spec/mutants/*.txt.
"""

import argparse
import concurrent.futures
import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from runner import models as models_module
from runner import mutants as mutants_module
from runner import simulated, tables, tlc

HOME = Path(__file__).resolve().parent
SIDE_BY_SIDE = 2
PROGRESS_SECONDS = 60


class Run:
    """One run of the program: what was checked, and what is wrong."""

    def __init__(self, root, say, write=False, kept=None, jobs=SIDE_BY_SIDE):
        self.root, self.say, self.write, self.kept, self.jobs = root, say, write, kept, jobs
        self.build = root / 'build/spec'
        self.models, wrong = models_module.read_manifests(root)
        self.mutants = mutants_module.read_mutants(root)
        self.tlc = None
        self.model_results, self.mutant_results = [], []
        self.passed = self.failed = 0
        self.complaints = list(dict.fromkeys([*wrong, *models_module.property_complaints(root, self.models),
                                              *mutants_module.complaints(root, self.mutants, self.models),
                                              *mutants_module.trust_complaints(root, self.mutants, self.models)]))

    def check_files(self, specs):
        """Complains about what is wrong with the files of some specs; of none means of all."""
        for complaint in self.complaints:
            stem = Path(complaint.split(':')[0]).stem
            names = next(({*mutant.subjects, mutant.name} for mutant in self.mutants if mutant.name == stem),
                         {stem.removeprefix('MC_').split('_')[0]})
            if not specs or names & specs:
                self.fail(complaint)

    def fail(self, complaint):
        self.failed += 1
        self.say(f'FAILED {complaint}')

    def judged(self, name, wrong, seconds):
        if wrong:
            self.fail(f'{name}: {wrong}')
        else:
            self.passed += 1
            self.say(f'ok {name} ({seconds:.0f} s)')

    def start(self):
        self.tlc = tlc.Tlc(self.root, self.build, tlc.fetch(self.build), self.kept)

    # Models.

    def wrong_with(self, model, outcome):
        """Empty if a model gave what its manifest says."""
        if outcome.result != model.result:
            return f'{outcome.result} where {model.result} is expected\n{outcome.shown()}'
        if self.write and not model.simulate:
            return ''
        if model.counts_are_held:
            for what, seen, expected in (('distinct states', outcome.distinct, model.distinct),
                                         ('depth', outcome.depth, model.depth)):
                if seen and seen != expected:
                    return f'{what}: {seen} where the manifest says {expected}'
        elif not model.simulate and model.workers == 1:
            return 'the manifest states no counts: run with --write'
        return ''

    def run_model(self, model):
        return model, self.tlc.run(model, seconds=tlc.SECONDS_MAX[model.in_ci])

    def take_model(self, result):
        model, outcome = result
        wrong = self.wrong_with(model, outcome)
        if self.write and not wrong:
            models_module.write_counts(self.root, model, outcome)
        self.model_results.append(result)
        self.judged(model.name, wrong, outcome.seconds)

    # Mutants.

    def run_mutant(self, mutant):
        return mutant, mutants_module.check(self.tlc, mutant, {model.name: model for model in self.models})

    def take_mutant(self, result):
        mutant, deaths = result
        wrong = '; '.join(wrong for _, _, wrong, _ in deaths if wrong)
        shortest = mutants_module.shortest(mutant, deaths)
        if not wrong:
            story = mutants_module.story(mutant, *shortest)
            if self.write:
                mutant.stored.write_text(story)
            elif not mutant.stored.exists():
                wrong = f'{mutant.stored.name} is missing: run with --write'
            elif mutant.stored.read_text() != story:
                wrong = f'{mutant.stored.name} is another counterexample: run with --write, and read the difference'
        self.mutant_results.append(result)
        self.judged(f'mutant {mutant.name}', wrong, sum(d[3].seconds for d in deaths if d[3]))

    # Everything.

    def go(self, models, mutants):
        """Runs models and mutants, several at a time; the longest first, so that the end is not spent waiting for one."""
        if models or mutants:
            self.start()
        self.say(f'{len(models)} models, {len(mutants)} mutants')
        models = sorted(models, key=lambda model: -model.runtime)
        for model in [model for model in models if model.workers > 1]:
            self.take_model(self.run_model(model))
        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            takers = {pool.submit(self.run_model, model): self.take_model for model in models if model.workers == 1}
            takers |= {pool.submit(self.run_mutant, mutant): self.take_mutant for mutant in mutants}
            while takers:
                done, _ = concurrent.futures.wait(takers, PROGRESS_SECONDS, concurrent.futures.FIRST_COMPLETED)
                for future in done:
                    takers.pop(future)(future.result())
                if not done:
                    self.say('\n'.join(self.tlc.progress()))
        self.store()

    def simulate(self, models, minutes):
        """Rounds, several at a time, until the time is over or one of them finds something."""
        self.start()
        left, underway = 60 * minutes, {}
        end = time.monotonic() + left
        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            while underway or left > 0 and not self.failed:
                while left > 0 and not self.failed and len(underway) < self.jobs:
                    model = simulated.next_round(self.root, models, underway.values(), left)
                    underway[pool.submit(self.run_round, model)] = model
                done, _ = concurrent.futures.wait(underway, return_when=concurrent.futures.FIRST_COMPLETED)
                for future in done:
                    self.take_round(underway.pop(future), future.result())
                left = end - time.monotonic()

    def run_round(self, model):
        log = f'{model.name}-{model.simulate["seed"]}'
        folder = self.build / 'rounds' / log
        try:
            models_module.copy_specs(self.root, folder)
            config, names = folder / model.config, simulated.properties_of_round(model)
            config.write_text(models_module.read_config(config.read_text()).only(names))
            temporal = [name for name in model.properties if name in names]
            return self.tlc.run(model, config=config, root=folder, properties=temporal, seconds=tlc.SECONDS_MAX[False],
                                log=log)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def take_round(self, model, outcome):
        wrong = self.wrong_with(model, outcome)
        if not wrong:
            simulated.add_round(self.root, simulated.round_of(model, outcome))
            renew_docs(self)
        self.judged(f'{model.name}, seed {model.simulate["seed"]}, {outcome.states:,} states', wrong, outcome.seconds)

    def store(self):
        """Adds what was seen to build/spec/results.json."""
        path = self.build / 'results.json'
        known = stored_results(self.root)
        for model, outcome in self.model_results:
            known['models'][model.name] = {
                'spec': model.spec, 'states': outcome.states, 'distinct': outcome.distinct, 'depth': outcome.depth,
                'seconds': round(outcome.seconds, 1), 'verdict': outcome.result, 'expected': model.result}
        for mutant, deaths in self.mutant_results:
            known['mutants'][mutant.name] = {
                'seconds': round(sum(d[3].seconds for d in deaths if d[3]), 1),
                'deaths': [{'configuration': model, 'property': name, 'wrong': wrong,
                            'steps': tables.steps_of(outcome) if outcome else 0} for model, name, wrong, outcome in deaths]}
        self.build.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix('.new')
        fresh.write_text(json.dumps(known, indent=2, sort_keys=True) + '\n')
        fresh.replace(path)

    def report(self):
        if self.model_results:
            self.say('\n' + '\n'.join(tables.of_models(self.model_results)))
        if self.mutant_results:
            order = sorted(self.mutant_results, key=lambda result: result[0].name)
            self.say('\n' + '\n'.join(tables.of_mutants(order)))
        self.say(f'{self.passed} passed, {self.failed} failed')
        return 1 if self.failed else 0


def stored_results(root):
    path = root / 'build/spec/results.json'
    return json.loads(path.read_text()) if path.exists() else {'models': {}, 'mutants': {}}


def self_check(run):
    """The runner's own tests."""
    ended = subprocess.run([sys.executable, str(HOME / 'run_test.py')], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           text=True, stdin=subprocess.DEVNULL)
    run.judged('the runner itself', '' if ended.returncode == 0 else ended.stdout[-3000:], 0)


def check_docs(run):
    """docs/specs.md knows every property, and names no file of the code that is not there; its tables are up to date."""
    text = (run.root / 'docs/specs.md').read_text()
    wrong = [f'says nothing of {name} ({path.name})' for path in models_module.modules_of(run.root).values()
             if path.parent.name == 'spec'
             for name in models_module.properties_of(path.read_text()) if f'`{name}`' not in text]
    wrong += [f'there is no {file}' for file in sorted(set(re.findall(r'`(src/[^`\s]+)`', text)))
              if not (run.root / file).exists()]
    if tables.docs(text, run.models, run.mutants, {}, simulated.totals(run.root, run.models)) != text:
        wrong.append('its tables are stale: ./dev spec --table')
    run.judged('docs/specs.md', '; '.join(wrong), 0)


def renew_docs(run):
    docs = run.root / 'docs/specs.md'
    docs.write_text(tables.docs(docs.read_text(), run.models, run.mutants, stored_results(run.root)['mutants'],
                                simulated.totals(run.root, run.models)))


def selected(options, run):
    """(models, mutants, unknown names)"""
    names = {name.removesuffix('.cfg').removesuffix('.tla') for name in options.names}
    models, mutants = [], []
    if options.mutant:
        names = {options.mutant}
        mutants = [mutant for mutant in run.mutants if mutant.name == options.mutant]
    elif options.mutants:
        mutants = [m for m in run.mutants if not names or m.name in names or names & m.subjects]
    else:
        models = [m for m in run.models if m.name in names
                  or (not names or m.spec in names) and (m.in_ci or options.deep or options.simulate)]
    if options.simulate:
        models = [m for m in models if m.simulate]
    if options.ci:
        mutants = [m for m in run.mutants if m.in_ci]
    known = {x for m in run.mutants for x in (m.name, *m.subjects)} if options.mutant or options.mutants \
        else {x for m in run.models for x in (m.name, m.spec)}
    return models, mutants, names - known


def main(root=HOME.parent, arguments=None, say=lambda line: print(line, flush=True)):
    parser = argparse.ArgumentParser(description='checks the TLA+ specs, and that the checks can fail')
    parser.add_argument('names', nargs='*', metavar='NAME', help='a spec, a configuration, with --mutants also a mutant')
    parser.add_argument('--deep', action='store_true', help='also the models that are too long for CI')
    parser.add_argument('--mutants', action='store_true', help='mutants instead of models')
    parser.add_argument('--mutant', metavar='NAME', help='one mutant, with its counterexample')
    parser.add_argument('--ci', action='store_true', help='all that CI checks')
    parser.add_argument('--write', action='store_true', help='store counts and counterexamples as the expected ones')
    parser.add_argument('--simulate', metavar='MINUTES', type=float, help='random runs, until the time is over')
    parser.add_argument('--jobs', metavar='J', type=int, default=SIDE_BY_SIDE, help='how many TLCs at a time (%(default)s)')
    parser.add_argument('--keep', metavar='FOLDER', type=Path, help='checkpoints of exhaustive searches')
    parser.add_argument('--table', action='store_true', help='renew the tables of docs/specs.md')
    options = parser.parse_args(arguments)
    if options.jobs < 1:
        parser.error('--jobs: at least 1')
    begun = time.monotonic()
    run = Run(root, say, options.write, options.keep, options.jobs)
    if options.table:
        renew_docs(run)
        return 0
    models, mutants, unknown = selected(options, run)
    if unknown:
        say(f'there is no {" ".join(sorted(unknown))}')
        return 2
    run.check_files({m.spec for m in models} | {name for m in mutants for name in (m.name, *m.subjects)}
                    if options.names or options.mutant else set())
    try:
        if options.ci:
            self_check(run)
            check_docs(run)
        if options.simulate:
            run.simulate(models, options.simulate)
        else:
            run.go(models, mutants)
    except tlc.Missing as missing:
        run.fail(str(missing))
    if options.mutant:
        say(''.join(f'\n{outcome.shown()}' for _, deaths in run.mutant_results for *_, outcome in deaths if outcome))
    say(f'{time.monotonic() - begun:.0f} s')
    return run.report()


if __name__ == '__main__':
    sys.exit(main())
