# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""R1: what three replicas of each record cost, over all brokers of a cluster on one machine, when all that are in sync
have to acknowledge. Gregor has a ZooKeeper server beside it, which has next to nothing to do; Kafka its own quorum."""

import subprocess

from harness import processes
from harness.cluster import Cluster
from harness.target import Gregor
from side_by_side.brokers import BROKER_CORE, COMMON, LOAD_CORE, PROGRAMS, MeasuredKafka, cpu_seconds, load
from side_by_side.rows import Case, fresh_topic

BROKERS = 3
REPLICATED = COMMON | {'min.insync.replicas': '2', 'offsets.topic.replication.factor': '3'}


class Gregors:
    """Three brokers, made by `gregor cluster up`."""
    name, traced = 'gregor', False

    def __enter__(self):
        Gregor.given = PROGRAMS / 'src/cli/gregor'
        self.cluster = Cluster('side-by-side', BROKERS, 1, REPLICATED, self.traced)
        self.cluster.up()
        self.bootstrap = self.cluster.bootstrap
        members = self.cluster.members()
        self.pids = [member['pid'] for name, member in members.items() if name.startswith('broker-')]
        for member in members.values():
            pin(BROKER_CORE if member['pid'] in self.pids else LOAD_CORE, member['pid'])
        return self

    def __exit__(self, *failure):
        self.cluster.__exit__(*failure)

    def cpu_seconds(self):
        return sum(cpu_seconds(pid) for pid in self.pids)


class TracedGregors(Gregors):
    name, traced = 'traced', True


class Kafkas:
    """Three brokers that are their own controllers."""
    name = 'kafka'

    def __enter__(self):
        self.brokers = []
        for number in range(1, BROKERS + 1):
            broker = MeasuredKafka(f'side-by-side-{number}', REPLICATED)
            broker.node_id, broker.controller_port = number, processes.free_port()
            self.brokers.append(broker)
        voters = ','.join(f'{one.node_id}@127.0.0.1:{one.controller_port}' for one in self.brokers)
        self.bootstrap = ','.join(one.bootstrap for one in self.brokers)
        for broker in self.brokers:
            broker.settings['controller.quorum.voters'] = voters
            broker.launch()
        for broker in self.brokers:
            broker.wait_until_serving()
        return self

    def __exit__(self, *failure):
        for broker in self.brokers:
            broker.__exit__(*failure)

    def cpu_seconds(self):
        return sum(broker.cpu_seconds() for broker in self.brokers)


CLUSTERS = {cluster.name: cluster for cluster in (Gregors, TracedGregors, Kafkas)}


def pin(core, pid):
    subprocess.run(['taskset', '-a', '-p', '-c', str(core), str(pid)], check=True, stdout=subprocess.DEVNULL)


def produce_case(size, gigabytes):
    def produce(cluster, records):
        topic = fresh_topic(cluster, partitions=BROKERS, replicas=BROKERS)
        before = cluster.cpu_seconds()
        report = load('produce', cluster, topic=topic, num_records=records, record_size=size, partitions=BROKERS,
                      props=['acks=all', 'enable.idempotence=true', 'linger.ms=5'])
        return cluster.cpu_seconds() - before, report['megabytes_per_second']

    def run(target, scale):
        records = max(int(gigabytes * scale * 1e9 / size), 1000)
        with CLUSTERS[target.name]() as cluster:
            produce(cluster, records)  # a Java virtual machine compiles what it has run often
            cpu, rate = produce(cluster, records)
            return {'cpu_seconds_per_gigabyte': cpu / (records * size / 1e9), 'megabytes_per_second': rate}

    return Case('R1', f'{size} B, three replicas, acks=all', run, ('gregor', 'kafka'), warm=False)


CASES = [produce_case(1024, 1.0), produce_case(16384, 1.0)]
