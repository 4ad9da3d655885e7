# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Holds one conversation with one broker and writes down what it answers."""

import json
import time

from harness import processes
from oracle import conversation, transcript
from wire import batch, codec
from wire.connection import Closed, Connection, schema

ANSWER_SECONDS = 15
SLOW_SECONDS = 0.5


class Player:
    def __init__(self, target):
        self.target = target
        self.variables = {}
        self.normaliser = transcript.Normaliser(target)
        self.connections = {}
        self.steps = {}
        self.answer = None
        self.begun = {}

    def play(self, statements):
        """{step: {path: {field: value}}}"""
        try:
            for statement in conversation.expand(statements, self.variables):
                try:
                    getattr(self, "on_" + statement.verb)(statement.words, statement.body)
                except Exception as failure:
                    failure.add_note(f"in line {statement.line}: {statement.verb} "
                                     + " ".join(statement.words))
                    raise
        finally:
            for connection in self.connections.values():
                connection.close()
        return self.steps

    def connection(self, name):
        if name not in self.connections:
            self.connections[name] = Connection(self.target.address, ANSWER_SECONDS)
        return self.connections[name]

    def note(self, step, answer, options=()):
        if step in self.steps:
            raise ValueError(f"two steps are called {step}")
        self.normaliser.step = step.partition(" ")[0]
        lines = transcript.flatten("", answer, self.normaliser, "ordered" in options, {})
        self.steps[step] = trimmed(lines, options)

    def attempt(self, name, exchange):
        """The answer, or in its place how the broker refused to give one."""
        try:
            return exchange(self.connection(name))
        except Closed:
            self.connections.pop(name).close()
            return {"Connection": "closed"}
        except TimeoutError:
            self.connections.pop(name).close()
            return {"Connection": "silent"}
        except codec.Malformed as malformed:
            self.connections.pop(name).close()
            return {"Malformed": str(malformed)}

    def on_broker(self, _words, _body):
        """Already heeded by whoever started the target."""

    def on_send(self, words, body):
        step, api, version, *options = words
        request = with_records(json.loads(body or "{}"))
        name = options[options.index("on") + 1] if "on" in options else "A"
        if "noreply" in options:
            self.connection(name).send(api, int(version), request)
            return
        until = options[options.index("until") + 1] if "until" in options else None
        started = time.monotonic()
        while True:
            answer = self.attempt(name, lambda c: exchange(c, api, int(version), request))
            if not until or self.holds(answer, until):
                break
            if time.monotonic() > started + ANSWER_SECONDS:
                answer["Until"] = "never"
                break
            time.sleep(0.02)
        self.answer = answer
        if "timed" in options:
            answer["Slow"] = time.monotonic() - started > SLOW_SECONDS
        self.note(f"{step} {api} {version}", answer, options)

    def on_begin(self, words, body):
        step, api, version, *options = words
        name = options[1] if options else "A"
        request = with_records(json.loads(body or "{}"))
        sent = self.connection(name).send(api, int(version), request)
        self.begun[step] = (f"{step} {api} {version}", name, api, int(version), sent)

    def on_await(self, words, _body):
        title, name, *expected = self.begun.pop(words[0])
        self.answer = self.attempt(name, lambda c: receive(c, *expected))
        self.note(title, self.answer)

    def holds(self, answer, condition):
        """Conditions name a field as expected files do: 'Results[t].Configs[flush.ms].Value=\"1\"'."""
        where, _, value = condition.partition("=")
        path, _, name = where.rpartition(".")
        lines = transcript.flatten("", answer, transcript.Normaliser(self.target), False, {})
        return json.dumps(lines.get(path, {}).get(name)) == value

    def on_bytes(self, words, _body):
        step, payload, *options = words

        def exchange_bytes(connection):
            connection.send_frame(bytes.fromhex(payload))
            return {"AnswerBytes": len(connection.receive_frame())}
        self.note(step, self.attempt(options[1] if options else "A", exchange_bytes))

    def on_let(self, words, _body):
        self.variables[words[0]] = " ".join(words[1:])

    def on_keep(self, words, _body):
        self.variables[words[0]] = conversation.at_path(self.answer, words[1])

    def on_restart(self, words, _body):
        for connection in self.connections.values():
            connection.close()
        self.connections.clear()
        self.target.restart(words[0])

    def on_wait(self, words, _body):
        for topic in words:
            processes.wait_until(lambda t=topic: self.topic_is_ready(t), f"topic {topic} is ready")

    def on_gone(self, words, _body):
        for topic in words:
            processes.wait_until(lambda t=topic: self.describe(t)["ErrorCode"] == 3,
                                 f"topic {topic} is gone")

    def describe(self, topic):
        request = {"Topics": [{"Name": topic}], "AllowAutoTopicCreation": False}
        return self.connection("waiting").call("Metadata", 9, request)["Topics"][0]

    def topic_is_ready(self, topic):
        """Known, led, and its leader has opened the log: these come one after the other."""
        described = self.describe(topic)
        indexes = [p["PartitionIndex"] for p in described["Partitions"] if p["ErrorCode"] == 0]
        if described["ErrorCode"] or len(indexes) != len(described["Partitions"]):
            return False
        answer = self.connection("waiting").call("ListOffsets", 5, {
            "ReplicaId": -1, "Topics": [{"Name": topic, "Partitions": [
                {"PartitionIndex": index, "Timestamp": -1} for index in indexes]}]})
        return all(p["ErrorCode"] == 0 for p in answer["Topics"][0]["Partitions"])


def trimmed(lines, options):
    if "only" in options and "Connection" not in lines[""]:
        name = options[options.index("only") + 1]
        return {"": {name: lines[""][name]}}
    if "without" in options:
        dropped = options[options.index("without") + 1]
        return {path: {name: value for name, value in fields.items() if name != dropped}
                for path, fields in lines.items() if f".{dropped}[" not in path}
    return lines


def with_records(value):
    """The request with each {"batches": [description, …]} built to bytes, each {"time": n} to a time."""
    if isinstance(value, list):
        return [with_records(element) for element in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"batches"}:
        return b"".join(batch.build(description) for description in value["batches"])
    if set(value) == {"hex"}:
        return bytes.fromhex(value["hex"])
    if set(value) == {"time"}:
        return batch.point_in_time(value["time"])
    return {name: with_records(field) for name, field in value.items()}


def exchange(connection, api, version, request):
    return receive(connection, api, version, connection.send(api, version, request))


def receive(connection, api, version, correlation_id):
    """ApiVersions answers a version that it does not know in the layout of version 0."""
    frame = connection.receive_frame()
    known = schema().responses[schema().keys[api]].valid
    layout = version if version in known else 0
    answered, body = codec.decode_response(schema(), schema().keys[api], layout, frame)
    if answered != correlation_id:
        raise codec.Malformed(f"answer {answered} where {correlation_id} was due")
    return body
