#!/usr/bin/env python3
# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""The runner must fail whenever a spec does not do what its manifest says, and whenever a mutant was not seen to die as
it should. Each test has a small project of its own, which the real TLC checks; parsing_test.py needs none."""

import json
import re
import shutil
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace

import run
from parsing_test import ReadingTest, StepListTest, TablesTest, ValuesTest  # noqa: F401 (these run too)

SPEC = '''---- MODULE Counter ----
EXTENDS Naturals
CONSTANT Max
VARIABLES count, seen
vars == <<count, seen>>
Init == count = 0 /\\ seen = {}
Up ==
  /\\ count < Max
  /\\ count' = count + 1
  /\\ seen' = seen \\cup {count}
Rest == count = Max /\\ UNCHANGED vars
Spec == Init /\\ [][Up \\/ Rest]_vars /\\ WF_vars(Up)

\\* Properties

Bounded == count <= Max
NeverFull == count < Max
Grows == [][count' > count]_count
Fills == <>(count = Max)
Remembers == \\A n \\in 0 .. Max : n < count => n \\in seen
====
'''
CONFIG = 'SPECIFICATION Spec\nCONSTANT Max = 3\nINVARIANTS Bounded Remembers\nPROPERTIES Grows Fills\n'
REACH = 'SPECIFICATION Spec\nCONSTANT Max = 3\nINVARIANT NeverFull\n'


def entry(name, **more):
    return {'path': f'spec/models/{name}.cfg', 'runtime': '00:00:01', 'mode': 'exhaustive search', 'ci': True, **more}


def patch(title='Counts by two', old="  /\\ count' = count + 1", new="  /\\ count' = count + 2",
          dies='Counter_small Remembers', lines=(7, 8, 10)):
    before, after = (SPEC.split('\n')[line - 1] for line in (lines[1], lines[2]))
    return (f'# {title}\n\nA story.\n\nSource: one guard removed\nDies: {dies}\nci\n\n--- a/spec/Counter.tla\n'
            f'+++ b/spec/Counter.tla\n@@ -{lines[1]},3 +{lines[1]},3 @@\n {before}\n-{old}\n+{new}\n {after}\n')


class RunTest(unittest.TestCase):
    """The project: one spec, one model that succeeds in four states, one that shows that the end is reached."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.root = Path(temporary.name)
        for folder in ('spec/models', 'spec/mutants', 'build/spec', 'docs'):
            (self.root / folder).mkdir(parents=True)
        jar = run.tlc.fetch(run.HOME.parent / 'build/spec')
        shutil.copy(jar, self.root / 'build/spec')
        self.write('spec/Counter.tla', SPEC)
        self.write('spec/models/Counter_small.cfg', CONFIG)
        self.write('spec/models/Counter_reach.cfg', REACH)
        self.small = entry('Counter_small', result='success', distinctStates=4, totalStates=5, stateDepth=4)
        self.reach = entry('Counter_reach', result='safety failure', distinctStates=4, totalStates=4, stateDepth=4)
        self.said = []
        self.unseen = None  # the properties that the project says have no mutant; None: those that have none

    def without_mutant(self):
        patches = ''.join(path.read_text() for path in (self.root / 'spec/mutants').glob('*.patch'))
        return [name for name in ('Bounded', 'Grows', 'Fills', 'Remembers') if not re.search(rf'^(Dies|Also): \S+ {name}$',
                                                                                           patches, re.M)]

    def write(self, path, text):
        (self.root / path).write_text(text)

    def run_spec(self, *arguments):
        manifest = {'sources': [], 'modules': [{'path': 'spec/Counter.tla', 'models': [self.small, self.reach]}]}
        self.write('spec/models/Counter.json', json.dumps(manifest))
        unseen = self.without_mutant() if self.unseen is None else self.unseen
        self.write('spec/unseen.txt', ''.join(f'Counter {name} not tried\n' for name in unseen))
        self.said.clear()
        return run.main(self.root, list(arguments), self.said.append)

    def complaints(self):
        return '\n'.join(line for line in self.said if line.startswith('FAILED'))

    def fails_with(self, sentence, *arguments):
        self.assertEqual(1, self.run_spec(*arguments), self.said)
        self.assertIn(sentence, self.complaints())

    # Models.

    def test_what_the_manifests_say_is_held(self):
        self.assertEqual(0, self.run_spec(), self.said)
        self.assertEqual('2 passed, 0 failed', self.said[-1])
        stored = json.loads((self.root / 'build/spec/results.json').read_text())
        self.assertEqual(4, stored['models']['Counter_small']['distinct'])
        self.assertEqual('safety failure', stored['models']['Counter_reach']['verdict'])

    def test_another_verdict_fails_and_shows_its_steps(self):
        self.reach['result'] = 'success'
        self.fails_with('Counter_reach: safety failure where success is expected', 'Counter_reach')
        self.assertIn('4  Up\n       count: 2 -> 3\n       seen: with 2\n\nInvariant NeverFull is violated.', self.complaints())

    def test_a_violation_that_is_expected_and_does_not_come_fails(self):
        self.small['result'] = 'safety failure'
        self.fails_with('success where safety failure is expected', 'Counter_small')

    def test_other_counts_fail(self):
        self.small['distinctStates'] = 5
        self.reach['stateDepth'] = 3
        self.fails_with('Counter_small: distinct states: 4 where the manifest says 5')
        self.assertIn('Counter_reach: depth: 4 where the manifest says 3', self.complaints())

    def test_missing_counts_fail_until_they_are_written(self):
        del self.small['distinctStates']
        self.fails_with('the manifest states no counts', 'Counter_small')
        self.assertEqual(0, self.run_spec('Counter_small', '--write'))
        written = json.loads((self.root / 'spec/models/Counter.json').read_text())['modules'][0]['models'][0]
        self.assertEqual((4, 4), (written['distinctStates'], written['stateDepth']))

    def test_a_spec_that_cannot_be_parsed_is_no_verdict(self):
        self.write('spec/Counter.tla', SPEC.replace('count < Max\n  /', 'count <\n  /', 1))
        self.small['result'] = 'safety failure'
        self.fails_with('error where safety failure is expected', 'Counter_small')

    def test_liveness_is_checked(self):
        self.write('spec/Counter.tla', SPEC.replace(' /\\ WF_vars(Up)', ''))
        self.fails_with('liveness failure where success is expected', 'Counter_small')
        self.assertIn('and nothing happens any more', self.complaints())

    # Random runs, and searches that are stopped.

    def random_runs(self):
        self.write('spec/models/Counter_random.cfg', CONFIG)
        self.small = entry('Counter_random', result='success', mode={'simulate': {'traceCount': 5, 'depth': 3}})
        (self.root / 'spec/models/Counter_small.cfg').unlink()
        self.write('docs/specs.md', '<!-- table simulated -->\n<!-- end -->\n')

    def rounds(self):
        return [json.loads(line) for line in (self.root / 'spec/simulated.jsonl').read_text().splitlines()]

    def test_rounds_of_random_runs_add_up_and_never_repeat_a_seed(self):
        self.random_runs()
        for _ in range(2):
            self.assertEqual(0, self.run_spec('--simulate', '0.001', '--jobs', '1'), self.said)
        first, second = self.rounds()
        self.assertEqual((1, 2, 3), (first['seed'], second['seed'], first['depth']))
        self.assertEqual((1 + 3 * first['runs'], first['text']), (first['states'], second['text']))
        self.write('spec/Counter.tla', SPEC.replace('EXTENDS', '\\* More is said.\nEXTENDS'))
        both = f"| all | 2 | {first['runs'] + second['runs']:,} | {first['states'] + second['states']:,} | "
        self.assertIn(both + f"{first['states'] + second['states']:,} |", (self.root / 'docs/specs.md').read_text())
        self.assertIn(both + f"{first['states'] + second['states']:,} |", self.table())
        self.write('spec/Counter.tla', SPEC.replace('count < Max\n', 'Max > count\n'))
        self.assertIn(both + '- |', self.table())

    def test_rounds_side_by_side_have_seeds_of_their_own(self):
        self.random_runs()
        self.assertEqual(0, self.run_spec('--simulate', '0.001', '--jobs', '3'), self.said)
        self.assertEqual([1, 2, 3], sorted(done['seed'] for done in self.rounds()))
        self.assertEqual({1 + 3 * run.simulated.FIRST_RUNS}, {done['states'] for done in self.rounds()})

    def test_every_property_has_its_turn(self):
        turns = [run.simulated.properties_of_round(SimpleNamespace(checked='ABCDEFGHIJK', simulate={'seed': seed}))
                 for seed in range(7, 7 + run.simulated.SHARE)]
        self.assertEqual('ABCDEFGHIJK', ''.join(sorted(name for turn in turns for name in turn)))
        self.assertLessEqual(max(map(len, turns)), 3)

    def table(self):
        self.run_spec('--table')
        return (self.root / 'docs/specs.md').read_text()

    def test_a_round_that_finds_something_fails_and_does_not_count(self):
        self.random_runs()
        self.write('spec/Counter.tla', SPEC.replace("count' = count + 1", "count' = count + 2"))
        self.fails_with('Invariant Remembers is violated.', '--simulate', '1')
        self.assertFalse((self.root / 'spec/simulated.jsonl').exists())
        self.assertIn('0 passed, 2 failed', self.said[-1])  # those that were under way, and no other

    def test_a_search_that_was_stopped_goes_on_from_its_checkpoint(self):
        self.run_spec('--mutants')
        model = next(m for m in run.Run(self.root, self.said.append).models if m.name == 'Counter_small')
        checker = run.tlc.Tlc(self.root, self.root / 'build/spec', None, self.root / 'kept')
        self.assertNotIn('-recover', checker.states_of(model, self.root))
        stopped = self.root.resolve() / 'kept/Counter_small/26-01-01-00-00-00'
        stopped.mkdir(parents=True)
        (stopped / 'queue.chkpt').write_text('')
        self.assertEqual(['-recover', str(stopped)], checker.states_of(model, self.root)[-2:])

    # Files; none of these runs TLC.

    def test_a_property_in_no_configuration_fails(self):
        self.write('spec/models/Counter_small.cfg', CONFIG.replace(' Remembers', ''))
        self.fails_with('spec/Counter.tla: property Remembers is in no configuration', '--mutants')

    def test_a_configuration_in_no_manifest_fails(self):
        self.write('spec/models/Counter_stray.cfg', REACH)
        self.fails_with('spec/models/Counter_stray.cfg: in no manifests', '--mutants')

    def test_a_spec_that_nobody_runs_or_that_promises_nothing_fails(self):
        self.write('spec/Idle.tla', SPEC.replace('Counter', 'Idle'))
        self.fails_with('spec/Idle.tla: in no model', '--mutants')
        self.write('spec/Counter.tla', SPEC[:SPEC.index('\\* Properties')] + '====\n')
        self.fails_with('spec/Counter.tla: defines no properties', '--mutants')

    def test_a_property_of_a_module_that_a_model_extends_is_held_too(self):
        self.write('spec/Base.tla', '---- MODULE Base ----\n\\* Properties\nForgotten == TRUE\n====\n')
        self.write('spec/Counter.tla', SPEC.replace('EXTENDS Naturals', 'EXTENDS Base, Naturals'))
        self.fails_with('spec/Base.tla: property Forgotten is in no configuration', '--mutants')

    def test_a_manifest_that_names_no_file_fails(self):
        self.small['path'] = 'spec/models/Counter_gone.cfg'
        self.fails_with('there is no spec/models/Counter_gone.cfg', '--mutants')

    def test_an_unknown_name_is_a_mistake_of_usage(self):
        self.assertEqual(2, self.run_spec('Kounter'))

    def test_tlc_that_is_another_one_fails(self):
        next((self.root / 'build/spec').glob('*.jar')).write_text('')
        self.fails_with('is not the TLC that these results come from', 'Counter_small')

    # What is said of them.

    def docs(self, text):
        self.write('docs/specs.md', text + '<!-- table models -->\n<!-- end -->\n')
        self.run_spec('--table')
        checked = run.Run(self.root, self.said.append)
        run.check_docs(checked)
        return self.complaints()

    def test_a_property_without_a_mutant_fails_unless_it_is_known(self):
        self.unseen = ['Bounded', 'Grows']
        self.fails_with('no mutant dies by Fills', '--mutants')
        self.assertNotIn('Bounded', self.complaints())
        self.assertNotIn('NeverFull', self.complaints())  # a model in which it fails
        self.unseen = ['Bounded', 'Fills', 'Grows', 'Remembers', 'Nothing']
        self.plant(patch())
        self.fails_with('a mutant dies by Remembers', '--mutants')
        self.assertIn('Counter has no property Nothing', self.complaints())

    def test_docs_that_know_every_property_pass(self):
        self.assertEqual('', self.docs('`Bounded` `NeverFull` `Grows` `Fills` `Remembers` `spec/Counter.tla`\n'))
        self.assertIn('| `Counter_small` | CI | exhaustive |', (self.root / 'docs/specs.md').read_text())

    def test_docs_that_miss_a_property_name_no_file_or_have_old_tables_fail(self):
        self.assertIn('says nothing of Grows', self.docs('`Bounded` `NeverFull` `Fills` `Remembers` `src/gone.cc`\n'))
        self.assertIn('there is no src/gone.cc', self.complaints())
        self.small['bounds'] = 'other ones'
        self.run_spec('--mutants')
        run.check_docs(run.Run(self.root, self.said.append))
        self.assertIn('its tables are stale', self.complaints())

    # Mutants.

    def plant(self, text, name='bug'):
        self.write(f'spec/mutants/{name}.patch', text)

    def test_a_mutant_that_dies_by_its_property_passes_once_its_counterexample_is_stored(self):
        self.plant(patch())
        self.fails_with('bug.txt is missing', '--mutants')
        self.assertEqual(0, self.run_spec('--mutant', 'bug', '--write'), self.said)
        stored = (self.root / 'spec/mutants/bug.txt').read_text()
        self.assertIn('2  Up\n       count: 0 -> 2\n       seen: {} -> {0}\n\nInvariant Remembers is violated.', stored)
        self.assertEqual(0, self.run_spec('--mutants', 'Counter'), self.said)
        self.write('spec/mutants/bug.txt', stored + 'more\n')
        self.fails_with('another counterexample', '--mutants')
        self.assertEqual(SPEC, (self.root / 'spec/Counter.tla').read_text())

    def test_a_mutant_that_changes_nothing_that_matters_survives(self):
        self.plant(patch(new="  /\\ count' = 1 + count"))
        self.fails_with('mutant bug: SURVIVES: Remembers holds', '--mutants')

    def test_a_mutant_that_dies_by_another_property_fails(self):
        self.plant(patch(dies='Counter_small Bounded'))
        self.fails_with('dies by Remembers, not by Bounded', '--mutants')

    def test_a_mutant_that_TLC_cannot_check_is_not_dead(self):
        self.plant(patch(new="  /\\ count' = nothing"))
        self.fails_with('mutant bug: error', '--mutants')

    def test_a_mutant_of_liveness_is_told_from_the_other_temporal_properties(self):
        self.plant(patch(old='  /\\ count < Max', new='  /\\ count < Max /\\ count # 2', lines=(6, 7, 9),
                         dies='Counter_small Fills'))
        self.assertEqual(1, self.run_spec('--mutants'))
        self.assertIn('deadlock', self.complaints())
        self.write('spec/models/Counter_small.cfg', CONFIG + 'CHECK_DEADLOCK FALSE\n')
        self.assertEqual(0, self.run_spec('--mutants', '--write'), self.said)
        self.plant(patch(old='  /\\ count < Max', new='  /\\ count < Max /\\ count # 2', lines=(6, 7, 9),
                         dies='Counter_small Grows'))
        self.fails_with('SURVIVES: Grows holds', '--mutants')

    def test_a_property_that_finds_a_mutant_when_alone_is_held_to_it(self):
        self.plant(patch(dies='Counter_small Remembers\nAlso: Counter_small Bounded'))
        self.assertEqual(0, self.run_spec('--mutants', '--write'), self.said)
        self.assertIn('Remembers', (self.root / 'spec/mutants/bug.txt').read_text())
        self.write('spec/models/Counter_small.cfg', CONFIG + 'CHECK_DEADLOCK FALSE\n')
        self.plant(patch(dies='Counter_small Remembers\nAlso: Counter_small Grows'))
        self.fails_with('SURVIVES: Grows holds', '--mutants')

    def test_a_patch_that_does_not_apply_fails(self):
        self.plant(patch(old="  /\\ count' = count + 7"))
        self.fails_with('the patch does not apply', '--mutants')

    def test_a_patch_of_the_properties_fails(self):
        line = SPEC.split('\n').index('Bounded == count <= Max') + 1
        self.plant(patch(old='Bounded == count <= Max', new='Bounded == count < Max', lines=(0, line - 1, line + 1),
                         dies='Counter_small Bounded'))
        self.fails_with('it changes the properties', '--mutants')

    def test_a_mutant_without_title_source_or_death_fails(self):
        self.plant('\n'.join(patch().split('\n')[8:]))
        self.fails_with('no line "Dies: …"', '--mutants')
        self.assertIn('no line "# title …"', self.complaints())
        self.assertIn('no line "Source: …"', self.complaints())

    def test_a_death_in_a_model_that_does_not_check_the_property_fails(self):
        self.plant(patch(dies='Counter_reach Remembers'))
        self.fails_with('Counter_reach does not check Remembers', '--mutants')

    def test_a_counterexample_of_no_mutant_fails(self):
        self.write('spec/mutants/gone.txt', '')
        self.fails_with('spec/mutants/gone.txt: the counterexample of no mutant', '--mutants')


if __name__ == '__main__':
    unittest.main()
