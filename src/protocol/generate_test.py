#!/usr/bin/env python3
# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""What generate.py makes of small tables, and which tables it refuses. Run by ctest."""
import unittest

import generate

SMALL = """
file things
message Thing data 0-2 flexible=2+
  struct Part
    Size int32 0+ default=7
  Name string 0+ null=1+ default=null
  Parts []Part 1+
  Best Part 2+ tag=3
api 5 Ask 0-1 kafka41=1 on=broker
request
response
  ErrorCode error 0+
"""


class GenerateTest(unittest.TestCase):
    def header(self, name):
        return generate.outputs(generate.Table(SMALL))[f'protocol/messages/{name}.h']

    def refuses(self, text, reason):
        with self.assertRaises(ValueError) as caught:
            generate.Table(text)
        self.assertIn(reason, str(caught.exception))

    def test_structs_have_kafkas_defaults(self):
        header = self.header('things')
        for line in ('struct Part {', '  using Part = thing::Part;', '  std::int32_t size = 7;', '  std::optional<std::string> name{};',
                     '  std::vector<Part> parts{};', '  Part best{};', '  std::vector<UnknownTag> unknown_tags{};'):
            self.assertIn('\n' + line, header)
        self.assertLess(header.index('struct Part'), header.index('> parts'))

    def test_an_api_is_two_messages_in_a_file_of_its_own(self):
        header = self.header('ask')
        self.assertIn('struct AskRequest {\n  static constexpr model::ApiKey api_key{5};', header)
        self.assertIn('struct AskResponse {', header)
        self.assertNotIn('unknown_tags', header)  # never flexible
        keys = generate.outputs(generate.Table(SMALL))['protocol/api_keys.h']
        self.assertIn('inline constexpr model::ApiKey ask{5};', keys)

    def test_the_least_size_is_that_of_the_shortest_version(self):
        thing = generate.Table(SMALL).messages[0]
        # Version 0: the name's length. Version 1: the count too. Version 2: name, count, tags in a byte each.
        self.assertEqual([thing.root.bytes_min_in(v) for v in (0, 1, 2)], [2, 6, 3])
        self.assertEqual(thing.root.bytes_min(), 2)
        self.assertEqual(thing.declared['Part'].bytes_min(), 4)

    def test_names_become_snake_case(self):
        for name, expected in (('TopicId', 'topic_id'), ('ISRNodes', 'isr_nodes'), ('KRaftVersion', 'kraft_version')):
            self.assertEqual(generate.snake(name), expected)

    def test_mistakes_are_refused_with_their_line(self):
        self.refuses('message A data 0\n  X int33 0+\n', 'line 2')
        self.refuses('message A data 0\n  X int32 zero\n', 'no range of versions: zero')
        self.refuses('message A data 0\n  X int32 0+ nul=0+\n', 'unknown option: nul')
        self.refuses('message A data 0\n  X int32 0+ null=0+\n', 'never null')
        self.refuses('message A data 0\n  X string 0+ default=null\n', 'needs null=')
        self.refuses('message A data 0\n  X int32 0+\n  X int32 0+\n', 'twice')
        self.refuses('message A data 0\n  X B 0+\n    Y int8 0+\n  Z B 0+\n    Y int8 0+\n', 'line 5')
        self.refuses('message A data 0\n  X B 0+\n', 'no fields')
        self.refuses('massage A data 0\n', 'unknown directive massage')


if __name__ == '__main__':
    unittest.main()
