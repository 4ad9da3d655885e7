# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""What no client would send, on raw sockets. Whatever it is: the broker answers or hangs up within a
deadline, goes on serving a well-behaved client without a pause, and stays small."""

import resource
import threading
import time

from cases import hostile_acts
from cases.round_trip import create
from harness.report import Failed
from wire import batch
from wire.connection import Connection

TOPIC = "hostile"
RESIDENT_BYTES_MAX = 400 << 20
ANSWER_SECONDS_MAX = 10
FILES_WANTED = 8192


class Witness:
    """A client that writes one record and reads it back, again and again, in its own thread."""

    def __init__(self, target):
        self.target = target
        self.rounds, self.slowest, self.resident_bytes = 0, 0.0, 0
        self.trouble = None
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.work, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join(60)

    def work(self):
        try:
            connection = Connection(self.target.address, timeout=ANSWER_SECONDS_MAX)
            while not self.stopping.wait(0.02):
                started = time.monotonic()
                self.write_and_read(connection)
                self.slowest = max(self.slowest, time.monotonic() - started)
                self.resident_bytes = max(self.resident_bytes, self.target.resident_bytes())
                self.rounds += 1
        except Exception as failure:  # reported by the main thread
            self.trouble = failure

    def write_and_read(self, connection):
        value = f"round {self.rounds}"
        records = batch.build({"records": [{"value": value}]})
        written = connection.call("Produce", 9, {"Acks": -1, "TimeoutMs": 5000, "TopicData": [
            {"Name": "witness", "PartitionData": [{"Index": 0, "Records": records}]}]})
        offset = written["Responses"][0]["PartitionResponses"][0]["BaseOffset"]
        read = connection.call("Fetch", 11, {"MaxWaitMs": 5000, "MinBytes": 1, "Topics": [
            {"Topic": "witness", "Partitions": [
                {"Partition": 0, "FetchOffset": offset, "PartitionMaxBytes": 1 << 20}]}]})
        records = batch.describe(read["Responses"][0]["Partitions"][0]["Records"])
        if offset != self.rounds or records[0]["Records"][0]["Value"] != value:
            raise Failed(f"the witness wrote {value} to {offset} and read {records}")

    def check(self, after):
        try:
            self.target.check_alive()
        except Failed as failure:
            raise Failed(f"{after}: {failure}") from None
        if self.trouble:
            raise Failed(f"{after}: the witness is not served: {self.trouble!r}")
        if self.resident_bytes > RESIDENT_BYTES_MAX:
            raise Failed(f"{after}: the broker takes {self.resident_bytes >> 20} MiB")


def run(target, seed, quick):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, FILES_WANTED), hard))
    create(target, "witness", 1, led_by_first=True)
    create(target, TOPIC, 4, led_by_first=True)
    done = []
    with Witness(target) as witness:
        for act in hostile_acts.ALL:
            rounds, started, witness.slowest = witness.rounds, time.monotonic(), 0.0
            act(target, hostile_acts.Chance(f"{seed} {act.__name__}", quick))
            while witness.rounds < rounds + 2 and not witness.trouble:
                time.sleep(0.02)
            witness.check(act.__name__)
            done.append(f"{act.__name__.replace('_', ' ')}: {time.monotonic() - started:.1f} s, "
                        f"the witness waited at most {witness.slowest:.2f} s")
    return target.version(), (
        "\n".join(done) + f"\nthe witness wrote and read {witness.rounds} times; "
        f"the broker took at most {witness.resident_bytes >> 20} MiB")
