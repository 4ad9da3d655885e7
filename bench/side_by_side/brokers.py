# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""The brokers that are compared: Gregor, Apache Kafka 4.1.0, and the null broker, which is the floor. Each is pinned to
core 0 and the load to core 1, so that what one spends does not disturb the other."""

import os
import pathlib

from harness import install, processes
from harness.target import Gregor, Kafka, Target

BROKER_CORE, LOAD_CORE = 0, 1
PROGRAMS = install.PROJECT / 'build/bench'
TICKS = os.sysconf('SC_CLK_TCK')


def pinned(core, command):
    return ['taskset', '-c', str(core), *command] if os.cpu_count() > 1 else list(command)


def cpu_seconds(pid):
    """User and system time of all threads of a process since it started."""
    stat = pathlib.Path(f'/proc/{pid}/stat').read_text()
    fields = stat[stat.rindex(')') + 2:].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class Measured:
    """What the kernel says of a broker's process."""

    def cpu_seconds(self):
        return cpu_seconds(self.process.pid)

    def fine_cpu_seconds(self):
        """The same to the nanosecond, from the scheduler; sums the threads that live now."""
        threads = pathlib.Path(f'/proc/{self.process.pid}/task')
        return sum(int((t / 'schedstat').read_text().split()[0]) for t in threads.iterdir()) / 1e9

    def threads(self):
        return len(list(pathlib.Path(f'/proc/{self.process.pid}/task').iterdir()))

    def files(self):
        return len(list(pathlib.Path(f'/proc/{self.process.pid}/fd').iterdir()))


COMMON = {'num.partitions': '1', 'file.delete.delay.ms': '100', 'log.retention.check.interval.ms': '1000',
          'offsets.topic.replication.factor': '1'}


class MeasuredGregor(Measured, Gregor):
    name = 'gregor'

    def __init__(self, name, settings=None):
        super().__init__(name, COMMON | (settings or {}))

    @staticmethod
    def program():
        return PROGRAMS / 'src/cli/gregor'

    def command(self):
        return pinned(BROKER_CORE, super().command())


class TracedGregor(MeasuredGregor):
    name = 'traced'

    def command(self):
        return [*super().command(), '--trace', self.data.parent / 'trace.jsonl']


class MeasuredKafka(Measured, Kafka):
    """One gigabyte of heap and the G1 collector: Kafka's own defaults."""
    name = 'kafka'
    jvm = '-Xmx1g -Xms1g -XX:+UseG1GC -XX:MaxGCPauseMillis=20 -XX:InitiatingHeapOccupancyPercent=35'

    def __init__(self, name, settings=None):
        super().__init__(name, COMMON | (settings or {}))

    def command(self):
        command = super().command()
        return pinned(BROKER_CORE, ['java', *self.jvm.split(), *command[command.index('-cp'):]])


class NullBroker(Measured, Target):
    """Accepts, reads, checks the checksum, writes to one file, replies: what any broker must do."""
    name = kind = 'null'

    def command(self):
        self.data.mkdir(parents=True, exist_ok=True)
        return pinned(BROKER_CORE, [PROGRAMS / 'bench/null_broker', str(self.address[1]), self.data])


BROKERS = {broker.name: broker for broker in (MeasuredGregor, MeasuredKafka, NullBroker, TracedGregor)}


def load(mode, target, **options):
    """Runs the load driver to its end; its report."""
    import json
    command = [PROGRAMS / 'bench/load', mode, '--bootstrap-server', target.bootstrap]
    for key, value in options.items():
        key = '--' + key.replace('_', '-')
        values = value if isinstance(value, list) else [value]
        command += [word for v in values for word in (key, v)]
    return json.loads(processes.run(pinned(LOAD_CORE, command), timeout=600))
