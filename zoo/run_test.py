#!/usr/bin/env python3
"""The runner must fail whenever a bug was not seen to be caught. Each test has a small checkout of its own, whose only
"test program" is a script that knows the right answer."""

import subprocess
import tempfile
import unittest
from pathlib import Path

import run
import sim

ANSWER = 'before\nanswer 42\nafter\n'
CMAKE = '''cmake_minimum_required(VERSION 3.25)
project(fake LANGUAGES NONE)
add_custom_target(answer_test COMMAND sh ${CMAKE_SOURCE_DIR}/build.sh)
'''
PRESETS = '''{"version": 6, "configurePresets": [{"name": "release", "generator": "Ninja",
  "binaryDir": "${sourceDir}/build/${presetName}"}]}
'''
BUILD = '''grep -q answer ../../answer.txt || exit 1
{ echo '#!/bin/sh'; echo 'case $1 in *Nothing*) echo "Running 0 tests from 0 test suites."; exit 0;; esac'
  if grep -q 42 ../../answer.txt; then echo exit 0; else echo exit 1; fi; } > answer_test
chmod +x answer_test
'''
CHECK = 'import sys\nsys.exit("answer 42" not in open("answer.txt").read())\n'


def patch_to(new, old='answer 42'):
    return f'--- a/answer.txt\n+++ b/answer.txt\n@@ -1,3 +1,3 @@\n before\n-{old}\n+{new}\n after\n'


class RunTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.root = Path(temporary.name)
        files = {'answer.txt': ANSWER, 'CMakeLists.txt': CMAKE, 'CMakePresets.json': PRESETS, 'build.sh': BUILD,
                 'check.py': CHECK, 'lenient.py': '', '.gitignore': '/build\n'}
        for name, content in files.items():
            (self.root / name).write_text(content)
        subprocess.run(['git', 'init', '-q', str(self.root)], check=True)
        self.said = []

    def bug(self, patch, catch='script check.py', name='bug'):
        folder = self.root / 'zoo' / name
        folder.mkdir(parents=True)
        (folder / 'bug.patch').write_text(patch)
        (folder / 'catch.txt').write_text(catch + '\n')
        (folder / 'story.md').write_text('# Some bug\n')
        return run.read_bug(folder)

    def run_zoo(self, *bugs):
        zoo = run.Zoo(self.root)
        result = zoo.run(list(bugs), self.said.append)
        self.assertEqual((zoo.copy / 'answer.txt').read_text(), ANSWER, 'a bug was left in the copy')
        self.assertEqual((self.root / 'answer.txt').read_text(), ANSWER, 'a bug was planted in the checkout')
        return result

    def test_a_bug_that_makes_its_harness_fail_is_caught(self):
        self.assertEqual(self.run_zoo(self.bug(patch_to('answer 41'))), (1, 0))

    def test_a_bug_that_no_harness_notices_fails_the_run(self):
        self.assertEqual(self.run_zoo(self.bug(patch_to('answer 41'), 'script lenient.py')), (0, 1))
        self.assertIn('NOT CAUGHT', self.said[0])

    def test_every_named_harness_must_notice(self):
        self.assertEqual(self.run_zoo(self.bug(patch_to('answer 41'), 'script check.py\nscript lenient.py')), (0, 1))

    def test_a_patch_that_does_not_apply_fails_the_run_and_the_next_bug_is_planted_all_the_same(self):
        stale = self.bug(patch_to('answer 41', old='answer 6 times 9'), name='stale')
        self.assertEqual(self.run_zoo(stale, self.bug(patch_to('answer 41'))), (1, 1))
        self.assertIn('no longer applies', self.said[0])

    def test_a_bug_without_harness_fails_the_run(self):
        self.assertEqual(self.run_zoo(self.bug(patch_to('answer 41'), '# none\nci')), (0, 1))

    def test_a_harness_that_fails_on_sound_code_proves_nothing(self):
        (self.root / 'check.py').write_text('import sys; sys.exit(1)')
        self.assertEqual(self.run_zoo(self.bug(patch_to('answer 41'))), (0, 1))
        self.assertIn('without any planted bug', self.said[0])

    def test_a_harness_that_is_not_there_proves_nothing(self):
        self.assertEqual(self.run_zoo(self.bug(patch_to('answer 41'), 'script gone.py')), (0, 1))

    def test_programs_are_built_with_the_bug(self):
        self.assertEqual(self.run_zoo(self.bug(patch_to('answer 41'), 'ci\nanswer_test Answer.*')), (1, 0))

    def test_a_filter_that_selects_no_test_fails_the_run(self):
        self.assertEqual(self.run_zoo(self.bug(patch_to('answer 41'), 'answer_test Nothing.*')), (0, 1))

    def test_a_bug_that_does_not_build_fails_the_run(self):
        self.assertEqual(self.run_zoo(self.bug(patch_to('question'), 'answer_test Answer.*')), (0, 1))
        self.assertIn('does not build', self.said[0])

    def test_a_copy_that_was_left_damaged_is_mended(self):
        bug = self.bug(patch_to('answer 41'))
        self.run_zoo(bug)
        (self.root / 'build/zoo/answer.txt').write_text('damaged')
        (self.root / 'build/zoo/stray.txt').write_text('stray')
        self.assertEqual(self.run_zoo(bug), (1, 0))
        self.assertFalse((self.root / 'build/zoo/stray.txt').exists())

    def test_the_table_says_after_how_long_each_harness_failed(self):
        bug = self.bug(patch_to('answer 41'), 'ci\nscript check.py')
        run.Zoo(self.root).run([bug], self.said.append, table=True)
        self.assertRegex(self.said[-1], r'\| \[bug\]\(bug/story.md\) \(ci\) \| Some bug \| `script check.py` \(\d+\.\d s\) \|$')

    def test_the_readme_has_everyone_who_lives_here(self):
        readme = (run.HOME / 'README.md').read_text()
        bugs = [run.read_bug(patch.parent) for patch in sorted(run.HOME.glob('*/bug.patch'))]
        self.assertEqual(readme, run.with_table(readme, bugs), 'brought up to date by: zoo/run.py --readme')


