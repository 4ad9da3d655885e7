#!/usr/bin/env python3
# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""The same bytes for Gregor's decoders and for Kafka's own (kafka-clients 4.1.0): both must accept, or both refuse, and
what they accept must be the same: a frame written again, byte for byte; the records of a batch, one by one.

Inputs are those of frame_fuzz and record_batch_fuzz from seeds, sound and damaged, and Kafka's captured bytes. A
difference is either explained below, with a predicate that holds for no other, or it fails the run.

usage: differential.py [--seeds N] [--first SEED] [--keep]

Exit 0: no difference but explained ones; 1: another, or it cannot run; 2: usage.
"""

import argparse
import collections
import dataclasses
import re
import shutil
import subprocess
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent
ROOT = HOME.parent
sys.path.insert(0, str(ROOT / 'interop'))

from harness import install, processes  # noqa: E402

BUILD = ROOT / 'build/release'
WORK = ROOT / 'build/differential'
TARGETS = {'frame': 'frame_fuzz', 'batch': 'record_batch_fuzz'}
LZ4 = 3
SHOWN_MAX = 20
LINE_MAX = 600


@dataclasses.dataclass(frozen=True)
class Case:
    name: str  # of the input: seed-7, golden-12
    what: str
    api: int
    version: int
    data: str
    gregor: tuple  # (whether accepted, content or reason)
    kafka: tuple
    odd_text: bool

    @property
    def agrees(self):
        return self.gregor[0] == self.kafka[0] and (not self.gregor[0] or self.gregor[1] == self.kafka[1])

    @property
    def rewritten(self):
        """Whether Kafka, which accepted the frame, would itself have written other bytes."""
        return self.kafka[0] and not self.data.startswith(self.kafka[1])

    @property
    def codec(self):
        """That of a batch, by its attributes."""
        attributes = self.data[42:46]
        return int(attributes, 16) & 7 if self.what == 'batch' and len(attributes) == 4 else None

    @property
    def kind(self):
        if self.gregor[0] and self.kafka[0]:
            return 'both accept, other content'
        return 'only Gregor accepts' if self.gregor[0] else 'only Kafka accepts'


@dataclasses.dataclass(frozen=True)
class Explanation:
    reason: str
    holds: object  # of a Case that does not agree


EXPLANATIONS = (
    Explanation('a string of a frame, or the key of a header, that is no UTF-8: Kafka replaces its bad bytes, Gregor keeps them',
                lambda case: case.gregor[0] and case.kafka[0] and case.odd_text),
    Explanation('a tag of the schema whose content is not as long as its size says: Kafka does not look at the size',
                lambda case: case.rewritten and re.search(r' bytes of the tag are left over at byte \d+$|'
                                                          r': needs \d+ bytes, \d+ are left, at byte \d+$', case.gregor[1])),
    Explanation('a count of tags beyond 31 bits: Kafka takes it for a negative one, and reads none',
                lambda case: case.rewritten and (count := re.search(r'tag count (\d+) is more', case.gregor[1]))
                and int(count.group(1)) >= 1 << 31),
    Explanation('an unsigned varint of more than 32 bits: Kafka drops those beyond',
                lambda case: case.rewritten and re.search(r': no valid varint at byte \d+$', case.gregor[1])),
    Explanation('unknown tags out of order: Kafka reads them and cannot write them again',
                lambda case: case.gregor[0] and 'Invalid raw tag field list' in case.kafka[1]),
    Explanation('a tag that the schema has in later versions only: Kafka refuses it, Gregor keeps it as an unknown one',
                lambda case: case.gregor[0] and re.search(r'Tag \d+ is not valid for version \d+$', case.kafka[1])),
    Explanation('a batch of a format before v2, which Gregor does not have',
                lambda case: re.match(r'message format [01] is not supported', case.gregor[1])),
    Explanation('a batch whose first or last offset is none (negative, or beyond 63 bits): Kafka does not look',
                lambda case: case.kafka[0] and re.match(r'offsets from -?\d+ to -?\d+ more make no sense$', case.gregor[1])),
    Explanation('a batch that declares no records: Kafka does not look at what follows, nor with which codec',
                lambda case: case.kafka[0] and '[' not in case.kafka[1]
                and re.search(r'follow the last record$|^no codec has number \d+$', case.gregor[1])),
    Explanation("bytes behind the first frame of LZ4, or the first member of gzip: Kafka's reader ends there",
                lambda case: case.kafka[0] and (case.gregor[1] in ('lz4: ERROR_frameType_unknown', 'gzip: incorrect header check')
                                                or case.codec == LZ4 and case.gregor[1].endswith('follow the last record'))),
    Explanation('flags in the header of gzip that mean nothing: Java does not look',
                lambda case: case.kafka[0] and case.gregor[1] == 'gzip: unknown header flags set'),
    Explanation('a compressed stream that ends early, behind the last record: Kafka does not look for its end',
                lambda case: case.kafka[0] and '[' in case.kafka[1] and re.match(r'\w+: the data end early$', case.gregor[1])),
    Explanation("offsets of records that do not rise, or are not the batch's: Kafka checks them when a producer sends them, "
                'Gregor whenever it reads them',
                lambda case: case.kafka[0] and case.gregor[1].startswith('record with offset delta')),
)


def explanation(case):
    return next((one.reason for one in EXPLANATIONS if one.holds(case)), None)


def build():
    for command in (['cmake', '--preset', 'release'],
                    ['cmake', '--build', '--preset', 'release', '--target', 'fuzz_verdicts',
                     *(f'{target}_replay' for target in TARGETS.values())]):
        processes.run(command, timeout=3600, cwd=ROOT)


def kafka_program():
    """The class path of KafkaVerdicts."""
    jars, source, classes = install.jars(), HOME / 'KafkaVerdicts.java', install.BUILD / 'fuzz-classes'
    install.once('fuzz-classes', [source], lambda: processes.run(
        ['javac', '-nowarn', '-cp', jars, '-d', classes, source]))
    return f'{classes}:{jars}'


def gregor_lines(what, options):
    folder = WORK / what
    shutil.rmtree(folder, ignore_errors=True)
    fuzz = BUILD / 'fuzz'
    processes.run([fuzz / f'{TARGETS[what]}_replay', '--corpus', folder, '--seeds', options.seeds, '--first', options.first,
                   '--golden', ROOT])
    lines = processes.run([fuzz / 'fuzz_verdicts', what, folder]).decode().splitlines()
    if not options.keep:
        shutil.rmtree(folder)
    return lines


def kafka_lines(class_path, lines):
    # A damaged batch may claim two gigabytes: Kafka's reader has no limit of its own.
    done = subprocess.run(['java', '-Xmx512m', '-cp', class_path, 'KafkaVerdicts'], input='\n'.join(lines) + '\n',
                          capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def cases(class_path, what, options):
    lines = gregor_lines(what, options)
    answers = kafka_lines(class_path, lines)
    if len(answers) != len(lines):
        raise RuntimeError(f'{len(lines)} inputs, {len(answers)} answers of Kafka')
    for line, answer in zip(lines, answers):
        name, kind, api, version, data, accepted, content, text = line.split('\t')
        same, kafka_accepted, kafka_content = answer.split('\t')
        if name != same:
            raise RuntimeError(f'{name} was answered as {same}')
        yield Case(name, kind, int(api), int(version), data, (accepted == 'yes', content),
                   (kafka_accepted == 'yes', kafka_content), text == 'text')


def tell(case, what):
    print(f'DIFFERENCE {case.name}: {case.what} of API {case.api} version {case.version}: {case.kind}\n'
          f'  bytes   {case.data[:LINE_MAX]}\n  Gregor  {case.gregor[1][:LINE_MAX]}\n  Kafka   {case.kafka[1][:LINE_MAX]}')
    if case.name.startswith('seed-'):
        print(f'  repeat: ./dev fuzz differential --seeds 1 --first {case.name.removeprefix("seed-")}  ({what})')


def compare(class_path, what, options):
    """How many differences nobody has explained."""
    agreed = collections.Counter()
    explained = collections.Counter()
    strange = []
    for case in cases(class_path, what, options):
        if case.agrees:
            agreed['accepted' if case.gregor[0] else 'refused'] += 1
        elif reason := explanation(case):
            explained[reason] += 1
        else:
            strange.append(case)
    print(f'{what}: agreed on {agreed["accepted"]} accepted and {agreed["refused"]} refused; '
          f'{sum(explained.values())} explained differences, {len(strange)} others')
    for reason, count in explained.most_common():
        print(f'{count:>8}  {reason}')
    for case in strange[:SHOWN_MAX]:
        tell(case, what)
    # A comparison that has seen only one side proves nothing.
    return len(strange) + (0 if options.seeds < 100 or (agreed["accepted"] and agreed['refused']) else 1)


def main():
    parser = argparse.ArgumentParser(description='the same bytes for Gregor and for Kafka')
    parser.add_argument('--seeds', type=int, default=5000, help='inputs of each kind')
    parser.add_argument('--first', type=int, default=1, help='the first seed')
    parser.add_argument('--keep', action='store_true', help=f'keep the inputs below {WORK.relative_to(ROOT)}')
    options = parser.parse_args()
    processes.clean_up_on_exit()
    print(f'seeds {options.first} to {options.first + options.seeds - 1}', flush=True)
    build()
    class_path = kafka_program()
    return 1 if sum(compare(class_path, what, options) for what in TARGETS) else 0


if __name__ == '__main__':
    sys.exit(main())
