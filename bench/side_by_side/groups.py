# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""G1: a member joins a group of so many, and everybody has its share again; G2: so many groups are listed; N1: what many
partitions cost. Members are connections of this process that answer at once, so that what is measured is the broker and a
constant."""

import time

from side_by_side.brokers import load
from side_by_side.lifecycle import alone
from side_by_side.rows import Case
from wire.connection import Connection

# One rebalance for all that come at once.
SETTINGS = {'group.initial.rebalance.delay.ms': '500', 'offsets.topic.num.partitions': '1'}
SUBSCRIPTION = b'\0\0' + b'\0\0\0\x01' + b'\0\x06shared' + b'\xff\xff\xff\xff'


REBALANCE_IN_PROGRESS = 27
PATIENCE_SECONDS = 120  # with a virtual machine that has just started


def send_all(connections, api, version, bodies):
    return [(c, api, version, c.send(api, version, body)) for c, body in zip(connections, bodies)]


def receive_all(sent):
    answers = [c.receive(api, version, one) for c, api, version, one in sent]
    for answer, (_, api, *_) in zip(answers, sent):
        if answer['ErrorCode'] != 0:
            raise RuntimeError(f'{api}: {answer}')
    return answers


def await_coordinator(broker, group):
    """Until it is found and has loaded its groups."""
    connection = Connection(broker.address, PATIENCE_SECONDS)
    try:
        while (connection.call('FindCoordinator', 3, {'Key': group, 'KeyType': 0})['ErrorCode'] != 0 or
               connection.call('DescribeGroups', 0, {'Groups': [group]})['Groups'][0]['ErrorCode'] != 0):
            time.sleep(0.1)
    finally:
        connection.close()


class ClassicMembers:
    def __init__(self, broker, group):
        self.broker, self.group, self.connections, self.ids, self.generation = broker, group, [], [], 0

    def add(self, count):
        self.connections += [Connection(self.broker.address, PATIENCE_SECONDS) for _ in range(count)]
        self.ids += [''] * count

    def settle(self):
        """The new ones join, the others hear of it and join again, the leader gives each its name, everybody hears of it."""
        old = sum(1 for one in self.ids if one)
        sent = self.join(slice(old, None))
        if old:
            while self.heartbeat(0) != REBALANCE_IN_PROGRESS:
                pass
            sent = self.join(slice(0, old)) + sent
        joined = receive_all(sent)
        self.ids = [answer['MemberId'] for answer in joined]
        self.generation, = {answer['GenerationId'] for answer in joined}
        receive_all(send_all(self.connections, 'SyncGroup', 2, [{
            'GroupId': self.group, 'GenerationId': self.generation, 'MemberId': answer['MemberId'],
            'Assignments': [{'MemberId': m['MemberId'], 'Assignment': m['MemberId'].encode()}
                            for m in answer['Members']]} for answer in joined]))

    def join(self, which):
        return send_all(self.connections[which], 'JoinGroup', 3, [{
            'GroupId': self.group, 'SessionTimeoutMs': PATIENCE_SECONDS * 1000, 'RebalanceTimeoutMs': PATIENCE_SECONDS * 1000, 'MemberId': one,
            'ProtocolType': 'consumer', 'Protocols': [{'Name': 'range', 'Metadata': SUBSCRIPTION}]}
            for one in self.ids[which]])

    def heartbeat(self, member):
        return self.connections[member].call('Heartbeat', 2, {
            'GroupId': self.group, 'GenerationId': self.generation, 'MemberId': self.ids[member]})['ErrorCode']


class ConsumerMembers:
    def __init__(self, broker, group):
        self.broker, self.group, self.connections, self.state = broker, group, [], []

    def add(self, count):
        self.connections += [Connection(self.broker.address, PATIENCE_SECONDS) for _ in range(count)]
        self.state += [{'MemberId': f'm{len(self.state) + at}', 'MemberEpoch': 0, 'TopicPartitions': []}
                       for at in range(count)]

    def settle(self):
        """Everybody heartbeats, and does at once what it is told, until all are in the same epoch and nothing moves."""
        while True:
            told = receive_all(send_all(self.connections, 'ConsumerGroupHeartbeat', 0, [{
                'GroupId': self.group, **one, **({'RebalanceTimeoutMs': PATIENCE_SECONDS * 1000, 'SubscribedTopicNames': ['shared']}
                                                if one['MemberEpoch'] == 0 else {})} for one in self.state]))
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
            await_coordinator(broker, 'g')
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


def commit_for_each(connection, groups, at_once=100):
    """Makes them: each has committed an offset, and has no members."""
    for begin in range(0, groups, at_once):
        several = range(begin, min(begin + at_once, groups))
        sent = [connection.send('OffsetCommit', 7, {
            'GroupId': f'group-{number}', 'GenerationIdOrMemberEpoch': -1, 'MemberId': '', 'Topics': [{
                'Name': 'shared', 'Partitions': [{'PartitionIndex': 0, 'CommittedOffset': number}]}]}) for number in several]
        for one in sent:
            answer = connection.receive('OffsetCommit', 7, one)
            if answer['Topics'][0]['Partitions'][0]['ErrorCode'] != 0:
                raise RuntimeError(f'OffsetCommit: {answer}')


def listing_case(groups):
    def run(target, scale):
        count, rounds = max(int(groups * scale), 1), 20
        with alone(target, SETTINGS) as broker:
            load('create', broker, topic='shared', partitions=1)
            await_coordinator(broker, 'group-0')
            connection = Connection(broker.address, PATIENCE_SECONDS)
            before = broker.fine_cpu_seconds()
            commit_for_each(connection, count)
            committed = broker.fine_cpu_seconds() - before
            listed = connection.call('ListGroups', 4, {'StatesFilter': []})['Groups']
            if len(listed) != count:
                raise RuntimeError(f'{len(listed)} of {count} groups are listed')
            begun, before = time.monotonic(), broker.fine_cpu_seconds()
            for _ in range(rounds):  # answers are not read by Python: that would take longer than to make them
                connection.send('ListGroups', 4, {'StatesFilter': []})
                connection.receive_frame()
            wall, cpu = time.monotonic() - begun, broker.fine_cpu_seconds() - before
            connection.close()
            return {'cpu_milliseconds_to_list': cpu / rounds * 1e3, 'wall_milliseconds_to_list': wall / rounds * 1e3,
                    'cpu_microseconds_to_commit': committed / count * 1e6}

    return Case('G2', f'{groups} groups listed', run, ('gregor', 'kafka'), warm=False)


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
            before, records = broker.fine_cpu_seconds(), max(int(100_000 * scale), 1000)
            load('produce', broker, topic='many', partitions=count, num_records=records, record_size=1024,
                 props=['acks=1', 'linger.ms=5'])
            measures['cpu_microseconds_per_record_produced'] = (broker.fine_cpu_seconds() - before) / records * 1e6
            before = broker.fine_cpu_seconds()
            report = load('consume', broker, topic='many', partitions=count, num_records=records)
            measures['cpu_microseconds_per_record_consumed'] = (broker.fine_cpu_seconds() - before) / records * 1e6
            return measures | {'records_per_second': report['records_per_second']}

    return Case('N1', f'{partitions} partitions', run, ('gregor', 'kafka'), warm=False)


CASES = [rebalance_case(title, kind, count) for title, kind in (('classic', ClassicMembers), ('consumer', ConsumerMembers))
         for count in (1, 10, 100)] + [listing_case(10_000)] + [partitions_case(count) for count in (1, 10, 100, 1000, 10_000)]
