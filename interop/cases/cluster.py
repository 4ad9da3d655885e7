# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""`gregor cluster`: up, status, kill, start and down with real processes, broker and ZooKeeper; what
each prints and how it ends, when all is well and when half of it is gone."""

import json
import os
import signal
import subprocess

from harness import install, processes
from harness.cluster import FAILED, USAGE, Cluster
from harness.report import Failed
from harness.target import Gregor
from wire.connection import Connection


def expect(what, got, wanted):
    if got != wanted:
        raise Failed(f"{what}: expected {wanted!r}, got {got!r}")


def states(cluster):
    return {name: member["state"] for name, member in cluster.members().items()}


def all_but(cluster, **others):
    named = {name.replace("_", "-"): state for name, state in others.items()}
    return {name: named.get(name, "running") for name in cluster.members()}


def write(cluster, count):
    producer = processes.start(["kcat", "-P", "-b", cluster.bootstrap, "-t", "numbers"],
                               stdin=subprocess.PIPE)
    producer.communicate("".join(f"{n}\n" for n in range(count)).encode(), timeout=60)
    expect("kcat's exit code", producer.returncode, 0)


def read(cluster):
    return processes.run(["kcat", "-C", "-q", "-e", "-b", cluster.bootstrap, "-t", "numbers", "-o",
                          "beginning"], timeout=60).decode().split()


def up_twice(cluster):
    before = {name: member["pid"] for name, member in cluster.members().items()}
    cluster.up()
    expect("an up of what runs", {name: member["pid"] for name, member in cluster.members().items()},
           before)
    _, errors = cluster.output("up", "--brokers", len(cluster.brokers) + 1, code=FAILED)
    expect("another size is refused", "there is another cluster" in errors, True)


def kill_and_start(cluster, name):
    pid = cluster.members()[name]["pid"]
    cluster.run("kill", name)
    key = name.replace("-", "_")
    expect(f"{name} was killed", states(cluster), all_but(cluster, **{key: "down"}))
    if os.path.exists(f"/proc/{pid}/exe"):
        raise Failed(f"process {pid} of {name} is still there")
    cluster.output("status", code=FAILED)
    refused, = cluster.run("kill", name, code=FAILED)["members"]
    expect("killed twice", refused["error"]["code"], "BROKER_NOT_AVAILABLE")
    started, = cluster.run("start", name)["members"]
    expect("another process", started["pid"] in (None, pid), False)
    refused, = cluster.run("start", name, code=FAILED)["members"]
    expect("started twice", refused["error"]["code"], "INVALID_REQUEST")
    expect(f"{name} runs again", states(cluster), all_but(cluster))


def pause(cluster, name):
    cluster.run("kill", name, "--signal", "STOP")
    key = name.replace("-", "_")
    expect(f"{name} is stopped", states(cluster), all_but(cluster, **{key: "silent"}))
    cluster.run("kill", name, "--signal", "CONT")
    processes.wait_until(lambda: states(cluster) == all_but(cluster), f"{name} goes on")


def up_after_a_crash(cluster):
    """Half of it is gone behind the back of `gregor cluster`."""
    pids = {name: member["pid"] for name, member in cluster.members().items()}
    for name in list(pids)[::2]:
        os.kill(pids[name], signal.SIGKILL)
        processes.wait_until(lambda p=pids[name]: not os.path.exists(f"/proc/{p}/exe"), "it is gone")
    cluster.up()
    expect("all run again", states(cluster), all_but(cluster))
    for name in list(pids)[1::2]:
        expect(f"{name} is the same", cluster.members()[name]["pid"], pids[name])


def down_when_half_is_gone(cluster):
    pids = [member["pid"] for member in cluster.members().values()]
    os.kill(pids[0], signal.SIGKILL)
    os.kill(pids[-1], signal.SIGSTOP)  # it must be woken to end in order
    cluster.run("down")
    if any(os.path.exists(f"/proc/{pid}/exe") for pid in pids):
        raise Failed("a process outlived down")
    expect("nothing runs", set(states(cluster).values()), {"down"})
    cluster.run("down")


def up_in_use(cluster):
    """Another cluster wants a port that is taken."""
    port = json.loads((cluster.home / "cluster.json").read_text())["brokers"][0]["port"]
    other = ("--dir", cluster.folder / "other")
    _, errors = cluster.output("up", "--port", port, code=FAILED, where=other)
    expect("a taken port is named", f"port {port} is taken" in errors, True)


def broker_address(cluster):
    host, _, port = cluster.bootstrap.split(",")[0].partition(":")
    return host, int(port)


def old_consumer_commits(cluster, group, offset):
    """As consumers older than 0.9 do."""
    connection = Connection(broker_address(cluster))
    answer = connection.call("OffsetCommit", 0, {"GroupId": group, "Topics": [{
        "Name": "numbers", "Partitions": [{"PartitionIndex": 0, "CommittedOffset": offset,
                                           "CommittedMetadata": "not kept"}]}]})
    connection.close()
    expect("committed", answer["Topics"][0]["Partitions"][0]["ErrorCode"], 0)


def old_consumer_is_at(cluster, group, offset):
    connection = Connection(broker_address(cluster))
    answer = connection.call("OffsetFetch", 0, {"GroupId": group, "Topics": [
        {"Name": "numbers", "PartitionIndexes": [0]}]})
    connection.close()
    told = answer["Topics"][0]["Partitions"][0]
    expect("fetched", (told["ErrorCode"], told["CommittedOffset"], told["Metadata"]),
           (0, offset, ""))
    zookeepers = json.loads((cluster.home / "cluster.json").read_text())["zookeepers"]
    where = ("--zookeeper", f"127.0.0.1:{zookeepers[-1]['port']}/gregor", "--json")
    groups = json.loads(cluster.output("--list", command="groups", where=where)[0])["groups"]
    expect("listed", [(one["group"], one["type"], one["state"], one["topics"]) for one in groups],
           [(group, "Zookeeper", "Empty", ["numbers"])])


def run(brokers=1, zookeepers=1, settings=None):
    install.apt("kcat")
    with Cluster("commands", brokers, zookeepers, settings) as cluster:
        expect("all run", states(cluster), all_but(cluster))
        roles = [member["role"] for member in cluster.members().values()]
        expect("one is the controller", roles.count("controller"), 1)
        write(cluster, 100)
        old_consumer_commits(cluster, "of old", 41)
        up_twice(cluster)
        up_in_use(cluster)
        for name in cluster.members():
            kill_and_start(cluster, name)
            pause(cluster, name)
        up_after_a_crash(cluster)
        expect("what was written", read(cluster), [str(n) for n in range(100)])
        cluster.output("kill", "nobody", code=USAGE)
        down_when_half_is_gone(cluster)
        cluster.up()
        expect("what was written, after down and up", read(cluster), [str(n) for n in range(100)])
        old_consumer_is_at(cluster, "of old", 41)
        calls = cluster.calls
    if cluster.home.exists():
        raise Failed(f"{cluster.home} is there after down --delete")
    return Gregor.version(), f"{calls} commands, {brokers} broker(s), {zookeepers} ZooKeeper(s)"
