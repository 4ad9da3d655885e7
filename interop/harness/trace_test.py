#!/usr/bin/env python3
# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""The checks of harness/trace.py: a good trace passes, and each check is seen failing."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness import trace  # noqa: E402

REPLICA = {"node": 1, "incarnation": 1, "shard": 0, "step": 1, "spec": "Replication", "topic_id": "t",
           "partition": 0, "role": "leader", "leader": 1, "epoch": 3, "isr": [1, 2],
           "pending_isr": [], "maximal_isr": [1, 2], "log_end": 5, "high_watermark": 2}
CONTROLLER = {"node": 1, "incarnation": 1, "shard": 0, "step": 1, "spec": "ControllerElection"}


def replica(transition, **more):
    return {**REPLICA, "transition": transition, **more}


def controller(transition, epoch, **more):
    return {**CONTROLLER, "transition": transition, "controller_epoch": epoch, **more}


LEADS = replica("BecomeLeader")
FETCHED = replica("HandleFetch", peer=2, offset=4)
ADVANCED = replica("AdvanceHighWatermark", high_watermark=4)


class Traces(unittest.TestCase):
    def passes(self, *brokers):
        checker = trace.Checker()
        for lines in brokers:
            checker.check(lines)

    def breaks(self, name, *brokers):
        with self.assertRaises(trace.Broken) as caught:
            self.passes(*brokers)
        self.assertTrue(str(caught.exception).startswith(f"{name}: "), caught.exception)

    def test_a_good_one(self):
        other = {"node": 2, "leader": 2, "epoch": 4}
        self.passes([controller("TakeOffice", 1), LEADS, FETCHED, ADVANCED,
                     controller("ElectLeader", 1, leader=2, isr=[2])],
                    [controller("TakeOffice", 2, node=2), replica("BecomeLeader", **other)])

    def test_steps(self):
        self.breaks("StepsRise", [replica("LeaderAppend", step=2), replica("LeaderAppend", step=1)])
        self.passes([replica("LeaderAppend", step=2), replica("LeaderAppend", incarnation=2)])

    def test_leaders(self):
        self.breaks("OneLeaderPerEpoch", [LEADS], [replica("BecomeLeader", node=2)])
        self.breaks("LeaderInIsr", [replica("CommitIsr", isr=[2])])
        self.breaks("LeaderInIsr", [controller("ElectLeader", 1, leader=3, isr=[1, 2])])
        self.breaks("LeaderNeverTruncates", [replica("TruncateToEpoch")])

    def test_high_watermarks(self):
        self.breaks("HighWatermarkWithinLog", [replica("LeaderAppend", high_watermark=6)])
        self.breaks("HighWatermarkNeverGoesBack", [LEADS, FETCHED, ADVANCED, ADVANCED])
        self.breaks("HighWatermarkOnMaximalIsr", [LEADS, ADVANCED])
        self.breaks("HighWatermarkOnMaximalIsr", [LEADS, FETCHED, LEADS, ADVANCED])
        joining = {"pending_isr": [1, 2, 3], "maximal_isr": [1, 2, 3]}
        self.breaks("HighWatermarkOnMaximalIsr", [LEADS, FETCHED, {**ADVANCED, **joining}])

    def test_controllers(self):
        took = controller("TakeOffice", 2)
        self.breaks("OneControllerPerEpoch", [took], [{**took, "node": 2}])
        self.breaks("ControllerEpochRises", [took, controller("TakeOffice", 1, step=2)])


if __name__ == "__main__":
    unittest.main()
