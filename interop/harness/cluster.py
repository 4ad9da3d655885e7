# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""A cluster of brokers and ZooKeeper servers, made and looked after by `gregor cluster` itself."""

import json
import os
import shutil
import signal
import subprocess

from harness import install, processes
from harness.report import Failed
from harness.target import Gregor

OK, FAILED, USAGE = 0, 1, 2


class Cluster:
    """Its processes outlive the commands that start them, but not this object: what a run that was
    killed has left is brought down by the next one."""

    def __init__(self, name, brokers, zookeepers, settings=None, traced=False, racks=()):
        install.apt("zookeeper", "default-jdk-headless")
        self.folder = install.BUILD / "tmp" / f"cluster-{name}"
        self.home = self.folder / "cluster"
        self.brokers = list(range(1, brokers + 1))
        self.zookeepers, self.settings = zookeepers, settings or {}
        self.calls, self.traced, self.racks = 0, traced, racks
        if (self.home / "cluster.json").exists():
            self.run("down", "--delete", "--timeout", 1000)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)

    def __enter__(self):
        self.up()
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.run("down", "--delete")
            shutil.rmtree(self.folder)
        else:
            self.run("down", "--timeout", 1000)

    def output(self, *words, code=OK, command="cluster", where=None):
        """Standard output and standard error of a command that must end with `code`."""
        where = where or ("--dir", self.home)
        child = processes.start([Gregor.program(), command, *words, *where],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out, errors = child.communicate(timeout=300)
        self.calls += 1
        if child.returncode != code:
            raise Failed(f"gregor {command} {' '.join(map(str, words))} ended with "
                         f"{child.returncode}, not {code}:\n{out.decode()}\n{errors.decode()}")
        return out.decode(), errors.decode()

    def run(self, *words, code=OK):
        """The document that `gregor cluster` prints."""
        document = json.loads(self.output(*words, "--json", code=code)[0])
        if (document["_command"], document["_version"]) != (f"cluster {words[0]}", 1):
            raise Failed(f"{words}: {document}")
        return document

    def ask(self, command, *words):
        """The document of another command, which finds the cluster by itself."""
        where = ("--bootstrap-server", self.bootstrap, "--json")
        return json.loads(self.output(*words, command=command, where=where)[0])

    def up(self):
        sets = [word for key, value in self.settings.items() for word in ("--set", f"{key}={value}")]
        document = self.run("up", "--brokers", len(self.brokers), "--zookeeper", self.zookeepers,
                            "--port", 0, *sets, *(["--trace"] if self.traced else []),
                            *(["--racks", ",".join(self.racks)] if self.racks else []))
        self.bootstrap = document["bootstrap_servers"]
        return document

    def status(self):
        """Also while not all is well."""
        child = processes.start([Gregor.program(), "cluster", "status", "--json", "--dir", self.home],
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return json.loads(child.communicate(timeout=120)[0])

    def members(self):
        return {member["name"]: member for member in self.status()["members"]}

    def kill_at_once(self, names):
        """All in the same moment, behind the back of `gregor cluster`."""
        members = self.members()
        pids = [members[name]["pid"] for name in names]
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        for pid in pids:
            processes.wait_until(lambda p=pid: not os.path.exists(f"/proc/{p}/exe"), "it is gone")

    def wait_until_well(self, seconds=120):
        """All run, and every replica is in sync."""
        def well():
            status = self.status()
            return (all(member["state"] == "running" for member in status["members"])
                    and status["controller"] > 0 and status["under_replicated_partitions"] == 0
                    and status["offline_partitions"] == 0)
        processes.wait_until(well, "every replica is in sync", seconds, pause=0.2)

    def partitions(self, topic):
        """{partition: what `gregor topics --describe` tells of it}."""
        described, = self.ask("topics", "--describe", "--topic", topic)["topics"]
        return {one["partition"]: one for one in described["partitions"]}

    def traces(self):
        """{broker: the file of its structured trace}"""
        return {broker: self.home / f"broker-{broker}/trace.jsonl"
                for broker in self.brokers}

    def data(self, broker, folder):
        return self.home / f"broker-{broker}/data" / folder
