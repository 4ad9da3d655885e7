# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Apache Kafka's own command line tools against a broker: what each prints is compared with what it was
told to do, and its ClientCompatibilityTest, of this and of an earlier release, is run as it is."""

import json
import re
import subprocess

from harness import install, processes
from harness.report import Failed

TOOLS = "org.apache.kafka.tools"
EARLIER_RELEASE = "3.9.0"
LINES = 300
VERIFIABLE_RECORDS = 1000
DESCRIBED = re.compile(r"Partition: (\d+)\s+Leader: (\d+)\s+Replicas: ([\d,]+)\s+Isr: ([\d,]+)")


class Tools:
    def __init__(self, target):
        self.target, self.calls = target, 0

    def run(self, main, *words, given=b"", jars=None, bootstrap="--bootstrap-server"):
        """Standard output of a tool that must succeed."""
        command = ["java", "-Xmx256m", "-XX:+UseSerialGC", "-cp", jars or install.jars(), main,
                   bootstrap, self.target.bootstrap, *words]
        child = processes.start(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)
        try:
            out, errors = child.communicate(given, timeout=180)
        finally:
            processes.kill(child)
        self.calls += 1
        if child.returncode != 0:
            raise Failed(f"{main} {' '.join(map(str, words))} ended with {child.returncode}:\n"
                         f"{out.decode()[-1500:]}\n{errors.decode()[-1500:]}")
        return out.decode()

    def lines(self, main, *words, **how):
        return [line for line in self.run(main, *words, **how).splitlines() if line.strip()]


def expect(what, got, wanted):
    if got != wanted:
        raise Failed(f"{what}: expected {repr(wanted)[:800]}, got {repr(got)[:800]}")


def topics(tools):
    command = f"{TOOLS}.TopicCommand"
    expect("created", tools.lines(command, "--create", "--topic", "orders", "--partitions", 2,
                                  "--replication-factor", tools.target.replicas, "--config",
                                  "segment.bytes=1048576"),
           ["Created topic orders."])
    tools.run(command, "--alter", "--topic", "orders", "--partitions", 3)
    expect("listed", tools.lines(command, "--list"), ["orders"])
    head, *partitions = tools.lines(command, "--describe", "--topic", "orders")
    # A setting of the whole cluster is shown beside those of the topic.
    expect("described", re.findall(r"PartitionCount: (\d+)\s+ReplicationFactor: (\d+)\s+Configs:"
                                   r" (?:min.insync.replicas=\d,)?(\S+)", head),
           [("3", str(tools.target.replicas), "segment.bytes=1048576")])
    found = [DESCRIBED.search(line).groups() for line in partitions]
    expect("partitions", [number for number, *_ in found], ["0", "1", "2"])
    for number, leader, replicas, in_sync in found:
        expect(f"the leader of {number}", leader, replicas.split(",")[0])
        for brokers in (replicas, in_sync):
            expect(f"brokers of {number}", sorted(map(int, brokers.split(","))), tools.target.brokers)


def records(tools):
    given = "".join(f"key {n % 7}\tvalue {n}\n" for n in range(LINES))
    tools.run(f"{TOOLS}.ConsoleProducer", "--topic", "orders", "--property", "parse.key=true",
              "--compression-codec=zstd", given=given.encode())
    read = tools.lines(f"{TOOLS}.consumer.ConsoleConsumer", "--topic", "orders", "--group", "billing",
                       "--from-beginning", "--max-messages", LINES, "--property", "print.key=true",
                       "--property", "print.partition=true", "--property", "print.offset=true")
    found = [re.fullmatch(r"Partition:(\d)\tOffset:(\d+)\t(key \d)\t(value \d+)", line).groups()
             for line in read]
    expect("every record once", sorted(f"{key}\t{value}\n" for _, _, key, value in found),
           sorted(given.splitlines(keepends=True)))
    ends = {}
    for partition, offset, key, value in found:
        expect(f"the offset of {value}", int(offset), ends.get(partition, 0))
        ends[partition] = int(offset) + 1
    return {int(partition): end for partition, end in ends.items()}


def group_offsets(tools, group):
    """{partition: (committed, end, lag)} as the tool prints it."""
    lines = tools.lines(f"{TOOLS}.consumer.group.ConsumerGroupCommand", "--describe", "--group", group)
    rows = [line.split() for line in lines if line.startswith(group)]
    return {int(row[2]): tuple(int(number) for number in row[3:6]) for row in rows}


def groups(tools, ends):
    command = f"{TOOLS}.consumer.group.ConsumerGroupCommand"
    expect("listed", tools.lines(command, "--list"), ["billing"])
    expect("described", group_offsets(tools, "billing"), {p: (end, end, 0) for p, end in ends.items()})
    states = tools.lines(command, "--describe", "--group", "billing", "--state")
    if not any("Empty" in line for line in states):
        raise Failed(f"the state is {states}")
    busiest = max(ends, key=ends.get)
    tools.run(command, "--reset-offsets", "--group", "billing", "--topic", f"orders:{busiest}",
              "--shift-by", "-10", "--execute")
    expect("shifted", group_offsets(tools, "billing")[busiest],
           (ends[busiest] - 10, ends[busiest], 10))
    tools.run(command, "--reset-offsets", "--group", "billing", "--topic", "orders", "--to-earliest",
              "--execute")
    tools.run(command, "--delete-offsets", "--group", "billing", "--topic", f"orders:{busiest}")
    expect("forgotten", {p: row[0] for p, row in group_offsets(tools, "billing").items()},
           {p: 0 for p in range(3) if p != busiest})
    tools.run(command, "--delete", "--group", "billing")
    expect("deleted", tools.lines(command, "--list"), [])


def configs(tools):
    tools.run("kafka.admin.ConfigCommand", "--alter", "--entity-type", "topics", "--entity-name",
              "orders", "--add-config", "retention.ms=3600000,cleanup.policy=[compact,delete]",
              "--delete-config", "segment.bytes")
    lines = tools.lines("kafka.admin.ConfigCommand", "--describe", "--entity-type", "topics",
                        "--entity-name", "orders")
    expect("described", sorted(line.split()[0] for line in lines if "sensitive=" in line),
           ["cleanup.policy=compact,delete", "retention.ms=3600000"])
    every = tools.lines("kafka.admin.ConfigCommand", "--describe", "--all", "--entity-type", "brokers",
                        "--entity-name", tools.target.brokers[0])
    if len(every) < 150:
        raise Failed(f"a broker has {len(every)} settings")


def users(tools):
    """A user's quota and its credentials, which lie in one place."""
    command = "kafka.admin.ConfigCommand"
    user = ("--entity-type", "users", "--entity-name", "ann/b c")
    tools.run(command, "--alter", *user, "--add-config", "producer_byte_rate=1024")
    tools.run(command, "--alter", *user, "--add-config", "SCRAM-SHA-256=[iterations=8192,password=pencil]")
    expect("kept", sorted(line.split(" are ")[1] for line in tools.lines(command, "--describe", *user)),
           ["SCRAM-SHA-256=iterations=8192", "producer_byte_rate=1024.0"])
    tools.run(command, "--alter", *user, "--delete-config", "SCRAM-SHA-256")
    expect("the quota stays", [line.split(" are ")[1] for line in
                               tools.lines(command, "--describe", *user)], ["producer_byte_rate=1024.0"])
    tools.run(command, "--alter", *user, "--delete-config", "producer_byte_rate")
    expect("nothing is left", tools.lines(command, "--describe", *user), [])


