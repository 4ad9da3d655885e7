# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""The rows of the comparison under load: P1 produce, P2 one-record requests, C1 consume, L1 latency.

A case is (row, title, what it runs on a target -> measures). All measures are "lower is better" but those whose name
starts with "megabytes" or "records" or "requests"."""

from dataclasses import dataclass
from typing import Callable

from side_by_side.brokers import load


@dataclass
class Case:
    row: str
    title: str
    run: Callable  # (target, scale) -> {measure: number}
    targets: tuple = ('gregor', 'kafka', 'null')
    warm: bool = True  # measured on brokers that have done the same before


_serial = 0


def fresh_topic(target, partitions=1, replicas=1):
    global _serial
    _serial += 1
    topic = f'bench-{_serial}'
    if target.name != 'null':
        load('create', target, topic=topic, partitions=partitions, replicas=replicas)
    return topic


def drop_topic(target, topic):
    if target.name != 'null':
        load('delete', target, topic=topic)


def charged(target, work):
    """(report of the work, CPU seconds that the broker spent meanwhile)."""
    before = target.cpu_seconds()
    report = work()
    return report, target.cpu_seconds() - before


def produce_case(size, gigabytes, partitions=1, **properties):
    settings = {'acks': '1', 'linger.ms': '5', 'queue.buffering.max.kbytes': '262144',
                'queue.buffering.max.messages': '1000000'} | {k.replace('_', '.'): v for k, v in properties.items()}
    title = f'{size} B, ' + ', '.join(f'{k}={settings[k]}' for k in ('acks', *(
        k for k in ('compression.codec', 'enable.idempotence') if k in settings)))
    if partitions > 1:
        title += f', {partitions} partitions'

    def run(target, scale):
        records = max(int(gigabytes * scale * 1e9 / size), 1000)
        topic = fresh_topic(target, partitions)
        report, cpu = charged(target, lambda: load(
            'produce', target, topic=topic, num_records=records, record_size=size, partitions=partitions,
            props=[f'{k}={v}' for k, v in settings.items()]))
        drop_topic(target, topic)
        return {'cpu_seconds_per_gigabyte': cpu / (records * size / 1e9), 'cpu_microseconds_per_record': cpu / records * 1e6,
                'megabytes_per_second': report['megabytes_per_second'], 'records_per_second': report['records_per_second']}

    return Case('P1', title, run)


def request_case(connections, requests):
    def run(target, scale):
        count = max(int(requests * scale), 1000)
        topic = fresh_topic(target)
        report, cpu = charged(target, lambda: load('requests', target, topic=topic, num_records=count, record_size=100,
                                                   connections=connections, in_flight=8 if connections < 50 else 1))
        drop_topic(target, topic)
        return {'cpu_microseconds_per_request': cpu / count * 1e6, 'requests_per_second': report['requests_per_second']}

    return Case('P2', f'one record of 100 B a request, {connections} connections', run)


def consume_case(size, gigabytes):
    def run(target, scale):
        records = max(int(gigabytes * scale * 1e9 / size), 1000)
        topic = fresh_topic(target)
        load('produce', target, topic=topic, num_records=records, record_size=size, props=['acks=1', 'linger.ms=5'])
        report, cpu = charged(target, lambda: load('consume', target, topic=topic, num_records=records,
                                                   props=['fetch.message.max.bytes=1048576', 'queued.min.messages=1000000']))
        drop_topic(target, topic)
        return {'cpu_seconds_per_gigabyte': cpu / (records * size / 1e9),
                'megabytes_per_second': report['megabytes_per_second'], 'records_per_second': report['records_per_second']}

    return Case('C1', f'{size} B, hot', run, ('gregor', 'kafka'))


def latency_case(rate, seconds):
    def run(target, scale):
        topic = fresh_topic(target)
        report, cpu = charged(target, lambda: load('latency', target, topic=topic, num_records=max(int(rate * seconds * scale), 500),
                                                   record_size=1024, throughput=rate, props=['acks=all']))
        drop_topic(target, topic)
        return {f'{kind}_{p}_microseconds': report[f'{kind}_us'][p] for kind in ('produce', 'end_to_end')
                for p in ('p50', 'p99', 'p999')} | {'cpu_microseconds_per_record': cpu / report['records'] * 1e6}

    return Case('L1', f'1024 B, {rate}/s, acks=all', run, ('gregor', 'kafka'))


CASES = [
    produce_case(1024, 1.0),
    produce_case(100, 0.2),
    produce_case(16384, 1.0),
    produce_case(1024, 1.0, acks='0'),
    produce_case(1024, 1.0, acks='all', enable_idempotence='true'),
    produce_case(1024, 1.0, compression_codec='lz4'),
    produce_case(1024, 0.5, compression_codec='zstd'),
    produce_case(1024, 1.0, partitions=100),
    request_case(1, 100_000),
    request_case(20, 100_000),
    request_case(200, 50_000),
    consume_case(1024, 1.0),
    consume_case(100, 0.2),
    consume_case(16384, 1.0),
    latency_case(1000, 5),
    latency_case(10000, 3),
]
