# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""G1: a member joins a group of so many, and everybody has its share again; N1: what many partitions cost. Members are
connections of this process that answer at once, so that what is measured is the broker and a constant."""

import time

from side_by_side.brokers import load
from side_by_side.lifecycle import alone
from side_by_side.rows import Case
from wire.connection import Connection

# One rebalance for all that come at once.
SETTINGS = {'group.initial.rebalance.delay.ms': '500', 'offsets.topic.num.partitions': '1'}
SUBSCRIPTION = (b'\0\0' + b'\0\0\0\x01' + b'\0\x06shared' + b'\xff\xff\xff\xff').hex()


def on_all(connections, api, version, bodies):
    """Sends all requests, then reads all answers."""
    sent = [c.send(api, version, body) for c, body in zip(connections, bodies)]
    answers = [c.receive(api, version, one) for c, one in zip(connections, sent)]
    for answer in answers:
        if answer['ErrorCode'] not in (0, 27):
            raise RuntimeError(f'{api}: {answer}')
    return answers


def find_coordinator(broker, group):
    connection = Connection(broker.address)
    try:
        while True:
            answer = connection.call('FindCoordinator', 3, {'Key': group, 'KeyType': 0})
            if answer['ErrorCode'] == 0:
                return
            time.sleep(0.1)
    finally:
        connection.close()


class ClassicMembers:
    def __init__(self, broker, group):
        self.broker, self.group, self.connections, self.ids = broker, group, [], []

    def add(self, count):
        self.connections += [Connection(self.broker.address) for _ in range(count)]
        self.ids += [''] * count

    def settle(self):
        """Everybody joins, the leader gives each its name, everybody hears of it."""
        joined = on_all(self.connections, 'JoinGroup', 3, [{
            'GroupId': self.group, 'SessionTimeoutMs': 30000, 'RebalanceTimeoutMs': 30000, 'MemberId': one,
            'ProtocolType': 'consumer', 'Protocols': [{'Name': 'range', 'Metadata': SUBSCRIPTION}]} for one in self.ids])
        self.ids = [answer['MemberId'] for answer in joined]
        synced = on_all(self.connections, 'SyncGroup', 2, [{
            'GroupId': self.group, 'GenerationId': answer['GenerationId'], 'MemberId': answer['MemberId'],
            'Assignments': [{'MemberId': m['MemberId'], 'Assignment': m['MemberId'].encode().hex()}
                            for m in answer['Members']]} for answer in joined])
        if any(answer['ErrorCode'] != 0 for answer in joined + synced):
            raise RuntimeError('the group did not settle')


class ConsumerMembers:
    def __init__(self, broker, group):
        self.broker, self.group, self.connections, self.state = broker, group, [], []

    def add(self, count):
        self.connections += [Connection(self.broker.address) for _ in range(count)]
        self.state += [{'MemberId': f'm{len(self.state) + at}', 'MemberEpoch': 0, 'TopicPartitions': []}
                       for at in range(count)]

    def settle(self):
        """Everybody heartbeats, and does at once what it is told, until all are in the same epoch and nothing moves."""
        while True:
            told = on_all(self.connections, 'ConsumerGroupHeartbeat', 0, [{
                'GroupId': self.group, **one, **({'RebalanceTimeoutMs': 30000, 'SubscribedTopicNames': ['shared']}
                                                if one['MemberEpoch'] == 0 else {})} for one in self.state])
            moved = False
            for one, answer in zip(self.state, told):
                moved |= answer['Assignment'] is not None
                one['MemberEpoch'] = answer['MemberEpoch']
                if answer['Assignment'] is not None:
                    one['TopicPartitions'] = answer['Assignment']['TopicPartitions']
            if not moved and len({one['MemberEpoch'] for one in self.state}) == 1:
                return


def rebalance_case(title, members_of, count):
    def run(target, scale):
        with alone(target, SETTINGS) as broker:
            load('create', broker, topic='shared', partitions=2 * count)
            find_coordinator(broker, 'g')
            members = members_of(broker, 'g')
            members.add(count)
            members.settle()
            wall, cpu, rounds = 0.0, 0.0, 5
            for _ in range(rounds):  # the first ones warm a virtual machine up, for both alike
                members.add(1)
                begun, before = time.monotonic(), broker.fine_cpu_seconds()
                members.settle()
                wall, cpu = time.monotonic() - begun, broker.fine_cpu_seconds() - before
            for connection in members.connections:
                connection.close()
            return {'cpu_milliseconds': cpu * 1e3, 'wall_milliseconds': wall * 1e3}

    return Case('G1', f'{title}: one more than {count} members', run, ('gregor', 'kafka'), warm=False)


def partitions_case(partitions):
    def run(target, scale):
        count = max(int(partitions * scale), 1)
        with alone(target) as broker:
            idle, begun, before = broker.resident_bytes(), time.monotonic(), broker.fine_cpu_seconds()
            load('create', broker, topic='many', partitions=count)
            measures = {'cpu_seconds_to_create': broker.fine_cpu_seconds() - before,
                        'wall_seconds_to_create': time.monotonic() - begun,
                        'megabytes_more': (broker.resident_bytes() - idle) / 1e6}
            before = broker.fine_cpu_seconds()
            time.sleep(2)
            measures['idle_cpu_milliseconds_per_second'] = (broker.fine_cpu_seconds() - before) / 2 * 1e3
            before = broker.fine_cpu_seconds()
            records = 100_000
            load('produce', broker, topic='many', partitions=count, num_records=records, record_size=1024,
                 props=['acks=1', 'linger.ms=5'])
            measures['cpu_microseconds_per_record'] = (broker.fine_cpu_seconds() - before) / records * 1e6
            return measures

    return Case('N1', f'{partitions} partitions', run, ('gregor', 'kafka'), warm=False)


CASES = [rebalance_case(title, kind, count) for title, kind in (('classic', ClassicMembers), ('consumer', ConsumerMembers))
         for count in (1, 10, 100)] + [partitions_case(count) for count in (1, 10, 100, 1000, 10_000)]