class SimTest(unittest.TestCase):
    """How soon simulated worlds find a bug: of the programs only what they report is made up."""

    def test_a_world_counts_in_which_only_the_bug_is_seen(self):
        planted = {3: {'invariants'}, 25: {'exactly-once', 'phantom'}, 26: {'progress'}}
        sound = {3: {'invariants'}}

        def reports(of):
            return lambda first, worlds, _: {seed: of[seed] for seed in of if first <= seed < first + worlds}

        worlds, _, checks = sim.find(reports(planted), reports(sound), 1)
        self.assertEqual((worlds, checks), (25, ['exactly-once', 'phantom']))

    def test_an_assertion_is_told_by_its_place(self):
        failures = [{'seed': 1, 'violations': ['invariants: the world was aborted']},
                    {'seed': 2, 'violations': ['phantom: 3 at offset 4', 'phantom: 5 at offset 6']}]
        self.assertEqual(sim.checks_of(failures, '/src/log/log.cc:12: assertion failed: a < b: 7\n'),
                         {1: {'assertion in log.cc'}, 2: {'phantom'}})

    def test_a_bug_that_no_world_sees_is_told_as_such(self):
        worlds, _, checks = sim.find(lambda *_: {}, lambda *_: {}, 3)
        self.assertEqual((worlds, checks), (sim.worlds_max(3), []))
        self.assertIn('nothing', sim.row('some-bug', 3, (worlds, 1.0, checks), ''))

    def test_a_story_counts_only_if_the_sound_code_tells_it(self):
        found = sim.find_in_story(lambda seed: {'phantom'} if seed > 2 else set(), lambda seed: {'x'} if seed == 3 else set())
        self.assertEqual((found[0], found[2]), (4, ['phantom']))

    def test_what_is_left_of_a_world_is_counted(self):
        text = ("  broker-1: 1 shards\n  admin-0: own topics\n  producer-2: topic0-0\n  member-7: topic0-0, of group0\n"
                "     0.012 s  strike-1: kill of broker-1\n     3.250 s  everything heals\n17 worlds were tried\n")
        self.assertEqual(sim.left_in(text), '1, 2, 3.2')

    def test_every_bug_that_is_measured_lives_here(self):
        listed = sim.read_list((run.HOME / 'sim.txt').read_text(), [])
        stories = [where for _, where in listed if isinstance(where, str)]
        self.assertEqual([story for story in stories if not (run.HOME.parent / sim.STORIES / f'{story}.toml').is_file()], [])
        self.assertEqual([name for name, _ in listed if not (run.HOME / name / 'bug.patch').is_file()], [])
        self.assertGreater(len(listed), 10)


if __name__ == '__main__':
    unittest.main()
