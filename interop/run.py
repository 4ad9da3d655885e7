#!/usr/bin/env python3
# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Clients of other projects against a real broker: Gregor, or Apache Kafka to check the suite itself.

Without names everything runs: for each client the round trip of real input and the outages while it
writes, Kafka's own tools on the files, the conversations compared with Apache Kafka's answers, and
what no client would send. Exit code 0: every case that could run passed; 1: one failed, or none could
run; 2: wrong usage."""

import argparse
import random
import sys

from cases import cli, cluster, cluster_failover, cluster_racks, cluster_tools, compaction, conversations, \
    exchange, files, golden_frames, groups, groups848, hostile, kafka_commands, kafka_tools, members, outage, \
    rolling_restart, round_trip, wire, zookeeper
from clients.clients import all_clients
from harness import processes
from harness.cluster_target import ClusterTarget
from harness.corpus import Corpus
from harness.report import Report
from harness.target import TARGETS

SUBJECTS = ("cli", "groups", "groups848", "commands", "tools", "files", "exchange", "compaction", "oracle",
            "hostile", "wire", "zookeeper", "cluster", "failover", "cluster-tools", "cluster-commands",
            "rolling-restart", "racks")
QUICK_CLIENTS = ("kcat", "librdkafka", "kafka-python")
QUICK_SUBJECTS = ("cli", "files", "oracle", "hostile")
BYTES, QUICK_BYTES, CLUSTER_BYTES = 512 << 20, 8 << 20, 12 << 20
OUTAGE_BYTES = 24 << 20
MEMBERS_BYTES = 2 << 20
TOOLS_BYTES = 24 << 20


def arguments(clients):
    parser = argparse.ArgumentParser(prog="interop", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="client",
                        help=f"only these of: {', '.join((*clients, *SUBJECTS))}")
    parser.add_argument("--target", choices=TARGETS, default="gregor")
    parser.add_argument("--cluster", action="store_true",
                        help="against three brokers and three ZooKeeper servers: topics have three replicas, "
                        "and who is stopped or killed is a leader, or a coordinator")
    parser.add_argument("--program", help="a gregor to use in place of the release build")
    parser.add_argument("--bytes", type=int, help="how much real input each client writes")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--quick", action="store_true",
                        help="a minute: few clients, little input, no Java")
    parser.add_argument("--json", action="store_true",
                        help="the verdicts as one JSON document; all else on standard error")
    parser.add_argument("--record", action="store_true",
                        help="refresh the recorded answers of Apache Kafka, and do nothing else")
    parser.add_argument("--conversation", action="append", default=[], metavar="NAME",
                        help="only these conversations of the oracle")
    options = parser.parse_args()
    known = (*clients, *SUBJECTS)
    strangers = set(options.names) - set(known)
    if strangers:
        parser.error(f"unknown client {', '.join(sorted(strangers))}; known: {', '.join(known)}")
    options.bytes = options.bytes or (
        QUICK_BYTES if options.quick else CLUSTER_BYTES if options.cluster else BYTES)
    if options.cluster and options.target != "gregor":
        parser.error("--cluster is for Gregor")
    if not options.names:
        options.names = [*QUICK_CLIENTS, *QUICK_SUBJECTS] if options.quick else list(known)
        # What it finds in Apache Kafka is known and told; there it runs when it is named.
        if options.target != "gregor" and "wire" in options.names:
            options.names.remove("wire")
    return options


def on_fresh_target(target, name, work):
    with target(name) as running:
        return work(running)


def run_clients(report, target, options, clients):
    corpus, small = Corpus(options.bytes), Corpus(min(options.bytes, OUTAGE_BYTES))
    few = Corpus(min(options.bytes, MEMBERS_BYTES))
    report.say(f"real input: {corpus}")
    for name in options.names:
        client = clients.get(name)
        if not client:
            continue
        report.case(name, "real input there and back, over a stop and a kill",
                    lambda c=client: on_fresh_target(target, c.name, lambda t: round_trip.run(
                        t, c, clients, corpus, options.seed)))
        if client.idempotent:
            report.case(name, "idempotent writing through a stop and two kills",
                        lambda c=client: on_fresh_target(target, c.name, lambda t: outage.run(
                            t, c, clients, small, options.seed)))
        if client.feed == "records":
            report.case(name, "members of a group, one after the other",
                        lambda c=client: on_fresh_target(target, c.name, lambda t: members.run(
                            t, c, few, options.seed)))


# Why a subject has nothing to say about Apache Kafka.
NOT_KAFKA = {
    "exchange": "opens Gregor's folder with Apache Kafka, and the reverse",
    "compaction": "opens what Gregor has compacted with Apache Kafka, and the reverse",
    "zookeeper": "is about Gregor's own client of ZooKeeper; Apache Kafka 4 has none",
    "cluster": "is about `gregor cluster`",
    "failover": "needs brokers and ZooKeeper servers; Apache Kafka 4 works without",
    "cluster-tools": "needs `gregor cluster`",
    "cluster-commands": "needs `gregor cluster`",
    "rolling-restart": "needs `gregor cluster`",
    "racks": "needs `gregor cluster`",
    "hostile": "how Apache Kafka takes it is Apache Kafka's business",
}
# Why a subject has nothing to say about a cluster of three.
NOT_CLUSTER = {
    "files": "what one broker of Apache Kafka has left is expected; where a follower's segments and index "
             "entries begin depends on how it fetched",
    "exchange": "one broker opens the folder of another one; its topics have one replica",
    "oracle": "conversations with one broker of Apache Kafka are expected, with its ids and its partitions",
    "zookeeper": "a client and a ZooKeeper server, without a broker",
}


def run_subjects(report, target, options, clients):
    """In this order, one after the other."""
    def on_target(work, settings=None):
        return lambda name: on_fresh_target(lambda n: target(n, settings), name, work)

    subjects = [
        ("cli", "every command of gregor's own command line", on_target(cli.run)),
        ("groups", "members commit while the broker is killed", on_target(lambda t: groups.run(t, clients))),
        ("groups848", "members of the consumer protocol, alone and beside classic ones",
         on_target(lambda t: groups848.run(t, clients), groups848.SETTINGS)),
        ("commands", "Kafka's tools for topics, records, groups, configs, folders", on_target(kafka_commands.run)),
        ("tools", "DumpLogSegments on segments, indexes, snapshots",
         on_target(lambda t: kafka_tools.run(t, clients, Corpus(TOOLS_BYTES), options.seed))),
        ("files", "what is left on disk, byte for byte", on_target(files.check)),
        ("exchange", "Gregor opens what Kafka wrote, and the reverse",
         lambda _: exchange.run(clients, Corpus(TOOLS_BYTES), options.seed)),
        ("compaction", "each replica's own compaction, read from each as the leader, dumped by Kafka",
         on_target(lambda t: compaction.run_on_cluster(t, options.seed), compaction.SETTINGS))
        if options.cluster else
        ("compaction", "what Gregor has compacted Kafka dumps and opens, and the reverse",
         lambda _: compaction.run(options.seed)),
        ("oracle", "its codec on frames of real clients and brokers", lambda _: golden_frames.run()),
        ("oracle", "conversations compared field by field",
         lambda _: conversations.check(target, target.kind, target.version(), options.conversation)),
        ("zookeeper", "the coordination client, and a server that is killed", lambda _: zookeeper.run()),
        ("cluster", "up, status, kill, start and down of three brokers", lambda _: cluster.run(3, 3))
        if options.cluster else
        ("cluster", "up, status, kill, start and down of one broker", lambda _: cluster.run()),
        ("failover", "leader, controller, ZooKeeper, and all at once, killed while three clients write",
         lambda _: cluster_failover.run(clients, options.seed)),
        ("cluster-tools", "Kafka's tools for work on a cluster, while Java and kcat write",
         lambda _: cluster_tools.run(clients, options.seed, "kafka")),
        ("cluster-commands", "gregor's own commands for work on a cluster, while Java and kcat write",
         lambda _: cluster_tools.run(clients, options.seed, "gregor")),
        ("rolling-restart", "brokers stopped one after the other, while clients write and read",
         lambda _: rolling_restart.run(clients, options.seed)),
        ("racks", "consumers read from the broker in their rack", lambda _: cluster_racks.run()),
        ("hostile", "what no client would send", on_target(lambda t: hostile.run(t, options.seed, options.quick))),
        ("wire", "valid, almost valid and hostile requests from a seed",
         on_target(lambda t: wire.run(t, options.seed, options.quick))),
    ]
    for name, exercised, work in subjects:
        if name not in options.names:
            continue
        reasons = NOT_CLUSTER if options.cluster else NOT_KAFKA if options.target != "gregor" else {}
        if name in reasons:
            report.skip(name, exercised, reasons[name])
        else:
            report.case(name, exercised, lambda n=name, w=work: w(n))


def record(report, options):
    kafka = TARGETS["kafka"]
    if options.names == ["files"] or not options.conversation:
        report.case("files", "record what Apache Kafka leaves on disk",
                    lambda: on_fresh_target(kafka, "files", files.record))
    if options.names != ["files"]:
        report.case("oracle", "record the answers of Apache Kafka",
                    lambda: conversations.record(kafka, options.conversation))


def main():
    clients = all_clients()
    options = arguments(clients)
    processes.clean_up_on_exit()
    report = Report(options.json)
    report.say(f"target {options.target}, repeat with --seed {options.seed}")
    if options.record:
        record(report, options)
    else:
        TARGETS["gregor"].given = options.program
        target = ClusterTarget if options.cluster else TARGETS[options.target]
        # In a quick run nobody reads with what would have to be installed first, unless it was asked for.
        readers = {name: client for name, client in clients.items()
                   if not options.quick or name in (*QUICK_CLIENTS, *options.names)}
        if set(options.names) & set(readers):
            run_clients(report, target, options, readers)
        run_subjects(report, target, options, clients)
    report.print({"target": options.target, "seed": options.seed})
    return report.exit_code()


if __name__ == "__main__":
    sys.exit(main())
