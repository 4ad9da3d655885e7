#!/usr/bin/env python3
"""The ledger must have what was run, and what was violated. The "gregor" here is a script."""

import contextlib
import io
import json
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import run

SAYS = '''#!/bin/sh
echo "$@" >> {folder}/words
echo '{answer}'
exit {code}
'''


class SoakTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        self.ledger = self.folder / 'ledger.jsonl'

    def gregor(self, failures=(), code=0):
        answer = {'worlds': 40, 'simulated_seconds': 1800, 'failures': list(failures)}
        program = self.folder / 'gregor'
        program.write_text(SAYS.format(folder=self.folder, answer=json.dumps(answer), code=code))
        program.chmod(0o755)
        return program

    def soak(self, program, src='abc', rounds=3):
        """As many rounds, of a clock that goes on by two minutes each time that it is read."""
        with mock.patch.object(run, 'LEDGER', self.ledger), contextlib.redirect_stdout(io.StringIO()), \
                mock.patch.object(run.time, 'monotonic', side_effect=[120.0 * n for n in range(rounds + 2)]):
            return run.soak(program, src, rounds * 120 / 3600 + 1 / 3600, 1, self.ledger)

    def test_rounds_take_turns_and_no_seed_comes_twice(self):
        self.assertTrue(self.soak(self.gregor()))
        self.assertTrue(self.soak(self.gregor(), rounds=1))
        first = run.FIRST_SEED
        self.assertEqual([(done.brokers, done.first_seed) for done in run.read_ledger(self.ledger)],
                         [(1, first), (3, first), (1, first + 40), (1, first + 80)])
        self.assertIn(f'--first {first + 40} ', (self.folder / 'words').read_text().split('\n')[2])

    def test_a_violation_is_told_and_kept(self):
        self.assertFalse(self.soak(self.gregor([{'seed': 7, 'violations': ['phantom: x']}], 1)))
        said = '\n'.join(run.totals(run.read_ledger(self.ledger), 'abc'))
        self.assertIn('seed 7, src/ abc: phantom', said)
        self.assertIn('3 worlds with violations', said)

    def test_the_totals_tell_texts_of_src_apart(self):
        self.soak(self.gregor(), src='older', rounds=2)
        self.soak(self.gregor(), rounds=1)
        one, three, every = run.totals(run.read_ledger(self.ledger), 'abc')
        self.assertRegex(one, r'^1 brokers: 80 worlds, .*, 1.0 simulated hours.*of this src/: 40 worlds')
        self.assertRegex(three, r'^3 brokers: 40 worlds, .*of this src/: 0 worlds')
        self.assertRegex(every, r'^all: 120 worlds')

    def test_what_cannot_be_run_is_no_round(self):
        with self.assertRaises(ChildProcessError):
            self.soak(self.gregor(code=2))
        self.assertEqual(run.read_ledger(self.ledger), [])

    def test_the_ledger_can_be_read(self):
        run.totals(run.read_ledger(run.LEDGER), run.text_of_src())


if __name__ == '__main__':
    unittest.main()
