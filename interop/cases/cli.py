# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""`gregor topics`, `produce`, `consume`, `groups`, `configs`, `records`, `elect` and `reassign`: what they
print for people and as JSON, and how they end. They are a client like any other, so Apache Kafka is a target, too."""

import json
import subprocess

from harness import processes
from harness.report import Failed
from harness.target import Gregor

OK, FAILED, USAGE = 0, 1, 2
SHOWN_MAX = 1000


class Cli:
    """Runs the program; each call says what must come of it."""

    def __init__(self, target):
        self.target, self.calls = target, 0

    def run(self, *words, code=OK, given=""):
        """Standard output and standard error of a command that must end with `code`."""
        command = [Gregor.program(), *words, "--bootstrap-server", self.target.bootstrap]
        child = processes.start(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)
        try:
            out, errors = child.communicate(given.encode(), timeout=60)
        finally:
            processes.kill(child)
        self.calls += 1
        if child.returncode != code:
            raise Failed(f"gregor {' '.join(map(str, words))} ended with {child.returncode}, not "
                         f"{code}:\n{out.decode()}\n{errors.decode()}")
        return out.decode(), errors.decode()

    def lines(self, *words, **how):
        return self.run(*words, **how)[0].splitlines()

    def document(self, items, *words, **how):
        """The list of a JSON document, which must be marked as such."""
        text = self.run(*words, "--json", **how)[0]
        document = json.loads(text)
        if (document["_command"], document["_version"]) != (words[0], 1):
            raise Failed(f"{words}: {text}")
        return document[items]


def expect(what, got, wanted):
    if got != wanted:
        raise Failed(f"{what}: expected {repr(wanted)[:SHOWN_MAX]}, got {repr(got)[:SHOWN_MAX]}")


def topics(cli):
    expect("an empty list", cli.document("topics", "topics", "--list", "--exclude-internal"), [])
    cli.run("topics", "--create", "--topic", "orders", "--partitions", 2,
            "--replication-factor", cli.target.replicas, "--config",
            "segment.bytes=1048576,retention.ms=-1")
    created, = cli.document("topics", "topics", "--create", "--topic", "audit", "--partitions", 1)
    expect("created", (created["topic"], created["created"], created["partitions"]),
           ("audit", True, 1))
    refused, = cli.document("topics", "topics", "--create", "--topic", "audit", code=FAILED)
    expect("created twice", refused["error"]["code"], "TOPIC_ALREADY_EXISTS")
    cli.run("topics", "--create", "--topic", "audit", "--if-not-exists")
    expect("the list", cli.lines("topics", "--list"), ["audit", "orders"])
    cli.run("topics", "--alter", "--topic", "orders", "--partitions", 3)
    cli.run("topics", "--alter", "--topic", "orders", "--partitions", 3, code=FAILED)
    described, = cli.document("topics", "topics", "--describe", "--topic", "ord.*")
    expect("described", (described["topic"], described["partition_count"], described["configs"]),
           ("orders", 3, {"retention.ms": "-1", "segment.bytes": "1048576"}))
    brokers = cli.target.brokers
    expect("replicas", [(p["partition"], p["leader"], sorted(p["replicas"]), sorted(p["isr"]))
                        for p in described["partitions"]],
           [(p["partition"], p["replicas"][0], brokers, brokers) for p in described["partitions"]])
    first = described["partitions"][0]
    lines = cli.lines("topics", "--describe", "--topic", "orders")
    expect("for people", lines[1].split("\t")[1:],
           ["Topic: orders", "Partition: 0", f"Leader: {first['leader']}",
            f"Replicas: {','.join(map(str, first['replicas']))}",
            f"Isr: {','.join(map(str, first['isr']))}"])
    expect("none is unavailable", cli.lines("topics", "--describe", "--unavailable-partitions"), [])
    cli.run("topics", "--describe", "--topic", "nosuch", code=FAILED)
    cli.run("topics", "--describe", "--topic", "nosuch", "--if-exists")


def records(cli):
    cli.run("produce", "--topic", "orders", "--partition", 0,
            given="".join(f"{n}\n" for n in range(1000)))
    sent = cli.run("produce", "--topic", "orders", "--partition", 1, "--compression-codec", "zstd",
                   "--property", "parse.headers=true", "--property", "parse.key=true",
                   "--property", "null.marker=NULL", "--json",
                   given="a:1,b:two\tkey\tvalue\nno key\nNULL\tgone\tNULL\n", code=FAILED)
    expect("delivered", (json.loads(sent[0])["delivered"], json.loads(sent[0])["failed"]), (2, 1))
    if "line 2" not in sent[1]:
        raise Failed(f"the bad line is not named: {sent[1]}")
    beginning = ("consume", "--topic", "orders", "--from-beginning", "--exit")
    expect("in order", cli.lines(*beginning, "--partition", 0, "-f", "%o %s\\n"),
           [f"{n} {n}" for n in range(1000)])
    expect("every word", cli.lines(*beginning, "--partition", 1, "-f", "%t %p %o %k %s %h %K %S\\n"),
           ["orders 1 0 key value a=1,b=two 3 5", "orders 1 1 gone   4 -1"])
    first, second = map(json.loads, cli.lines(*beginning, "--partition", 1, "--json"))
    expect("as JSON", (first["key"], first["payload"], first["headers"], first["tstype"]),
           ("key", "value", ["a", "1", "b", "two"], "create"))
    expect("null as JSON", (second["key"], second["payload"]), ("gone", None))
    expect("from an offset", cli.lines("consume", "--topic", "orders", "--partition", 0, "--offset",
                                       998, "--max-messages", 2), ["998", "999"])
    expect("the properties of Kafka's console",
           cli.lines(*beginning, "--partition", 1, "--property", "print.key=true", "--property",
                     "print.offset=true", "--property", "key.separator=|"),
           ["Offset:0|key|value", "Offset:1|gone|null"])
    cli.run("consume", "--topic", "nosuch", "--from-beginning", "--exit", code=FAILED)


def groups(cli):
    member = ("consume", "--topic", "orders", "--group", "billing", "--from-beginning",
              "--timeout-ms", 15000)
    first = cli.lines(*member, "--max-messages", 600)
    rest = cli.lines(*member, "--max-messages", 402)
    expect("shared out by commits", sorted(first + rest),
           sorted([str(n) for n in range(1000)] + ["value", "null"]))
    describe = ("groups", "--describe", "--group", "billing")
    found = cli.document("partitions", *describe)
    expect("described", [(p["topic"], p["partition"], p["current_offset"], p["log_end_offset"],
                          p["lag"]) for p in found],
           [("orders", 0, 1000, 1000, 0), ("orders", 1, 2, 2, 0)])
    expect("the columns", cli.lines(*describe)[0].split()[:6],
           ["GROUP", "TOPIC", "PARTITION", "CURRENT-OFFSET", "LOG-END-OFFSET", "LAG"])
    state, = cli.document("groups", *describe, "--state")
    expect("state", (state["state"], state["members"]), ("Empty", 0))
    names = [group["group"] for group in cli.document("groups", "groups", "--list", "--state", "empty")]
    expect("listed by state", names, ["billing"])
    expect("none is stable", cli.document("groups", "groups", "--list", "--state", "stable"), [])
    cli.run("groups", "--describe", "--group", "nosuch", code=FAILED)


def resets(cli):
    reset = ("groups", "--reset-offsets", "--group", "billing")

    def plan(*words, **how):
        return {(p["topic"], p["partition"]): p["new_offset"]
                for p in cli.document("partitions", *reset, *words, **how)}

    def committed():
        return {p["partition"]: p["current_offset"] for p in
                cli.document("partitions", "groups", "--describe", "--group", "billing")}

    expect("only a plan", plan("--topic", "orders:0", "--to-earliest", "--dry-run"),
           {("orders", 0): 0})
    expect("nothing is changed by it", committed(), {0: 1000, 1: 2})
    plan("--topic", "orders:0", "--shift-by", -10, "--execute")
    expect("ten back", committed(), {0: 990, 1: 2})
    expect("read again", cli.lines("consume", "--topic", "orders", "--group", "billing",
                                   "--max-messages", 10, "--timeout-ms", 15000),
           [str(n) for n in range(990, 1000)])
    plan("--all-topics", "--to-offset", 5000, "--execute")
    expect("not beyond the end", committed(), {0: 1000, 1: 2})
    plan("--topic", "orders", "--by-duration", "P1D", "--execute")
    expect("since yesterday", committed(), {0: 0, 1: 0, 2: 0})
    plan("--topic", "orders", "--to-datetime", "2100-01-01T00:00:00.000", "--execute")
    expect("since a time to come", committed(), {0: 1000, 1: 2, 2: 0})
    file = cli.target.folder / "plan.csv"
    file.write_text(cli.run(*reset, "--topic", "orders:0,1", "--to-offset", 1, "--export")[0])
    expect("exported", file.read_text(), '"orders",0,1\n"orders",1,1\n')
    plan("--from-file", file, "--execute")
    expect("from a file", committed(), {0: 1, 1: 1, 2: 0})
    cli.run(*reset, "--topic", "nosuch", "--to-latest", code=FAILED)
    cli.run("groups", "--delete-offsets", "--group", "billing", "--topic", "orders:0")
    expect("forgotten", sorted(committed()), [1, 2])


def active_group(cli):
    """Offsets of a group with members are not changed, nor is it deleted."""
    member = processes.start(
        [Gregor.program(), "consume", "--topic", "audit", "--group", "busy", "--bootstrap-server",
         cli.target.bootstrap], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        processes.wait_until(
            lambda: [g for g in cli.document("groups", "groups", "--list", "--state", "stable")
                     if g["group"] == "busy"], "the group is stable", pause=0.2)
        members = cli.document("members", "groups", "--describe", "--group", "busy", "--members")
        expect("assigned", [m["assignment"] for m in members],
               [[{"topic": "audit", "partition": 0}]])
        cli.run("groups", "--reset-offsets", "--group", "busy", "--topic", "audit", "--to-earliest",
                "--execute", code=FAILED)
        refused, = cli.document("groups", "groups", "--delete", "--group", "busy", code=FAILED)
        expect("not deleted", refused["error"]["code"], "NON_EMPTY_GROUP")
    finally:
        processes.kill(member)
    gone, unknown = cli.document("groups", "groups", "--delete", "--group", "billing", "--group",
                                 "nosuch", code=FAILED)
    expect("deleted", (gone.get("deleted"), unknown["error"]["code"]),
           (True, "GROUP_ID_NOT_FOUND"))


def configs(cli):
    topic = ("configs", "--topic", "orders")
    cli.run(*topic, "--alter", "--add-config", "cleanup.policy=[compact,delete],segment.ms=60000",
            "--delete-config", "segment.bytes")
    found, = cli.document("resources", *topic, "--describe")
    expect("changed", {c["name"]: (c["value"], c["source"]) for c in found["configs"]
                       if c["source"] == "DYNAMIC_TOPIC_CONFIG"},
           {"cleanup.policy": ("compact,delete", "DYNAMIC_TOPIC_CONFIG"),
            "retention.ms": ("-1", "DYNAMIC_TOPIC_CONFIG"),
            "segment.ms": ("60000", "DYNAMIC_TOPIC_CONFIG")})
    every, = cli.document("resources", *topic, "--describe", "--all")
    if len(every["configs"]) < 25:
        raise Failed(f"--all shows {len(every['configs'])} settings")
    refused, = cli.document("resources", *topic, "--alter", "--add-config", "bogus=1", code=FAILED)
    expect("refused", refused["error"]["code"], "INVALID_CONFIG")
    broker, = cli.document("resources", "configs", "--describe", "--all", "--broker",
                            cli.target.brokers[0])
    names = [config["name"] for config in broker["configs"]]
    if "log.dirs" not in names or names != sorted(names):
        raise Failed(f"a broker's settings are {names[:20]} …")
    cli.run("configs", "--alter", "--broker-defaults", "--add-config", "log.cleaner.threads=1")
    cli.run("configs", "--alter", "--broker-defaults", "--delete-config", "log.cleaner.threads")


def replicas(cli):
    """Where they are is where they are to be: nothing moves."""
    everything = ("--election-type", "preferred", "--all-topic-partitions")
    expect("all are led by whom they prefer", cli.document("partitions", "elect", *everything), [])
    expect("and nothing is to be said", cli.lines("elect", *everything), [])
    one = ("--election-type", "preferred", "--topic", "orders", "--partition", 1)
    expect("nor done", cli.document("partitions", "elect", *one),
           [{"topic": "orders", "partition": 1, "elected": False}])
    expect("for people", cli.lines("elect", *one),
           ["Valid replica already elected for partitions orders-1"])
    cli.run("elect", "--election-type", "preferred", "--topic", "nosuch", "--partition", 0, code=FAILED)
    described, = cli.document("topics", "topics", "--describe", "--topic", "orders")
    plan = {"version": 1, "partitions": [
        {"topic": "orders", "partition": p["partition"], "replicas": p["replicas"]}
        for p in described["partitions"]]}
    file = cli.target.folder / "plan.json"
    file.write_text(json.dumps(plan))
    words = ("--reassignment-json-file", file)
    lines = cli.lines("reassign", "--execute", *words)
    expect("how it was", (lines[0], json.loads(lines[2])),
           ("Current partition replica assignment", plan))
    expect("begun", lines[-1],
           "Successfully started partition reassignments for orders-0,orders-1,orders-2")
    expect("done", cli.lines("reassign", "--verify", *words), ["Status of partition reassignment:"] + [
        f"Reassignment of partition orders-{p} is completed." for p in range(3)])
    expect("done, as JSON", [p["state"] for p in cli.document("partitions", "reassign", "--verify", *words)],
           ["completed"] * 3)
    expect("nothing is under way", cli.lines("reassign", "--list"), ["No partition reassignments found."])
    expect("nothing to give up", cli.lines("reassign", "--cancel", *words),
           ["None of the specified partition reassignments are active."])
    file.write_text(json.dumps({"version": 1, "partitions": [
        {"topic": "orders", "partition": 0, "replicas": [99]}]}))
    refused, = cli.document("partitions", "reassign", "--execute", *words, code=FAILED)
    expect("refused", refused["error"]["code"], "INVALID_REPLICA_ASSIGNMENT")
    status, = cli.document("partitions", "reassign", "--verify", *words)
    expect("it is elsewhere", status["state"], "not active")


def deletions(cli):
    file = cli.target.folder / "offsets.json"
    file.write_text(json.dumps({"version": 1, "partitions": [
        {"topic": "orders", "partition": 0, "offset": 400},
        {"topic": "orders", "partition": 1, "offset": -1},
        {"topic": "orders", "partition": 9, "offset": 0}]}))
    results = cli.document("partitions", "records", "--delete", "--offset-json-file", file,
                           code=FAILED)
    expect("low watermarks", [r.get("low_watermark") for r in results], [400, 2, None])
    expect("what is left", cli.lines("records", "--offsets", "--topic", "orders", "--time",
                                     "earliest"), ["orders:0:400", "orders:1:2", "orders:2:0"])
    expect("the ends", cli.lines("records", "--offsets", "--topic", "orders"),
           ["orders:0:1000", "orders:1:2", "orders:2:0"])
    expect("the first record", cli.lines("consume", "--topic", "orders", "--from-beginning",
                                         "--partition", 0, "--max-messages", 1), ["400"])
    cli.run("topics", "--delete", "--topic", "orders,audit")
    expect("all are gone", cli.document("topics", "topics", "--list", "--exclude-internal"), [])
    cli.run("topics", "--delete", "--topic", "orders", code=FAILED)


def completion():
    """bash itself is asked what may follow."""
    script = 'source <("$0" completion bash); COMP_WORDS=(gregor topics --par); COMP_CWORD=2; ' \
             '_gregor; echo "${COMPREPLY[*]}"'
    found = processes.run(["bash", "-c", script, Gregor.program()]).decode()
    expect("bash completes", found, "--partitions\n")


def run(target):
    cli = Cli(target)
    for part in (topics, records, groups, resets, active_group, configs, replicas, deletions):
        part(cli)
    completion()
    cli.run("topics", "--list", "--create", code=USAGE)
    target.stop()
    cli.run("topics", "--list", code=FAILED)
    return Gregor.version(), f"{cli.calls} commands, with their output and exit codes"
