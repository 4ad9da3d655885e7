# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""The structured traces of a cluster's brokers (docs/cluster.md), held against what the specs promise.
A check has the name of the spec's property. Lines of one broker are in the order in which things came
about; those of different brokers are compared by epochs only, never by clocks."""

import json


class Broken(Exception):
    """A promise that a trace breaks: the property's name, and the line."""

    def __init__(self, name, line):
        super().__init__(f"{name}: {json.dumps(line)}")


class Checker:
    def __init__(self):
        self.lines = 0
        self.leader_of, self.controller_of = {}, {}  # by epoch, over all brokers

    def check(self, lines):
        """Those of one broker, in their order."""
        self.step, self.followers, self.high_watermark, self.in_office = {}, {}, {}, 0
        for line in lines:
            self.lines += 1
            life = line["incarnation"], line["shard"]
            if line["step"] < self.step.get(life, 0):
                raise Broken("StepsRise", line)
            self.step[life] = line["step"]
            if line["spec"] == "Replication":
                self.replica(line)
            else:
                self.controller(line)

    def replica(self, line):
        replica = line["incarnation"], line["topic_id"], line["partition"]
        transition, epoch = line["transition"], line["epoch"]
        if line["high_watermark"] > line["log_end"]:
            raise Broken("HighWatermarkWithinLog", line)
        if transition == "BecomeLeader":
            self.followers[replica] = {}
            if self.leader_of.setdefault((*replica[1:], epoch), line["node"]) != line["node"]:
                raise Broken("OneLeaderPerEpoch", line)
        if line["role"] == "leader" and line["leader"] not in line["isr"]:
            raise Broken("LeaderInIsr", line)
        if transition == "TruncateToEpoch" and line["role"] == "leader":
            raise Broken("LeaderNeverTruncates", line)
        if transition == "HandleFetch":
            self.followers.setdefault(replica, {})[line["peer"]] = line["offset"]
        if transition == "AdvanceHighWatermark":
            self.advanced(replica, line)
        if transition == "TruncateToEpoch":
            self.high_watermark.pop((*replica, epoch), None)

    def advanced(self, replica, line):
        key = *replica, line["epoch"]
        if line["high_watermark"] <= self.high_watermark.get(key, -1):
            raise Broken("HighWatermarkNeverGoesBack", line)
        self.high_watermark[key] = line["high_watermark"]
        if line["role"] != "leader":
            return
        for member in set(line["maximal_isr"]) - {line["node"]}:
            if self.followers.get(replica, {}).get(member, -1) < line["high_watermark"]:
                raise Broken("HighWatermarkOnMaximalIsr", line)

    def controller(self, line):
        epoch = line["controller_epoch"]
        if line["transition"] == "TakeOffice":
            # A process that is elected once more counts the epoch up, as any other does.
            life = line["node"], line["incarnation"], line["step"]
            if self.controller_of.setdefault(epoch, life) != life:
                raise Broken("OneControllerPerEpoch", line)
            if epoch <= self.in_office:
                raise Broken("ControllerEpochRises", line)
            self.in_office = epoch
        if line["transition"] == "ElectLeader" and line["leader"] not in (-1, *line["isr"]):
            raise Broken("LeaderInIsr", line)


def read(path, begin=0):
    """The lines of a file from a byte on; one that a kill, or the reader's haste, has cut is none."""
    with open(path, encoding="utf-8") as file:
        file.seek(begin)
        for text in file:
            try:
                yield json.loads(text)
            except json.JSONDecodeError:
                continue


def check(paths):
    """How many lines there were; raises Broken."""
    checker = Checker()
    for path in paths:
        checker.check(read(path))
    return checker.lines
