# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""What random runs have seen so far: spec/simulated.jsonl, a line for each round. A round is one run of TLC over one
configuration, with a seed that this configuration never had before; whoever repeats it with seed, runs and depth gets the
same states. Rounds add up over days and machines; those over an earlier text of a spec are counted, but told apart.

Holding every property against every state takes TLC four times as long as making the states. So a round looks at every
fourth property of its configuration, the next round at those that follow them: four times the states for the same
processor time, a quarter of them for each property, and none is looked at less than another.
"""

import dataclasses
import datetime
import hashlib
import json
import re
from dataclasses import dataclass

from runner.models import extended_by, modules_of

ROUND_SECONDS = 600  # what a round should take: what is lost when the program is killed
SHARE = 4  # a round looks at one property in so many
FIRST_RUNS = 1000  # of a configuration that has no round yet, and so no known speed


@dataclass(frozen=True)
class Round:
    configuration: str
    text: str  # which text of the spec it was, see text_of
    date: str
    seed: int
    runs: int
    depth: int  # steps of a run at most
    states: int
    seconds: int
    share: int = 1  # one property in so many was held against them; which ones, see properties_of_round


def text_of(root, model):
    """Tells one text of a model – its modules and its configuration – from another; comments do not count."""
    modules = modules_of(root)
    names = extended_by(root, model.module)
    for instance in {found for name in names for found in re.findall(r'\bINSTANCE\s+(\w+)', modules[name].read_text())}:
        names |= extended_by(root, instance)
    paths = [modules[name] for name in sorted(names)] + [root / model.config]
    texts = [re.sub(r'\(\*.*?\*\)|\\\*[^\n]*', '', path.read_text(), flags=re.S).split() for path in paths]
    return hashlib.sha256(json.dumps(texts).encode()).hexdigest()[:12]


def _ledger(root):
    return root / 'spec/simulated.jsonl'


def read_rounds(root):
    path = _ledger(root)
    return [Round(**json.loads(line)) for line in path.read_text().splitlines()] if path.exists() else []


def add_round(root, done):
    with _ledger(root).open('a') as ledger:
        ledger.write(json.dumps(dataclasses.asdict(done)) + '\n')


def rounds_of(root, model, rounds):
    """(those of the model, those of them over its present text)"""
    text = text_of(root, model)
    mine = [done for done in rounds if done.configuration == model.name]
    return mine, [done for done in mine if done.text == text]


def next_round(root, models, underway, seconds):
    """A model as its next round runs it, which should take no longer than these seconds: of these models the one that had
    the least time so far. Other rounds may be under way; theirs are models as they were given here."""
    rounds = read_rounds(root)

    def time_spent(model):
        done = sum(done.seconds for done in rounds_of(root, model, rounds)[1])
        return done + ROUND_SECONDS * sum(other.name == model.name for other in underway)

    model = min(models, key=lambda model: (time_spent(model), model.name))
    mine, present = rounds_of(root, model, rounds)
    runs = FIRST_RUNS
    if present:
        runs = max(1, round(present[-1].runs * min(seconds, ROUND_SECONDS) / max(1, present[-1].seconds)))
    seeds = [done.seed for done in mine] + [other.simulate['seed'] for other in underway if other.name == model.name]
    return dataclasses.replace(model, simulate={**model.simulate, 'traceCount': runs, 'seed': 1 + max(seeds, default=0),
                                                'text': text_of(root, model)})


def properties_of_round(model):
    """Of the model of a round. All of them have had their turn after SHARE rounds."""
    return model.checked[model.simulate['seed'] % SHARE::SHARE] or model.checked


def round_of(model, outcome):
    mode = model.simulate
    return Round(model.name, mode['text'], datetime.date.today().isoformat(), mode['seed'], mode['traceCount'],
                 mode['depth'], outcome.states, round(outcome.seconds), SHARE)


def totals(root, models):
    """[(configuration, rounds, runs, states, states of the present text, seconds)] of the models of random runs."""
    rows, all_rounds = [], read_rounds(root)
    for model in sorted((model for model in models if model.simulate), key=lambda model: model.name):
        mine, present = rounds_of(root, model, all_rounds)
        rows.append((model.name, len(mine), sum(done.runs for done in mine), sum(done.states for done in mine),
                     sum(done.states for done in present), sum(done.seconds for done in mine)))
    return rows
