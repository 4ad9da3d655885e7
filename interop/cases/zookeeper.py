# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""The client of the coordination service against a real ZooKeeper server, killed and started again:
the tests of src/server that are skipped where there is none."""

import os

from harness import install, processes
from harness.report import Failed

FILTER = "RealZooKeeper*"


def run():
    jars = install.zookeeper_jars()
    processes.run(["cmake", "--preset", "release"], cwd=install.PROJECT)
    processes.run(["cmake", "--build", "--preset", "release", "--target", "server_test"],
                  cwd=install.PROJECT, timeout=3600)
    program = install.PROJECT / "build/release/src/server/server_test"
    try:
        # What it says goes where the last words of a failure are taken from.
        processes.run(["sh", "-c", '"$0" "$@" >&2', program, f"--gtest_filter={FILTER}"],
                      cwd=install.PROJECT / "src/server", timeout=600,
                      env={**os.environ, "GREGOR_ZOOKEEPER_JARS": str(jars)})
    except processes.CommandFailed as failure:
        raise Failed(str(failure)) from failure
    return "3.8.4", FILTER
