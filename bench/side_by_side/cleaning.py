# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""K1: a topic is compacted; and a thousand segments go by retention while somebody else produces."""

import time

from side_by_side.brokers import load
from side_by_side.lifecycle import alone
from side_by_side.rows import Case
from wire.connection import Connection

MIB = 1 << 20
KEYS = 10_000
RECORD_BYTES = 1024
TOPIC_RESOURCE, SET = 2, 0
PATIENCE_SECONDS = 120
# Whoever looks half a minute after the start, and then every 15 s, for something to do would be measured by his pauses.
SETTINGS = {'log.initial.task.delay.ms': '500', 'log.cleaner.backoff.ms': '100', 'log.cleaner.min.cleanable.ratio': '0.01'}


def alter(broker, topic, **settings):
    connection = Connection(broker.address, PATIENCE_SECONDS)
    answer = connection.call('IncrementalAlterConfigs', 0, {'Resources': [{
        'ResourceType': TOPIC_RESOURCE, 'ResourceName': topic, 'Configs': [
            {'Name': name.replace('_', '.'), 'ConfigOperation': SET, 'Value': str(value)} for name, value in settings.items()]}]})
    connection.close()
    if answer['Responses'][0]['ErrorCode'] != 0:
        raise RuntimeError(f'IncrementalAlterConfigs: {answer}')


def log_bytes(broker, topic):
    total = 0
    for path in (broker.data / f'{topic}-0').glob('*.log'):
        try:
            total += path.stat().st_size
        except FileNotFoundError:  # renamed or removed between the two calls
            pass
    return total


def wait_until_below(broker, topic, size):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while log_bytes(broker, topic) > size:
        if time.monotonic() > deadline:
            raise RuntimeError(f'{topic} still has {log_bytes(broker, topic)} bytes, not {size}')
        time.sleep(0.01)


def fill(broker, topic, size, **options):
    records = size // RECORD_BYTES
    load('produce', broker, topic=topic, num_records=records, record_size=RECORD_BYTES, props=['acks=1', 'linger.ms=5'], **options)


def compaction_case(megabytes):
    def run(target, scale):
        size, segment = int(megabytes * scale * 1e6), 16 * MIB
        with alone(target, SETTINGS | {'log.segment.bytes': str(segment)}) as broker:
            load('create', broker, topic='latest', partitions=1)
            fill(broker, 'latest', size, keys=KEYS)
            begun, before = time.monotonic(), broker.fine_cpu_seconds()
            alter(broker, 'latest', cleanup_policy='compact')
            # The active segment stays as it is, and a record of each key.
            wait_until_below(broker, 'latest', segment + 2 * KEYS * RECORD_BYTES)
            wall, cpu = time.monotonic() - begun, broker.fine_cpu_seconds() - before
            return {'cpu_seconds_per_gigabyte': cpu / (size / 1e9), 'megabytes_per_second': size / 1e6 / wall}

    return Case('K1', f'{megabytes} MB with {KEYS} keys compacted', run, ('gregor', 'kafka'), warm=False)


def retention_case(segments, seconds):
    def run(target, scale):
        size = max(int(segments * scale), 10) * MIB
        with alone(target, SETTINGS | {'log.segment.bytes': str(MIB)}) as broker:
            for topic in ('old', 'busy'):
                load('create', broker, topic=topic, partitions=1)
            fill(broker, 'old', size)

            def p99():
                report = load('latency', broker, topic='busy', num_records=1000 * seconds, record_size=RECORD_BYTES,
                              throughput=1000, props=['acks=all'])
                return report['produce_us']['p99']

            p99()  # warms a virtual machine up
            quiet = p99()
            alter(broker, 'old', retention_bytes=1)
            while_deleting = p99()
            wait_until_below(broker, 'old', 2 * MIB)
            return {'p99_microseconds_quiet': quiet, 'p99_microseconds_while_deleting': while_deleting}

    return Case('K1', f'{segments} segments deleted while 1,000 records a second are produced', run, ('gregor', 'kafka'), warm=False)


CASES = [compaction_case(512), retention_case(1000, 5)]
