#!/usr/bin/env python3
"""The runner must fail on a finding and say where it is. Its "targets" are scripts that behave as libFuzzer's programs do."""

import contextlib
import io
import re
import tempfile
import unittest
from pathlib import Path

import run

FINDS = '''#!/bin/sh
for word in "$@"; do case $word in
  -artifact_prefix=*) printf 'long input' > "${word#*=}crash-01"; echo 'x.cc:1: assertion failed: y'; exit 77;;
  -exact_artifact_path=*) printf bad > "${word#*=}"; exit 0;;
esac; done
'''


class RunTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.build = Path(temporary.name)
        (self.build / 'fuzz').mkdir()

    def fuzz(self, target):
        for name, text in {'some_fuzz': target, 'some_fuzz_replay': '#!/bin/sh\n'}.items():
            program = self.build / 'fuzz' / name
            program.write_text(text)
            program.chmod(0o755)
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            sound = run.Fuzzing(self.build, 1, self.build / 'ledger').fuzz('some_fuzz')
        return sound, said.getvalue()

    def test_a_target_that_finds_nothing_passes(self):
        self.assertTrue(self.fuzz('#!/bin/sh\n')[0])

    def test_a_finding_fails_and_is_minimised_and_named(self):
        sound, said = self.fuzz(FINDS)
        self.assertFalse(sound)
        self.assertIn('assertion failed: y', said)
        self.assertIn('some_fuzz_replay', said)
        self.assertIn('fuzz/regressions/some_fuzz/', said)
        self.assertEqual((self.build / 'findings/some_fuzz/crash-01.minimised').read_text(), 'bad')

    def test_a_target_that_dies_without_an_input_fails(self):
        self.assertFalse(self.fuzz('#!/bin/sh\nexit 1\n')[0])

    def test_the_ledger_has_what_passed_and_nothing_else(self):
        passes = '#!/bin/sh\necho stat::number_of_executed_units: 70\n'
        self.fuzz(passes)
        self.fuzz(passes)
        self.fuzz(FINDS.replace('esac; done', 'esac; done; echo stat::number_of_executed_units: 5'))
        self.assertIn('some_fuzz: 0 min, 140 executions, last of', run.totals(['some_fuzz'], run.read_ledger(self.build / 'ledger'))[0])
        self.assertEqual(['other_fuzz: 0 min, 0 executions'], run.totals(['other_fuzz'], run.read_ledger(self.build / 'ledger')))

    def test_the_targets_are_those_of_cmake(self):
        self.assertIn('node_fuzz', run.targets())
        for name in run.targets():
            self.assertTrue((run.HOME / f'{name}.cc').exists() or re.match(r'message_\w+_fuzz$', name), name)


if __name__ == '__main__':
    unittest.main()
