# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""What a run prints: a verdict a line while it goes on, then the table of client, version, what was
exercised, verdict; or the same as JSON, and the rest on standard error."""

import json
import sys
import time
import traceback

from harness.install import Missing

PASSED, FAILED, SKIPPED, NOT_HERE = "ok", "FAILED", "SKIPPED", "skipped"


class Failed(Exception):
    """What the broker did is not what it should have done."""


class Report:
    def __init__(self, as_json=False):
        self.rows, self.details, self.as_json = [], [], as_json

    def say(self, text):
        print(text, flush=True, file=sys.stderr if self.as_json else sys.stdout)

    def case(self, client, exercised, work):
        """Runs `work`, which returns (version, details) or raises; one row comes of it."""
        started = time.monotonic()
        version, verdict, details = "", PASSED, ""
        try:
            version, details = work()
        except Missing as missing:
            verdict, details = SKIPPED, str(missing)
        except Failed as failed:
            verdict, details = FAILED, str(failed)
        except Exception:  # whatever goes wrong is a verdict, and the other cases still run
            verdict, details = FAILED, traceback.format_exc().strip()
        self.add(client, version, exercised, verdict, f"{time.monotonic() - started:.1f} s", details)

    def skip(self, client, exercised, reason):
        """A case that has nothing to say here, on any machine."""
        self.add(client, "", exercised, NOT_HERE, "", reason)

    def add(self, client, version, exercised, verdict, took, details):
        self.rows.append((client, version, exercised, verdict, took))
        self.details.append(details)
        self.say(f"{verdict:8}{client}: {exercised}" + (f" ({took})" if took else ""))
        for line in details.splitlines():
            self.say(f"        {line}")

    def print(self, about):
        if self.as_json:
            self.print_json(about)
        else:
            self.print_table()

    def print_json(self, about):
        names = ("client", "version", "exercised", "verdict", "took")
        cases = [dict(zip(names, row), details=details)
                 for row, details in zip(self.rows, self.details)]
        print(json.dumps({"_command": "interop", "_version": 1, **about, "cases": cases}, indent=1))

    def print_table(self):
        head = ("client", "version", "exercised", "verdict", "time")
        widths = [max(len(row[i]) for row in [head, *self.rows]) for i in range(len(head))]
        print()
        for row in [head, tuple("-" * width for width in widths), *self.rows]:
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
        skipped = sum(row[3] == SKIPPED for row in self.rows)
        if skipped:
            print(f"\n{skipped} of {len(self.rows)} cases were SKIPPED: see above for what is "
                  "missing on this machine.", file=sys.stderr)

    def exit_code(self):
        """1 also when nothing at all could be run: a suite that skips everything shows nothing."""
        verdicts = {row[3] for row in self.rows}
        return 0 if FAILED not in verdicts and PASSED in verdicts else 1
