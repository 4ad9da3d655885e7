#!/usr/bin/env python3
# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""How long partitions are without a leader when a broker dies. Three brokers and a ZooKeeper server; a topic whose
partitions are all led by the broker that is about to die, which is the controller, or is not. kill -9, then:

    kill ──► ZooKeeper ends the session (detection: zookeeper.session.timeout.ms decides)
             ──► the last of the partitions has a new leader, which knows (election: what we answer for)

The end of the session is what a client of our own hears from ZooKeeper; all that comes later is in the brokers'
structured traces, by the clock of the one machine that everything runs on.

usage: failover.py [--partitions N] [--rounds N] [--out FILE]
"""

import argparse
import json
import os
import pathlib
import signal
import statistics
import sys
import time

BENCH = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(BENCH), str(BENCH.parent / 'interop')]

from harness import install, processes, trace  # noqa: E402
from harness.cluster import Cluster  # noqa: E402
from harness.target import Gregor  # noqa: E402
from wire.connection import Connection  # noqa: E402
from zookeeper_watch import ZooKeeperWatch  # noqa: E402

BROKERS, ZOOKEEPERS = 3, 1
ROLES = ('controller', 'leader')
ELECTION_MS_TARGET = 150
TAKEN = 'BecomeLeader'


def ports(cluster, kind):
    return {one['id']: one['port'] for one in json.loads((cluster.home / 'cluster.json').read_text())[kind]}


def create(cluster, topic, partitions, leader):
    others = [broker for broker in range(1, BROKERS + 1) if broker != leader]
    assignments = [{'PartitionIndex': p, 'BrokerIds': [leader, *(others if p % 2 else others[::-1])]}
                   for p in range(partitions)]
    connection = Connection(('127.0.0.1', ports(cluster, 'brokers')[leader]), timeout=120)
    answer = connection.call('CreateTopics', 5, {'Topics': [{
        'Name': topic, 'NumPartitions': -1, 'ReplicationFactor': -1, 'Assignments': assignments, 'Configs': []}],
        'timeoutMs': 60_000, 'validateOnly': False})
    connection.close()
    if answer['Topics'][0]['ErrorCode']:
        raise RuntimeError(f'cannot create {topic}: {answer}')
    processes.wait_until(lambda: len(cluster.partitions(topic)) == partitions, f'{topic} is there')
    cluster.wait_until_well(seconds=300)


def lines_since(cluster, sizes):
    """What the traces of these brokers say after so many bytes."""
    return [line for broker, size in sizes.items() for line in trace.read(cluster.traces()[broker], size)]


def last(lines, transition, topic=None):
    found = [line['wall_ms'] for line in lines
             if line['transition'] == transition and (topic is None or line.get('topic') == topic)]
    return max(found, default=None)


def kill(cluster, role, number, partitions):
    controller = cluster.status()['controller']
    victim = controller if role == 'controller' else controller % BROKERS + 1
    alive = [broker for broker in range(1, BROKERS + 1) if broker != victim]
    topic = f'{role}-{number}'
    create(cluster, topic, partitions, victim)
    watch = ZooKeeperWatch(ports(cluster, 'zookeepers')[1], f'/gregor/brokers/ids/{victim}')
    pid = cluster.members()[f'broker-{victim}']['pid']
    sizes = {broker: cluster.traces()[broker].stat().st_size for broker in alive}
    killed = time.time() * 1000
    os.kill(pid, signal.SIGKILL)
    detected = watch.wait_until_gone(60)
    watch.close()

    def taken():
        return {line['partition'] for line in lines_since(cluster, sizes)
                if line['transition'] == TAKEN and line.get('topic') == topic}
    processes.wait_until(lambda: len(taken()) == partitions, 'every partition has a new leader', pause=0.5)
    lines = lines_since(cluster, sizes)
    sample = {'role': role, 'partitions': partitions, 'detection_ms': round(detected - killed),
              'written_ms': round(last(lines, 'ElectLeader', topic) - detected),
              'election_ms': round(last(lines, TAKEN, topic) - detected)}
    if role == 'controller':
        sample['in_office_ms'] = round(last(lines, 'TakeOffice') - detected)
    cluster.run('start', victim)
    cluster.wait_until_well(seconds=300)
    cluster.ask('topics', '--delete', '--topic', topic)
    return sample


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--partitions', type=int, default=1000)
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--out', type=pathlib.Path, default=install.PROJECT / 'build/bench/failover.json')
    options = parser.parse_args()
    processes.clean_up_on_exit()
    samples = []
    settings = {'auto.leader.rebalance.enable': 'false', 'offsets.topic.num.partitions': '1'}
    with Cluster('bench', BROKERS, ZOOKEEPERS, settings, traced=True) as cluster:
        for number in range(options.rounds):
            for role in ROLES:
                samples.append(kill(cluster, role, number, options.partitions))
                print(json.dumps(samples[-1]), flush=True)
    medians = {}
    for role in ROLES:
        own = [sample for sample in samples if sample['role'] == role]
        medians[role] = {key: statistics.median(one[key] for one in own) for key in own[0] if key.endswith('_ms')}
    document = {'_command': 'bench failover', '_version': 1, 'gregor': Gregor.version(), 'brokers': BROKERS,
                'partitions': options.partitions, 'election_ms_target': ELECTION_MS_TARGET, 'medians': medians,
                'samples': samples}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(document, indent=1) + '\n')
    for role, one in medians.items():
        print(f'{role}: detection {one["detection_ms"]:.0f} ms, then election of {options.partitions} leaders '
              f'{one["election_ms"]:.0f} ms (median of {options.rounds}; {options.out})')


if __name__ == '__main__':
    main()
