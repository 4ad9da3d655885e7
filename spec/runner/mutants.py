# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Known bugs, planted in the specs one by one: spec/mutants/<name>.patch. Each has to be found by exactly the property
that it names, and its counterexample is kept beside it, in <name>.txt.

Before the diff a patch has a title (`# …`), a story, `Source: …`, one or more lines `Dies: <configuration> <property>`,
and `ci` on a line if CI plants it. `Also: <configuration> <property>` names a property that finds the bug too when nothing
else is checked: where several are violated, TLC tells the first.
"""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from runner.models import copy_specs, extended_by, modules_of, properties_of, properties_part, read_config
from runner.tlc import SECONDS_MAX


@dataclass(frozen=True)
class Mutant:
    patch: Path
    title: str
    source: str
    deaths: tuple  # of (name of a configuration, property)
    also: tuple  # the same, of those that find it alone
    in_ci: bool
    specs: tuple  # names of the specs that it changes

    @property
    def name(self):
        return self.patch.stem

    @property
    def subjects(self):
        """By what it may be asked for: the modules that it changes, and the specs that find it."""
        return {*self.specs, *(model.split('_')[0] for model, _ in self.deaths + self.also)}

    @property
    def stored(self):
        return self.patch.with_suffix('.txt')


def read_mutant(patch):
    text = patch.read_text()
    head = re.split(r'^(?:diff --git|---) ', text, maxsplit=1, flags=re.M)[0]
    title = re.search(r'^# *(.+)$', head, re.M)
    source = re.search(r'^Source: *(.+)$', head, re.M)
    return Mutant(patch, title.group(1) if title else '', source.group(1) if source else '',
                  tuple(re.findall(r'^Dies: *(\S+) +(\S+)\s*$', head, re.M)),
                  tuple(re.findall(r'^Also: *(\S+) +(\S+)\s*$', head, re.M)), bool(re.search(r'^ci\s*$', head, re.M)),
                  tuple(re.findall(r'^\+\+\+ b/spec/(\w+)\.tla', text, re.M)))


def read_mutants(root):
    return [read_mutant(patch) for patch in sorted((root / 'spec/mutants').glob('*.patch'))]


def complaints(root, mutants, models):
    """What is wrong with the files, before any is run."""
    checked = {model.name: model.checked for model in models}
    for mutant in mutants:
        where = mutant.patch.relative_to(root)
        for part, what in (('title', '# title'), ('source', 'Source:'), ('deaths', 'Dies:')):
            if not getattr(mutant, part):
                yield f'{where}: no line "{what} …"'
        for model, name in mutant.deaths + mutant.also:
            if model not in checked:
                yield f'{where}: there is no model {model}'
            elif name not in checked[model]:
                yield f'{where}: {model} does not check {name}'
    names = {mutant.name for mutant in mutants}
    for file in sorted((root / 'spec/mutants').glob('*.txt')):
        if file.stem not in names:
            yield f'{file.relative_to(root)}: the counterexample of no mutant'


def seen_failing(root, mutants, models):
    """{(module, property)} that some mutant dies by, or that fail on Kafka's own protocol: models of findings."""
    extends = {model.name: extended_by(root, model.module) for model in models}
    failures = [death for mutant in mutants for death in mutant.deaths + mutant.also]
    failures += [(model.name, *model.checked) for model in models if model.result != 'success' and len(model.checked) == 1]
    return {(module, name) for model, name in failures for module in extends.get(model, ())}


def never_seen(root):
    """{(module, property): why} of spec/unseen.txt: a debt that is known. One line each: module, property, why."""
    file = root / 'spec/unseen.txt'
    lines = [line.split(maxsplit=2) for line in file.read_text().split('\n')] if file.exists() else []
    return {(words[0], words[1]): words[2] for words in lines if len(words) == 3 and not words[0].startswith('#')}


def trust_complaints(root, mutants, models):
    """A property that never failed is not trusted: each has its mutant, or is in the list of those that have none."""
    seen, unseen = seen_failing(root, mutants, models), never_seen(root)
    everything = {(module, name) for module, path in modules_of(root).items() if path.parent.name == 'spec'
                  for name in properties_of(path.read_text())}
    for module, name in sorted(everything - seen - set(unseen)):
        yield f'spec/{module}.tla: no mutant dies by {name}, and spec/unseen.txt does not say why'
    for module, name in sorted(set(unseen) & seen):
        yield f'spec/unseen.txt: a mutant dies by {name} of {module}'
    for module, name in sorted(set(unseen) - everything):
        yield f'spec/unseen.txt: {module} has no property {name}'


def plant(root, mutant, folder):
    """A copy of the specs with the bug, at folder/spec; empty text, or why it cannot be had."""
    copy_specs(root, folder)
    # Else git would take the copy for a folder of the checkout, and patch nothing.
    applied = subprocess.run(['git', 'apply', '-C1', str(mutant.patch)], cwd=folder, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL,
                             env={**os.environ, 'GIT_CEILING_DIRECTORIES': str(folder.parent)})
    changed = []
    for path in (root / 'spec').glob('*.tla'):
        before, after = path.read_text(), (folder / 'spec' / path.name).read_text()
        if before != after:
            changed.append(path.name)
        if properties_part(before) != properties_part(after):
            return f'it changes the properties in {path.name}'
    return '' if changed else f'the patch does not apply: {applied.stdout.strip()}'


def narrowed(config, name, alone=False):
    """The configuration's text with no other temporal property than `name`: TLC does not say which of several is
    violated. None if `name` is an invariant: TLC names those, and stops at the first. Alone: with nothing else at all."""
    read = read_config(config)
    if alone:
        return read.only({name})
    return read.only({name, *read.invariants}) if name in read.properties else None


def verdict(outcome, name):
    """Empty if the mutant died as it should; else what happened instead."""
    if outcome.violated == (name,):
        return ''
    if outcome.violated:
        return f'dies by {" or ".join(outcome.violated)}, not by {name}'
    if outcome.result == 'success':
        return f'SURVIVES: {name} holds'
    return f'{outcome.result}: {outcome.how.strip()[:600]}'


def check(tlc, mutant, models):
    """[(model, property, what is wrong or empty, outcome)], one for each line `Dies:` or `Also:`."""
    folder = tlc.build / 'mutants' / mutant.name
    results = []
    try:
        wrong = plant(tlc.root, mutant, folder)
        lines = [(*death, False) for death in mutant.deaths] + [(*death, True) for death in mutant.also]
        for model_name, name, alone in lines if not wrong else ():
            model = models[model_name]
            config = folder / model.config
            narrow = narrowed(config.read_text(), name, alone)
            if narrow:
                config = folder / 'spec/models/narrowed.cfg'
                config.write_text(narrow)
            outcome = tlc.run(model, config=config, root=folder, properties=(name,) if narrow else model.properties,
                              seconds=SECONDS_MAX[model.in_ci], log=f'{mutant.name}-{model.name}' + f'-{name}' * alone)
            results.append((model_name, name, verdict(outcome, name), outcome))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return results or [('', '', wrong or 'no line "Dies: …"', None)]


def shortest(mutant, deaths):
    """(model, property, outcome) of the death in the fewest steps; of those that others did not have to be kept from."""
    deaths = deaths[:len(mutant.deaths)]
    found = [(model, name, outcome) for model, name, _, outcome in deaths if outcome and outcome.trace]
    return min(found, key=lambda death: len(death[2].trace.steps), default=None)


def story(mutant, model, name, outcome):
    """What is stored beside the patch."""
    return f'{mutant.title}\n{model}: {name}\n\n{outcome.shown()}'
