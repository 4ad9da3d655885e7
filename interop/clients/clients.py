# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""The clients. Each says what it can be fed (see harness/feeds.py), whether it can be told to be
idempotent, and gives the command lines that make it write or read."""

from harness import install, processes

FRAMES = "%o %K %S %h\\n%k%s\\n"
WORKERS = install.INTEROP / "clients"


class Client:
    name = feed = ""
    idempotent = True
    codecs = ("none", "gzip", "snappy", "lz4", "zstd")

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


class Java(Worker):
    """The Java client under a program of our own."""
    name = "java"

    def install(self):
        self.path = install.java_classes()

    def program(self, main="RoundTrip"):
        return ["java", "-Xmx512m", "-XX:+UseSerialGC", "-cp", self.path, main]

    def version(self):
        return next(install.JARS.glob("kafka-clients-*.jar")).stem.rpartition("-")[2]


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
        PythonPackage("confluent-kafka", "confluent_worker.py"))}
