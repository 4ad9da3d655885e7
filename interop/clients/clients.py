# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""The clients. Each says what it can be fed (see harness/feeds.py), whether it can be told to be
idempotent, and gives the command lines that make it write or read."""

import json
import re

from harness import install, processes

FRAMES = "%o %K %S %h\\n%k%s\\n"
WORKERS = install.INTEROP / "clients"


class Client:
    name = feed = ""
    idempotent = True
    codecs = ("none", "gzip", "snappy", "lz4", "zstd")
    tells_empty_from_null = True  # as a reader

    def install(self):
        """Raises Missing when this machine cannot have the client."""

    def version(self):
        raise NotImplementedError

    def producing(self, broker, topic, codec, path, partition=None, options=()):
        """(command, file for its standard input or None)"""
        raise NotImplementedError

    def reading(self, broker, jobs, folder):
        """[(command, file for its standard output or None)] that copy the jobs' records to files; a
        job is (topic, partition, count, path)."""
        raise NotImplementedError


class Kcat(Client):
    name, feed, idempotent = "kcat", "lines", False

    def install(self):
        install.apt("kcat")

    def version(self):
        words = processes.run(["kcat", "-V"]).decode().split("Version ")[1].split()
        return f"{words[0]}, librdkafka {words[words.index('librdkafka') + 1]}"

    def producing(self, broker, topic, codec, path, partition=None, options=()):
        extra = ["-X", "enable.idempotence=true"] if "idempotent" in options else []
        return ["kcat", "-P", "-b", broker, "-t", topic, "-p", partition or 0, "-z", codec,
                "-X", "message.timeout.ms=180000", *extra, "-l", path], None

    def reading(self, broker, jobs, folder):
        return [(["kcat", "-C", "-q", "-b", broker, "-t", topic, "-p", partition, "-c", count,
                  "-o", "beginning", "-f", FRAMES, "-X", "fetch.wait.max.ms=100"], path)
                for topic, partition, count, path in jobs]


class Worker(Client):
    """A program of our own around a client library."""
    feed = "records"

    def program(self):
        raise NotImplementedError

    def producing(self, broker, topic, codec, path, partition=None, options=()):
        return [*self.program(), "produce", broker, topic, codec, path, *options], None

    def reading(self, broker, jobs, folder):
        listed = folder / "jobs"
        listed.write_text("".join(" ".join(map(str, job)) + "\n" for job in jobs))
        return [([*self.program(), "consume", broker, listed], None)]


class Librdkafka(Worker):
    name = "librdkafka"

    def install(self):
        self.path = install.librdkafka_program()

    def program(self):
        return [self.path]

    def version(self):
        return processes.run([self.path, "version"]).decode().strip()


class PythonPackage(Worker):
    def __init__(self, name, worker):
        self.name, self.worker = name, WORKERS / worker

    def install(self):
        self.python = install.python_packages()

    def program(self):
        return [self.python, self.worker]

    def version(self):
        code = f"from importlib.metadata import version; print(version('{self.name}'))"
        return processes.run([self.python, "-c", code]).decode().strip()


class ConfluentKafka(PythonPackage):
    """Brings a librdkafka of its own, newer than the machine's."""

    def version(self):
        code = "import confluent_kafka as c; print(c.libversion()[0])"
        library = processes.run([self.python, "-c", code]).decode().strip()
        return f"{super().version()}, librdkafka {library}"


class Go(Worker):
    def __init__(self, name, folder, module):
        self.name, self.folder, self.module = name, folder, module

    def install(self):
        self.path = install.go_program(self.folder)

    def program(self):
        return [self.path]

    def version(self):
        required = (install.INTEROP / "go/go.mod").read_text()
        return re.search(rf"{re.escape(self.module)} v(\S+)", required)[1]


class KafkaGo(Go):
    idempotent, tells_empty_from_null = False, False


class KafkaJs(Worker):
    """Its idempotent producer is marked as experimental by its authors; lz4 and zstd need plugins that
    are compiled."""
    name, idempotent, codecs = "kafkajs", False, ("none", "gzip", "snappy")

    def install(self):
        self.packages = install.node_packages()

    def program(self):
        return ["env", f"INTEROP_NODE_PACKAGES={self.packages}", "node",
                install.INTEROP / "node/kafkajs_worker.js"]

    def version(self):
        package = self.packages / "node_modules/kafkajs/package.json"
        return json.loads(package.read_text())["version"]


class Java(Worker):
    """The Java client under a program of our own."""
    name = "java"

    def install(self):
        self.path = install.java_classes()

    def program(self, main="RoundTrip"):
        return ["java", "-Xmx512m", "-XX:+UseSerialGC", "-cp", self.path, main]

    def version(self):
        return next(install.JARS.glob("kafka-clients-*.jar")).stem.rpartition("-")[2]


class OldJava(Java):
    """The client of an earlier release."""

    def __init__(self, release):
        self.name, self.release = f"java-{release.rpartition('.')[0]}", release

    def install(self):
        self.path = install.java_classes(self.release)

    def version(self):
        return self.release


class JavaConsole(Java):
    """Kafka's console producer; what it wrote is read by another client."""
    name, feed, idempotent = "java-console", "keyed", False

    def producing(self, broker, topic, codec, path, partition=None, options=()):
        # Waiting for room is better than giving up on a machine with a busy processor.
        return [*self.program("org.apache.kafka.tools.ConsoleProducer"),
                "--bootstrap-server", broker, "--topic", topic, f"--compression-codec={codec}",
                "--property", "parse.key=true", "--property", "key.separator=\t",
                "--message-send-max-retries", "1000", "--max-block-ms", "120000",
                "--producer-property", "delivery.timeout.ms=180000"], path


def all_clients():
    return {client.name: client for client in (
        Kcat(), Librdkafka(), Java(), JavaConsole(),
        PythonPackage("kafka-python", "kafka_python_worker.py"),
        ConfluentKafka("confluent-kafka", "confluent_worker.py"),
        PythonPackage("aiokafka", "aiokafka_worker.py"), OldJava("3.9.0"), OldJava("2.8.2"),
        Go("franz-go", "franz", "github.com/twmb/franz-go"),
        Go("sarama", "sarama", "github.com/IBM/sarama"),
        KafkaGo("kafka-go", "segmentio", "github.com/segmentio/kafka-go"),
        KafkaJs())}
