#!/usr/bin/env python3
# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""What the runner reads – TLC's messages and values, configurations, specs – and what it makes of them."""

import tempfile
import unittest
from pathlib import Path

from runner import models, tables, tlc
from runner.trace import Step, Trace, action_of, read_variables, show
from runner.values import changes, parse, text_of


def message(code, text, severity=0):
    return f'@!@!@STARTMSG {code}:{severity} @!@!@\n{text}\n@!@!@ENDMSG {code} @!@!@\n'


STATS = message(2199, '1,234 states generated, 567 distinct states found, 8 states left on queue.')
DEPTH = message(2194, 'The depth of the complete state graph search is 12.')
TRACE = (message(2217, '1: <Initial predicate>\n/\\ log = <<>>\n/\\ isr = (r1 :> {r1, r2} @@ r2 :> {})\n', 4)
         + message(2217, '2: <Write line 7, col 3 to line 8, col 9 of module M>\n/\\ log = <<[id |-> 1]>>\n'
                         '/\\ isr = ( r1 :> {r1, r2} @@\n  r2 :> {r2} )\n', 4))


class ReadingTest(unittest.TestCase):
    def test_success(self):
        outcome = tlc.read(STATS + DEPTH, 0)
        self.assertEqual(('success', (), 1234, 567, 12),
                         (outcome.result, outcome.violated, outcome.states, outcome.distinct, outcome.depth))

    def test_each_kind_of_violation(self):
        for code, text, exit_code, violated, result in [
                (2110, 'Invariant LeaderInIsr is violated.', 12, ('LeaderInIsr',), 'safety failure'),
                (2107, 'Invariant LeaderInIsr is violated by the initial state:\n/\\ x = 0', 12, ('LeaderInIsr',),
                 'safety failure'),
                (2112, 'Action property Grows is violated.', 13, ('Grows',), 'liveness failure'),
                (2112, 'Action property line 6, col 9 to line 6, col 30 of module Log is violated.', 13, ('A', 'B'),
                 'liveness failure'),
                (2116, 'Temporal properties were violated.\n', 13, ('A', 'B'), 'liveness failure'),
                (2114, 'Deadlock reached.', 11, (), 'deadlock failure')]:
            outcome = tlc.read(message(code, text, 1) + STATS, exit_code, ('A', 'B'))
            self.assertEqual((violated, result), (outcome.violated, outcome.result), text)

    def test_what_stops_TLC_is_an_error_in_its_words(self):
        outcome = tlc.read(message(2229, 'The invariant Nope is not defined.', 1), 151)
        self.assertEqual(('error', 'The invariant Nope is not defined.'), (outcome.result, outcome.how))
        self.assertEqual('error', tlc.read('java: cannot allocate memory', 1).result)

    def test_random_runs_are_counted(self):
        text = message(2209, 'Progress(-1) at 17:00:00: 61 states generated, -1 distinct states found, -1 left.')
        self.assertEqual(61, tlc.read(text, 0).states)
        self.assertEqual(70, tlc.read(text + message(2210, 'The number of states generated: 70\nSimulation'), 0).states)

    def test_a_search_that_went_on_from_a_checkpoint_does_not_know_how_many_states_it_generated(self):
        outcome = tlc.read(message(2197, 'Starting recovery from checkpoint /states/1/') + STATS + DEPTH, 0)
        self.assertEqual((0, 567, 12), (outcome.states, outcome.distinct, outcome.depth))

    def test_progress_is_read_from_what_TLC_has_written(self):
        with tempfile.TemporaryDirectory() as folder:
            checker = tlc.Tlc(Path(folder), Path(folder), None)
            log = Path(folder) / 'Log_deep.log'
            checker.running.add(log)
            log.write_text('Progress(8) at 2026-01-01 16:50:43: 175 states generated (175 s/min), 139 distinct states found '
                           '(139 ds/min), 56 states left on queue.\nProgress(26) at 2026-01-01 16:51:43: 60,955 states generated '
                           '(60,780 s/min), 44,407 distinct states found (44,268 ds/min), 10,382 states left on queue.\n')
            self.assertEqual(['   Log_deep: 60,955 states, 44,407 distinct, depth 26 so far'], list(checker.progress()))
            log.write_text('Progress(-1) at 2026-01-01 16:54:42: 70 states generated, -1 distinct states found, -1 left.\n')
            self.assertEqual(['   Log_deep: 70 states so far'], list(checker.progress()))

    def test_a_trace(self):
        trace = tlc.read(TRACE + message(2122, '1: Back to state: <Write line 7, col 3 to line 8, col 9 of module M>', 4), 13).trace
        self.assertEqual(['Init', 'Write'], [step.action for step in trace.steps])
        self.assertEqual({'log': [{'id': '1'}], 'isr': {'r1': {'r1', 'r2'}, 'r2': {'r2'}}}, trace.steps[1].variables)
        self.assertEqual(1, trace.back_to)

    def test_the_state_of_one_variable_and_of_an_initial_violation(self):
        self.assertEqual({'x': '0'}, read_variables('x = 0\n'))
        outcome = tlc.read(message(2107, 'Invariant I is violated by the initial state:\n/\\ x = 0\n/\\ y = <<>>\n', 1), 12)
        self.assertEqual([Step('Init', {'x': '0', 'y': []})], outcome.trace.steps)

    def test_actions(self):
        self.assertEqual('BecomeLeader', action_of('<BecomeLeader line 3, col 4 to line 5, col 6 of module M>'))
        self.assertEqual('BecomeLeader(r1,2)', action_of('<BecomeLeader(r1,2) line 3, col 4 to line 5, col 6 of module M>'))

    def test_a_part_of_a_disjunction_is_named_after_the_actions_that_it_uses(self):
        text = ("---- MODULE M ----\nLead(m) == x' = m\nFollow(m) ==\n  UNCHANGED x\nIdle(m) == x = m\n"
                'Heal(r) ==\n  \\/ \\E m \\in S : Lead(m) \\/ Follow(m)\n  \\/ Idle(r) /\\ Lead(r)\n'
                '  \\/ Heal(r) /\\ Lead(r)\nBoth(r) ==\n  /\\ Lead(r)\n====')
        for place, name in [('line 7, col 6 to line 7, col 36', 'Lead or Follow'), ('line 8, col 6 to line 8, col 23', 'Lead'),
                            ('line 9, col 6 to line 9, col 23', 'Heal')]:
            self.assertEqual(name, action_of(f'<Heal {place} of module M>', lambda name: text))
        self.assertEqual('Both', action_of('<Both line 11, col 3 to line 11, col 12 of module M>', lambda name: text))
        self.assertEqual('Follow', action_of('<Follow line 4, col 3 to line 4, col 13 of module M>', lambda name: text))

    def test_a_configuration(self):
        config = models.read_config('\\* INVARIANT NotThis\nSPECIFICATION Spec\nINVARIANTS A\n  B (* and *) C\n'
                                    'PROPERTY D\nCONSTANTS\n  Max = 3\n  Nodes = {n1}\nINVARIANT E\n')
        self.assertEqual((('A', 'B', 'C', 'E'), ('D',)), (config.invariants, config.properties))
        rest = 'SPECIFICATION Spec CONSTANTS Max = 3 Nodes = {n1}'
        self.assertEqual(rest, ' '.join(config.rest.split()))
        self.assertEqual(f'{rest} INVARIANT B', ' '.join(config.only({'B'}).split()))
        self.assertEqual(f'{rest} INVARIANT A INVARIANT C PROPERTY D', ' '.join(config.only({'D', 'A', 'C'}).split()))

    def test_properties_are_what_no_other_operator_of_their_part_uses(self):
        text = ('Helper == 1\nINVARIANT == 2\n\\* Properties. They hold.\nA == Word /\\ Helper\nWord == TRUE\n'
                'Each(c) == c\nB == \\A c \\in S : Each(c)\n(* C == 3 *)\n\\* D == "B"\nE ==\n  [][x\' = x]_x\n')
        self.assertEqual(['A', 'B', 'E'], models.properties_of(text))
        self.assertEqual([], models.properties_of(text.replace('Properties', 'Promises')))
        self.assertEqual(['A', 'B', 'E'], models.properties_of(text.replace('\\* Properties. They hold.', 'Spec == Init')))
        self.assertEqual(['A', 'B'], models.properties_of('--- MODULE LogProperties ---\nEXTENDS Log\nA == 1\nB == 2\nFairSpec == 3\n===='))