def log_dirs(tools, ends):
    text = tools.lines(f"{TOOLS}.LogDirsCommand", "--describe", "--topic-list", "orders")[-1]
    told = {one["broker"]: one["logDirs"] for one in json.loads(text)["brokers"]}
    expect("those who tell", sorted(told), tools.target.brokers)
    for broker, (folder,) in told.items():
        expect("without an error", folder["error"], None)
        sizes = {one["partition"]: one["size"] for one in folder["partitions"]}
        for name in (f"orders-{partition}" for partition in range(3)):
            path = tools.target.folders(name)[broker]
            wanted = sum(file.stat().st_size for file in path.glob("*.log"))
            expect(f"the size of {name} on broker {broker}", sizes[name], wanted)


def deleted_records(tools, ends):
    busiest = max(ends, key=ends.get)
    file = tools.target.folder / "offsets.json"
    file.write_text(json.dumps({"version": 1, "partitions": [
        {"topic": "orders", "partition": busiest, "offset": 5}]}))
    out = tools.run(f"{TOOLS}.DeleteRecordsCommand", "--offset-json-file", file)
    if not re.search(rf"partition: orders-{busiest}\s+low_watermark: 5\b", out):
        raise Failed(f"DeleteRecordsCommand printed {out}")
    for time, wanted in (("earliest", {busiest: 5}), ("latest", ends)):
        lines = tools.lines(f"{TOOLS}.GetOffsetShell", "--topic", "orders", "--time", time)
        expect(f"the {time} offsets", lines, [f"orders:{p}:{wanted.get(p, 0)}" for p in range(3)])


