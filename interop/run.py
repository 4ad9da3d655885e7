#!/usr/bin/env python3
# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Clients of other projects against a real broker: Gregor, or Apache Kafka to check the suite itself.

Exit code 0: every case that could run passed; 1: one failed, or none could run; 2: wrong usage."""

import argparse
import random
import sys

from cases import conversations
from harness import processes
from harness.report import Report
from harness.target import TARGETS

SUBJECTS = ("oracle",)


def arguments():
    parser = argparse.ArgumentParser(prog="interop", description=__doc__)
    parser.add_argument("clients", nargs="*", metavar="client", default=[],
                        help=f"only these of: {', '.join(SUBJECTS)}")
    parser.add_argument("--target", choices=TARGETS, default="gregor")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--record", action="store_true",
                        help="refresh the recorded answers of Apache Kafka (oracle only)")
    parser.add_argument("--conversation", action="append", default=[], metavar="NAME",
                        help="only these conversations (oracle only)")
    options = parser.parse_args()
    strangers = set(options.clients) - set(SUBJECTS)
    if strangers:
        parser.error(f"unknown client {', '.join(sorted(strangers))}; known: {', '.join(SUBJECTS)}")
    return options


def main():
    options = arguments()
    processes.clean_up_on_exit()
    report = Report()
    target = TARGETS["kafka" if options.record else options.target]
    print(f"target {target.kind}, repeat with --seed {options.seed}", flush=True)
    if options.record:
        report.case("oracle", "record the answers of Apache Kafka",
                    lambda: conversations.record(target, options.conversation))
    else:
        report.case("oracle", "conversations compared field by field",
                    lambda: conversations.check(target, target.kind, target.version(),
                                                options.conversation))
    report.print()
    return report.exit_code()


if __name__ == "__main__":
    sys.exit(main())