class ValuesTest(unittest.TestCase):
    def test_what_is_read_can_be_written(self):
        for text in ['<<>>', '{}', '-1', '"a, b"', '<<1, <<2, {3, 4}>>>>', '[a |-> 1, b |-> [c |-> {x}]]', '0..3']:
            self.assertEqual(text, text_of(parse(text)))

    def test_functions(self):
        self.assertEqual({'r1': '0', '<<r1, 2>>': ['1']}, parse('(r1 :> 0 @@ <<r1, 2>> :> <<1>>)'))
        self.assertEqual({'{r1, r2}': '0'}, parse('({r2, r1} :> 0)'))

    def test_arguments_with_the_same_value_stand_together(self):
        self.assertEqual('[a, c |-> 0, b |-> [x |-> 1, y |-> 1]]',
                         text_of(parse('(a :> 0 @@ b :> [x |-> 1, y |-> 1] @@ c :> 0)')))

    def test_the_order_in_which_tlc_prints_names_is_of_no_account(self):
        self.assertEqual('[a |-> 1, b |-> 2]', text_of(parse('[b |-> 2, a |-> 1]')))
        self.assertEqual(text_of(parse('(a :> 1 @@ b :> 2)')), text_of(parse('(b :> 2 @@ a :> 1)')))

    def test_what_is_of_no_known_kind_stays_text(self):
        self.assertEqual('<< 1, }', parse('<< 1,\n }'))

    def test_changes(self):
        for before, after, lines in [
                ('1', '2', ['v: 1 -> 2']),
                ('<<1>>', '<<1, 2, 3>>', ['v: appended 2, 3']),
                ('<<1, 2>>', '<<1, 3>>', ['v[2]: 2 -> 3']),
                ('<<1, 2>>', '<<1>>', ['v: <<1, 2>> -> <<1>>']),
                ('{a, b}', '{b, c}', ['v: without a', 'v: with c']),
                ('{}', '{a}', ['v: {} -> {a}']),
                ('(r1 :> [leo |-> 1, hw |-> 0] @@ r2 :> 5)', '(r1 :> [leo |-> 2, hw |-> 0] @@ r2 :> 5)', ['v.r1.leo: 1 -> 2']),
                ('(<<1, 2>> :> 0)', '(<<1, 2>> :> 1)', ['v[<<1, 2>>]: 0 -> 1']),
                ('[a |-> 1]', '[b |-> 1]', ['v.b = 1', 'v.a is gone']),
                ('None', '[a |-> 1]', ['v: None -> [a |-> 1]']),
                ('{1}', '{1}', [])]:
            self.assertEqual(lines, list(changes('v', parse(before), parse(after))))


