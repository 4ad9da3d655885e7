# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""What there is to check: the manifests spec/models/*.json, the configurations that they name, and the properties that
the specs define.

A property is an operator without parameters that comes after the definition of Spec, or after a line `\\* Properties`, or
anywhere in a module whose name ends in Properties; unless another operator there uses it: then it is a word of that one's
sentence. What is named …Spec is not a property but whole behaviours.
"""

import json
import re
import shutil
from dataclasses import dataclass

SECTION = re.compile(r'^\s*(?:\\\*|\(\*)\s*Properties\b|^-+ MODULE \w+Properties\b|^\w*Spec[ \t]*==', re.M)
_KEYWORDS = ('CONSTANT', 'CONSTANTS', 'INIT', 'NEXT', 'SPECIFICATION', 'INVARIANT', 'INVARIANTS', 'PROPERTY',
             'PROPERTIES', 'SYMMETRY', 'VIEW', 'CONSTRAINT', 'CONSTRAINTS', 'ACTION_CONSTRAINT',
             'ACTION_CONSTRAINTS', 'CHECK_DEADLOCK', 'ALIAS', 'POSTCONDITION')
_SECTION_OF_CONFIG = re.compile(rf'^[ \t]*({"|".join(_KEYWORDS)})\b', re.M)


def without_comments(text):
    text = re.sub(r'"(?:\\.|[^"\\\n])*"', '""', text)
    text = re.sub(r'\(\*.*?\*\)', ' ', text, flags=re.S)
    return re.sub(r'\\\*[^\n]*', '', text)


@dataclass(frozen=True)
class Config:
    invariants: tuple
    properties: tuple
    rest: str  # of the file

    @property
    def words(self):
        """Whatever it names: also what is not checked, but how."""
        return frozenset(re.findall(r'\w+', self.rest)) | set(self.invariants + self.properties)

    def only(self, names):
        """The text of a configuration that checks these of its things."""
        return '\n'.join([self.rest, *(f'INVARIANT {name}' for name in self.invariants if name in names),
                          *(f'PROPERTY {name}' for name in self.properties if name in names), ''])


def read_config(text):
    """Which operators a configuration file checks."""
    text = re.sub(r'\(\*.*?\*\)|\\\*[^\n]*', '', text, flags=re.S)
    parts = _SECTION_OF_CONFIG.split(text)
    named = {'INVARIANT': [], 'PROPERT': []}
    rest = parts[0]
    for keyword, body in zip(parts[1::2], parts[2::2]):
        kind = next((kind for kind in named if keyword.startswith(kind)), None)
        if kind:
            named[kind] += body.split()
        else:
            rest += keyword + body
    return Config(tuple(named['INVARIANT']), tuple(named['PROPERT']), rest)


@dataclass(frozen=True)
class Model:
    """One configuration, and what is expected of it."""
    manifest: str  # path of the file that lists it, from the project's root, as are the others
    module: str
    config: str
    in_ci: bool
    bounds: str
    runtime: int  # seconds, as last measured
    workers: int
    simulate: dict  # None: exhaustive
    result: str
    distinct: int  # None: not stated
    states: int
    depth: int
    invariants: tuple
    properties: tuple
    named: frozenset  # by the configuration, for whatever purpose

    @property
    def name(self):
        return self.config.rsplit('/', 1)[-1].removesuffix('.cfg')

    @property
    def spec(self):
        return self.manifest.rsplit('/', 1)[-1].removesuffix('.json')

    @property
    def checked(self):
        return self.invariants + self.properties

    @property
    def counts_are_held(self):
        """A search that ends at a violation counts the same too, if it is one worker that searches."""
        return not self.simulate and self.workers == 1 and self.distinct is not None


def _seconds(runtime):
    hours, minutes, seconds = runtime.split(':')
    return 3600 * int(hours) + 60 * int(minutes) + round(float(seconds))


def _model(root, manifest, module, entry):
    mode = entry.get('mode', 'exhaustive search')
    config = read_config((root / entry['path']).read_text())
    return Model(manifest, module, entry['path'], entry.get('ci', False), entry.get('bounds', ''),
                 _seconds(entry.get('runtime', '00:00:00')), entry.get('workers', 1),
                 mode['simulate'] if isinstance(mode, dict) else None, entry['result'], entry.get('distinctStates'),
                 entry.get('totalStates'), entry.get('stateDepth'), config.invariants, config.properties,
                 config.words)


def read_manifests(root):
    """(models, complaints)"""
    models, complaints = [], []
    for file in sorted((root / 'spec/models').glob('*.json')):
        name = str(file.relative_to(root))
        try:
            for module in json.loads(file.read_text())['modules']:
                for entry in module['models']:
                    missing = [path for path in (module['path'], entry['path']) if not (root / path).is_file()]
                    if missing:
                        complaints.append(f'{name}: there is no {missing[0]}')
                    else:
                        models.append(_model(root, name, module['path'], entry))
        except (KeyError, TypeError, ValueError) as wrong:
            complaints.append(f'{name}: not a manifest: {wrong!r}')
    listed = [model.config for model in models]
    for file in sorted((root / 'spec/models').glob('*.cfg')):
        times = listed.count(str(file.relative_to(root)))
        if times != 1:
            complaints.append(f'{file.relative_to(root)}: in {times or "no"} manifests; each configuration is in one')
    return models, complaints


def write_counts(root, model, outcome):
    """Makes what was measured the expectation."""
    path = root / model.manifest
    manifest = json.loads(path.read_text())
    seconds = round(outcome.seconds)
    for module in manifest['modules']:
        for entry in module['models']:
            if entry['path'] == model.config:
                if outcome.states:  # else it was stopped once, and this is the time of its last part
                    entry['runtime'] = f'{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}'
                measured = {'distinctStates': outcome.distinct, 'totalStates': outcome.states, 'stateDepth': outcome.depth}
                entry.update({key: number for key, number in measured.items() if number})
    path.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + '\n')


def modules_of(root):
    """{name: path} of every module of the project."""
    return {path.stem: path for folder in ('spec', 'spec/models') for path in sorted((root / folder).glob('*.tla'))}


def extended_by(root, module):
    """The names of a module and of all modules of the project that it extends."""
    everything, found, ahead = modules_of(root), set(), [module.rsplit('/', 1)[-1].removesuffix('.tla')]
    while ahead:
        name = ahead.pop()
        if name in everything and name not in found:
            found.add(name)
            for names in re.findall(r'\bEXTENDS\s+((?:\w+\s*,\s*)*\w+)', without_comments(everything[name].read_text())):
                ahead += re.split(r'\s*,\s*', names)
    return found


def copy_specs(root, folder):
    """A copy of the specs and of their configurations, at folder/spec: TLC finds a configuration nowhere else."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(root / 'spec', folder / 'spec', ignore=lambda _, names: [n for n in names if not n.endswith(
        ('.tla', '.cfg')) and n != 'models'])


