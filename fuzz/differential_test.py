#!/usr/bin/env python3
# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""The comparison must fail on a difference that nobody has explained, and each explanation must hold for its own only."""

import argparse
import contextlib
import io
import unittest
from unittest import mock

import differential


LZ4_BATCH = '00' * 21 + '0003'


def case(gregor, kafka, odd_text=False, data='00'):
    return differential.Case('seed-7', 'batch', 0, 0, data, gregor, kafka, odd_text)


AGREED = [case((True, 'ab'), (True, 'ab')), case((False, 'too short'), (False, 'BufferUnderflowException'))]
STRANGE = [case((True, 'ab'), (True, 'ac')), case((True, 'ab'), (False, 'x')), case((False, 'x'), (True, 'ab'))]
EXPLAINED = [
    case((True, 'ff'), (True, 'efbfbd'), odd_text=True),
    case((False, 'Fetch v1: X: 3 bytes of the tag are left over at byte 80'), (True, 'ab')),
    case((False, 'Fetch v17: tag count 4280265207 is more than the remaining bytes can hold at byte 27'), (True, 'ab')),
    case((False, 'FetchRequest v17: tags: no valid varint at byte 90'), (True, 'ab')),
    case((True, 'ab'), (False, 'RuntimeException: Invalid raw tag field list: tag 7 comes after tag 14')),
    case((True, 'ab'), (False, 'java.lang.RuntimeException: Tag 0 is not valid for version 0')),
    case((False, 'message format 1 is not supported, only record batches of format 2'), (True, '0 0 [0 1 6b 76]')),
    case((False, 'offsets from -7 to 3 more make no sense'), (True, '-7 -4 [-7 1 6b 76]')),
    case((False, '13 or more bytes follow the last record'), (True, '0 2 5 0 -1 74')),
    case((False, 'lz4: ERROR_frameType_unknown'), (True, '0 0 [0 1 6b 76]')),
    case((False, 'gzip: unknown header flags set'), (True, '0 0 [0 1 6b 76]')),
    case((False, 'gzip: the data end early'), (True, '0 0 [0 1 6b 76]')),
    case((False, 'record with offset delta 1 after 0 in a batch of 0'), (True, '0 0 [0 1 6b 76] [1 1 6b 76]')),
]


class DifferentialTest(unittest.TestCase):
    def differences(self, cases):
        """What the run counts against itself, and what it says."""
        said = io.StringIO()
        options = argparse.Namespace(seeds=1000)
        with mock.patch.object(differential, 'cases', lambda *_: iter(cases)), contextlib.redirect_stdout(said):
            return differential.compare('', 'batch', options), said.getvalue()

    def test_agreement_passes(self):
        self.assertEqual(self.differences(AGREED)[0], 0)

    def test_each_difference_fails_and_can_be_repeated(self):
        for strange in STRANGE:
            count, said = self.differences([*AGREED, strange])
            self.assertEqual(count, 1)
            self.assertIn(strange.kind, said)
            self.assertIn('./dev fuzz differential --seeds 1 --first 7', said)

    def test_each_explanation_has_its_own_difference(self):
        for at, explained in enumerate(EXPLAINED):
            self.assertFalse(explained.agrees)
            self.assertEqual([bool(one.holds(explained)) for one in differential.EXPLANATIONS],
                             [other == at for other in range(len(differential.EXPLANATIONS))])
        self.assertEqual(self.differences([*AGREED, *EXPLAINED])[0], 0)

    def test_other_forms_of_an_explained_difference(self):
        for explained in (
                case((False, 'Vote v0: Leader.Id: needs 4 bytes, 0 are left, at byte 9'), (True, 'ab')),
                case((False, 'no codec has number 7'), (True, '0 2 -1 -1 0 112')),
                case((False, '32 or more bytes follow the last record'), (True, '0 0 [0 1 6b 76]'), data=LZ4_BATCH)):
            self.assertIsNotNone(differential.explanation(explained))

    def test_what_kafka_would_write_itself_is_not_explained_by_its_tags(self):
        for why in ('Vote v0: Leader.Id: needs 4 bytes, 0 are left, at byte 9', 'Vote v0: tags: no valid varint at byte 90'):
            self.assertIsNone(differential.explanation(case((False, why), (True, '00'))))

    def test_records_that_kafka_would_read_are_no_empty_batch(self):
        full = case((False, '13 or more bytes follow the last record'), (True, '0 2 5 0 -1 74 [0 1 6b 76]'))
        self.assertEqual(self.differences([*AGREED, full])[0], 1)

    def test_a_run_that_has_seen_one_side_only_fails(self):
        self.assertNotEqual(self.differences(AGREED[:1])[0], 0)
        self.assertNotEqual(self.differences(AGREED[1:])[0], 0)


if __name__ == '__main__':
    unittest.main()