class StepListTest(unittest.TestCase):
    STEPS = [Step('Init', {'x': '0', 'y': '1'}), Step('Up', {'x': '1', 'y': '1'}), Step('Rest', {'x': '1', 'y': '1'})]

    def test_only_what_changes_is_shown(self):
        self.assertEqual(['1  Init', '       x = 0', '       y = 1', '2  Up', '       x: 0 -> 1', '3  Rest',
                          '       (changes nothing)', '', 'Invariant I is violated.'],
                         show(Trace(self.STEPS), 'Invariant I is violated.'))

    def test_a_loop_is_marked(self):
        lines = show(Trace(self.STEPS, back_to=2), '')
        self.assertIn('2  Up   <- the loop starts here', lines)
        self.assertIn('   and then all is as after step 2 again, for ever', lines)
        self.assertIn('   and nothing happens any more', show(Trace(self.STEPS, stutters=True), ''))

    def test_long_values_are_folded(self):
        lines = show(Trace([Step('Init', {'x': ', '.join(['value'] * 60)})]), '')
        self.assertGreater(len(lines), 5)
        self.assertLessEqual(max(map(len, lines)), 100)
        lines = show(Trace([Step('Init', {'x': ', '.join(['epoch |-> 1'] * 30)})]), '')
        self.assertEqual([], [line for line in lines if line.strip().startswith('|->') or line.endswith('|->')])


class TablesTest(unittest.TestCase):
    def test_only_what_is_between_the_markers_is_replaced(self):
        text = 'before\n<!-- table models -->\nold\n<!-- end -->\nbetween\n<!-- table mutants -->\n<!-- end -->\nafter\n'
        self.assertEqual('before\n<!-- table models -->\n\nA\n\n<!-- end -->\nbetween\n<!-- table mutants -->\n\nB\n\n'
                         '<!-- end -->\nafter\n', tables.renewed(text, {'models': ['A'], 'mutants': ['B']}))

    def test_seconds_are_kept_until_measured_anew(self):
        row = '| [bug](../spec/mutants/bug.txt) | Title | KIP-101 | R (M) | 5 | 17 |\n'
        self.assertEqual('17', tables.seconds_in(row, {})('bug'))
        self.assertEqual('4', tables.seconds_in(row, {'bug': {'seconds': 3.9}})('bug'))
        self.assertEqual('-', tables.seconds_in(row, {})('other'))


if __name__ == '__main__':
    unittest.main()