def events(lines, name):
    found = [json.loads(line) for line in lines if line.startswith("{")]
    return [event for event in found if event["name"] == name]


def verifiable(tools):
    tools.run(f"{TOOLS}.TopicCommand", "--create", "--topic", "verified", "--partitions", 2)
    wanted = [str(n) for n in range(VERIFIABLE_RECORDS)]
    lines = tools.lines(f"{TOOLS}.VerifiableProducer", "--topic", "verified", "--max-messages",
                        VERIFIABLE_RECORDS, "--acks", -1)
    sent = events(lines, "producer_send_success")
    expect("acknowledged", sorted((event["value"] for event in sent), key=int), wanted)
    lines = tools.lines(f"{TOOLS}.VerifiableConsumer", "--topic", "verified", "--group-id", "verifiers",
                        "--max-messages", VERIFIABLE_RECORDS, "--reset-policy", "earliest", "--verbose")
    read = events(lines, "record_data")
    expect("read", sorted(((e["partition"], e["offset"], e["value"]) for e in read)),
           sorted(((e["partition"], e["offset"], e["value"]) for e in sent)))
    if not all(event["success"] for event in events(lines, "offsets_committed")):
        raise Failed("VerifiableConsumer could not commit")


def compatibility(tools):
    """Whether every feature is there that it is told of, and none that it is told is not."""
    for jars, topic in ((install.jars(), "compatible"),
                        (install.client_jars(EARLIER_RELEASE, "kafka-tools"), "compatible-before")):
        tools.run(f"{TOOLS}.ClientCompatibilityTest", "--topic", topic, "--num-cluster-nodes",
                  len(tools.target.brokers),
                  "--cluster-id-supported", "true", "--offsets-for-times-supported", "true",
                  "--expect-record-too-large-exception", "false", "--create-topics-supported", "true",
                  "--describe-configs-supported", "true", "--describe-acls-supported",
                  "true", "--idempotent-producer-supported", "true",
                  jars=jars)
        # Each run makes it, and wants it not to be there.
        tools.run(f"{TOOLS}.TopicCommand", "--delete", "--topic", "newtopic")
    served = tools.lines(f"{TOOLS}.BrokerApiVersionsCommand")
    if not any("Produce(0)" in line for line in served):
        raise Failed(f"BrokerApiVersionsCommand printed {served[:5]}")


def run(target):
    install.jars()
    tools = Tools(target)
    topics(tools)
    ends = records(tools)
    groups(tools, ends)
    configs(tools)
    users(tools)
    log_dirs(tools, ends)
    deleted_records(tools, ends)
    verifiable(tools)
    compatibility(tools)
    return "Apache Kafka 4.1.0, 3.9.0", f"{tools.calls} commands, with their output"
