#!/usr/bin/env python3
"""Each house rule is seen to complain about a file that breaks it, and to keep quiet about one that does not."""

import unittest

from rules import check_banned, check_columns, check_header, check_layers, check_sizes, check_spec, read_layers

ROWS = read_layers('# comment\n7 server\n6 broker\n4 log protocol\n2 model\n1 base\n')


def complaints(rule, path, text, *more):
    return list(rule(path, text, *more))


class Layers(unittest.TestCase):
    def test_a_lower_row_may_be_included(self):
        self.assertEqual([], complaints(check_layers, 'src/log/a.cc', '#include "base/b.h"\n#include "log/a.h"\n', ROWS))

    def test_a_neighbour_may_not(self):
        self.assertIn('may not include', complaints(check_layers, 'src/log/a.cc', '#include "protocol/b.h"\n', ROWS)[0])

    def test_a_higher_row_may_not(self):
        self.assertIn('may not include', complaints(check_layers, 'src/base/a.h', '\n#include "log/b.h"\n', ROWS)[0])

    def test_a_folder_without_a_row(self):
        self.assertIn('has no row', complaints(check_layers, 'src/new/a.h', '', ROWS)[0])

    def test_an_include_names_its_folder(self):
        self.assertIn('without its folder', complaints(check_layers, 'src/log/a.cc', '#include "a.h"\n', ROWS)[0])


def function(lines, head='int f(int a)'):
    return head + ' {\n' + '  work();\n' * (lines - 2) + '}\n'


class Sizes(unittest.TestCase):
    def test_limits_are_inclusive(self):
        self.assertEqual([], complaints(check_sizes, 'src/a/a.cc', function(70)))
        self.assertEqual([], complaints(check_sizes, 'src/a/a.cc', '\n' * 500))

    def test_a_long_file(self):
        self.assertIn('501 lines', complaints(check_sizes, 'src/a/a.cc', '\n' * 501)[0])

    def test_long_functions_of_every_shape(self):
        for head in ['int f(int a)', 'Result<int> Log::read(Offset at) const', 'Log::Log(Disk& disk) : disk_(disk), end_(0)',
                     'template <class T>\nauto g(T t) -> decltype(t)', 'class A {\n public:\n  void h() override',
                     'TEST(Log, Reads)', 'A& A::operator=(const A& other) noexcept', 'A::A(int x) : a_{1}, b_(x), c_{x, {}}',
                     'namespace x {\nstatic void k(std::vector<int> v = {})']:
            tail = '}\n' if head.startswith(('class', 'namespace')) else ''
            found = complaints(check_sizes, 'src/a/a.cc', function(71, head) + tail)
            self.assertEqual(1, len(found), head)
            self.assertIn('71 lines', found[0])

    def test_tables_and_types_are_not_functions(self):
        for head in ['constexpr Row rows[] =', 'struct Effects', 'enum class Code : int', 'namespace gregor']:
            self.assertEqual([], complaints(check_sizes, 'src/a/a.cc', function(200, head)), head)

    def test_braces_in_literals_and_comments_do_not_count(self):
        text = 'void f() {\n  g("}{{");  // {\n  char c = \'{\';\n}\n' + function(60)
        self.assertEqual([], complaints(check_sizes, 'src/a/a.cc', text))


class Banned(unittest.TestCase):
    def test_each_banned_call(self):
        for call in ['std::chrono::steady_clock::now()', 'std::random_device d;', 'std::thread t;', 'std::mutex m;',
                     'boost::asio::io_context c;', 'std::filesystem::path p;', 'getenv("X")', 'std::atomic<int> a;',
                     'clock_gettime(CLOCK_REALTIME, &t)', 'fopen("x", "r")']:
            self.assertEqual(1, len(complaints(check_banned, 'src/log/a.cc', call + '\n', ROWS)), call)

    def test_a_test_reads_files_but_has_no_threads(self):
        for path in ['src/log/a_test.cc', 'src/log/test_support.h']:
            self.assertEqual([], complaints(check_banned, path, 'std::ifstream f; getenv("SEED");\n', ROWS))
            self.assertEqual(1, len(complaints(check_banned, path, 'std::mutex m;\n', ROWS)))

    def test_comments_strings_and_the_server_are_free(self):
        self.assertEqual([], complaints(check_banned, 'src/log/a.cc', '// std::mutex\nf("std::mutex");\n', ROWS))
        self.assertEqual([], complaints(check_banned, 'src/server/a.cc', 'std::mutex m;\n', ROWS))


class Form(unittest.TestCase):
    def test_columns(self):
        self.assertEqual([], complaints(check_columns, 'a.cc', 'x' * 100))
        self.assertIn('101 columns', complaints(check_columns, 'a.cc', 'x' * 101)[0])

    def test_licence_and_guard(self):
        head = '// Copyright 2026 The Gregor Authors.\n// SPDX-License-Identifier: Apache-2.0\n'
        self.assertEqual([], complaints(check_header, 'a.h', head + '#pragma once\n'))
        self.assertEqual(1, len(complaints(check_header, 'a.h', head)))
        self.assertEqual(1, len(complaints(check_header, 'a.cc', 'int x;\n')))


def spec(body, licence='\\* Copyright 2026 The Gregor Authors.\n\\* SPDX-License-Identifier: Apache-2.0\n'):
    return f'---- MODULE M ----\n{licence}{body}====\n'


class Specs(unittest.TestCase):
    def test_a_spec_that_keeps_the_rules(self):
        action = 'Act(r) ==\n' + '  /\\ TRUE\n' * 39
        for body in ['', action, f'(* Story. *)\n{action}\n\\* Why.\n{action}\n(*****)\n(* Text *)\n(*****)\n' + action]:
            self.assertEqual([], complaints(check_spec, 'spec/M.tla', spec(body)))

    def test_a_long_action(self):
        for head in ['Act(r) ==\n', 'Next ==\n']:
            found = complaints(check_spec, 'spec/M.tla', spec('A == 1\n' + head + '  /\\ TRUE\n' * 40 + '\n\\* Why.\nB == 2\n'))
            self.assertEqual(1, len(found), found)
            self.assertIn('spec/M.tla:5:', found[0])
            self.assertIn('41 lines', found[0])

    def test_a_long_file_and_a_long_line(self):
        self.assertIn('504 lines', complaints(check_spec, 'spec/M.tla', spec('\n' * 500))[0])
        self.assertIn('101 columns', complaints(check_spec, 'spec/M.tla', spec('x' * 101 + '\n'))[0])

    def test_a_spec_without_licence(self):
        self.assertIn('licence header', complaints(check_spec, 'spec/M.tla', spec('', licence=''))[0])


if __name__ == '__main__':
    unittest.main()
