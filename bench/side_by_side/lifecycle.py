# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""The rows that start and kill brokers: S1 start, S2 recovery, and memory."""

import contextlib
import socket
import time

from side_by_side.brokers import BROKERS, load
from side_by_side.rows import Case


@contextlib.contextmanager
def alone(target, settings=None):
    """A broker of the same kind with a fresh folder, beside the one that serves the other rows."""
    with BROKERS[target.name](f'lifecycle-{target.name}', settings) as broker:
        yield broker


def start_case():
    def run(target, scale):
        with alone(target) as broker:  # the first start formats the folder and is not counted
            broker.stop()
            begun = time.monotonic()
            broker.start()
            return {'wall_seconds': time.monotonic() - begun, 'cpu_seconds': broker.fine_cpu_seconds(),
                    'resident_megabytes': broker.resident_bytes() / 1e6, 'threads': broker.threads()}

    return Case('S1', 'start to the first Metadata answer', run, ('gregor', 'kafka'), warm=False)


def recovery_case(gigabytes):
    def run(target, scale):
        size, total = 16384, gigabytes * scale
        with alone(target) as broker:
            load('create', broker, topic='recovery', partitions=8)
            load('produce', broker, topic='recovery', partitions=8, num_records=int(total * 1e9 / size), record_size=size,
                 props=['acks=1', 'linger.ms=5'])
            start_alone = measure_start(broker, 'stop')
            load('produce', broker, topic='recovery', partitions=8, num_records=int(total * 1e9 / size), record_size=size,
                 props=['acks=1', 'linger.ms=5'])
            after_kill = measure_start(broker, 'kill')
            return {'cpu_seconds_per_gigabyte': max(after_kill['cpu'] - start_alone['cpu'], 0) / total,
                    'wall_seconds_after_kill': after_kill['wall'], 'wall_seconds_after_clean_stop': start_alone['wall']}

    return Case('S2', f'restart after kill -9, {gigabytes} GB since the clean stop', run, ('gregor', 'kafka'), warm=False)


def measure_start(broker, how):
    begun = time.monotonic()
    broker.restart(how)
    load('offsets', broker, topic='recovery', partitions=8)  # every partition serves again
    return {'wall': time.monotonic() - begun, 'cpu': broker.fine_cpu_seconds()}


def memory_case(partitions, connections):
    def run(target, scale):
        with alone(target) as broker:
            idle, files = broker.resident_bytes(), broker.files()
            count = max(int(partitions * scale), 10)
            load('create', broker, topic='many', partitions=count)
            with_partitions = broker.resident_bytes()
            many = [socket.create_connection(broker.address) for _ in range(connections)]
            settle(broker, files + connections)
            with_connections = broker.resident_bytes()
            for one in many:
                one.close()
            return {'idle_megabytes': idle / 1e6,
                    'kilobytes_per_partition': max(with_partitions - idle, 0) / count / 1e3,
                    'kilobytes_per_connection': max(with_connections - with_partitions, 0) / connections / 1e3}

    return Case('M', f'{partitions} partitions, {connections} idle connections', run, ('gregor', 'kafka'), warm=False)


def settle(broker, files):
    """Until the broker has accepted all connections."""
    deadline = time.monotonic() + 30
    while broker.files() < files and time.monotonic() < deadline:
        time.sleep(0.01)


CASES = [start_case(), recovery_case(1.0), memory_case(1000, 1000)]
