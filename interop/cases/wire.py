# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""`gregor fuzz wire` against the broker: nothing may be found. What Apache Kafka lets it find is told
in docs/fuzzing.md."""

import subprocess

from harness import processes
from harness.report import Failed
from harness.target import Gregor

SECONDS, QUICK_SECONDS = 120, 15
# A Java heap is given out by and by: it may grow to -Xmx, and the rest of the process beside it.
GROWTH_MIB_MAX = 700


def run(target, seed, quick):
    seconds = QUICK_SECONDS if quick else SECONDS
    done = processes.start(
        [Gregor.program(), "fuzz", "wire", "--bootstrap-server", target.bootstrap, "--seed", seed,
         "--time", seconds, "--rate", 2000, "--pid", target.pid,
         "--memory-limit", GROWTH_MIB_MAX], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        text = done.communicate(timeout=seconds + 120)[0].decode()
    finally:
        processes.kill(done)
    if done.returncode != 0:
        raise Failed(f"gregor fuzz wire ended with {done.returncode}:\n{text}")
    return target.version(), text