def properties_part(text):
    heading = SECTION.search(text)
    return text[heading.start():] if heading else ''


def properties_of(text):
    """The properties that a spec defines, as the head of this file says."""
    parts = re.split(r'^(\w+)[ \t]*(\([^)=]*\))?[ \t]*==', without_comments(properties_part(text)), flags=re.M)
    definitions = list(zip(parts[1::3], parts[2::3], parts[3::3]))
    return [name for name, parameters, _ in definitions if parameters is None and not name.endswith('Spec')
            and not any(re.search(rf'(?<![\\\w]){name}\b', body) for other, _, body in definitions if other != name)]


def property_complaints(root, models):
    """Modules that no model runs, specs without properties, and properties that no configuration checks."""
    named = {}  # module -> names
    everything = modules_of(root)
    defined = {name: properties_of(path.read_text()) for name, path in everything.items()}
    for model in models:
        modules = extended_by(root, model.module)
        for module in modules:
            named.setdefault(module, set()).update(model.named)
        if not any(defined[module] for module in modules):
            yield f'{model.module}: defines no properties; they come after Spec'
    for name, path in everything.items():
        where = path.relative_to(root)
        if name not in named:
            yield f'{where}: in no model'
        for missing in defined[name]:
            if missing not in named.get(name, ()):
                yield f'{where}: property {missing} is in no configuration'
