# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""The broker under test, Gregor or Apache Kafka: one broker, one fresh data folder, one port that
stays the same over restarts."""

import base64
import pathlib
import shutil
import signal
import socket
import subprocess
import uuid

from harness import install, processes
from harness.report import Failed
from wire.codec import Malformed
from wire.connection import Closed, Connection

NODE_ID = 1
# Kafka's defaults want three brokers: where there is one there would be no groups.
ALONE = {
    "offsets.topic.replication.factor": 1,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
}


class Target:
    """start, stop (SIGTERM) and kill (SIGKILL) may be called in any sensible order, any number of
    times. `settings` are broker settings in the language of server.properties."""

    def __init__(self, name, settings=None):
        self.folder = install.BUILD / "tmp" / f"{self.kind}-{name}"
        self.data = self.folder / "data"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.address = ("127.0.0.1", processes.free_port())
        self.bootstrap = f"127.0.0.1:{self.address[1]}"
        self.settings = settings or {}
        self.process = None

    node_id = NODE_ID
    brokers = [NODE_ID]
    replicas = 1
    outage_seconds = 8  # how long one writes who is to live through three of them

    @property
    def every_address(self):
        """One for each broker that is up."""
        return [self.address]

    def leader_address(self, topic, partition):
        return self.address

    def coordinator_address(self, group):
        return self.address

    def kill_coordinator(self, group):
        """Until `start`; others may take over."""
        self.kill()

    def folders(self, partition):
        """{broker: the folder in which it keeps a partition}"""
        return {NODE_ID: self.data / partition}

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, *_):
        self.kill()
        if kind is None:
            shutil.rmtree(self.folder, ignore_errors=True)

    def write_settings(self, settings):
        path = self.folder / "server.properties"
        path.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
        return path

    def start(self):
        self.launch()
        self.wait_until_serving()

    def launch(self):
        with open(self.folder / "broker.log", "ab") as log:
            self.process = processes.start(self.command(), stdout=log, stderr=subprocess.STDOUT)

    def wait_until_serving(self):
        try:
            processes.wait_until(self.serves, f"{self.kind} serves on port {self.address[1]}", 120)
        except TimeoutError as failure:
            raise RuntimeError(f"{failure}:\n{self.log()}") from None

    def serves(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.kind} ended with {self.process.returncode}:\n{self.log()}")
        try:
            connection = Connection(self.address, timeout=10)
            try:
                brokers = connection.call("Metadata", 4, {"Topics": []})["Brokers"]
                return any(broker["NodeId"] == self.node_id for broker in brokers)
            finally:
                connection.close()
        except (OSError, Closed, Malformed):
            return False

    def log(self):
        return (self.folder / "broker.log").read_text(errors="replace")[-3000:]

    def stop(self, seconds=60):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"{self.kind} did not stop in {seconds} s:\n{self.log()}") from None
        return self.process.returncode

    def kill(self):
        if self.process:
            processes.kill(self.process)

    def restart(self, how):
        """`how` is 'stop' or 'kill'."""
        if how == "stop":
            self.stop()
        else:
            self.kill()
        self.start()

    @property
    def pid(self):
        """Of the process at `address`."""
        return self.process.pid

    def resident_bytes(self):
        return resident_bytes(self.pid)

    def check_alive(self):
        if self.process.poll() is not None:
            raise Failed(f"the broker ended with {self.process.returncode}:\n{self.log()}")


def resident_bytes(pid):
    """0 when it has ended."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    lines = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(lines[0].split()[1]) << 10 if lines else 0


class Gregor(Target):
    kind = "gregor"

    given = None  # a program to use in place of the release build

    @classmethod
    def program(cls):
        if cls.given is None:
            cls.given = install.gregor_program()
        return cls.given

    def command(self):
        settings = self.write_settings({
            "broker.id": self.node_id,
            "listeners": f"PLAINTEXT://{self.bootstrap}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap}",
            "log.dirs": self.data,
        } | self.settings)
        return [self.program(), "server", "--config", settings]

    @staticmethod
    def version():
        return processes.run([Gregor.program(), "version"]).decode().split("\n")[0]


class Kafka(Target):
    kind = "kafka"
    cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")

    def command(self):
        controller = getattr(self, "controller_port", None) or processes.free_port()
        self.controller_port = controller
        settings = self.write_settings({
            "process.roles": "broker,controller",
            "node.id": self.node_id,
            "controller.quorum.voters": f"{self.node_id}@127.0.0.1:{controller}",
            "listeners": f"PLAINTEXT://{self.bootstrap},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap}",
            "controller.listener.names": "CONTROLLER",
            "log.dirs": self.data,
        } | ALONE | self.settings)
        if not self.data.exists():
            processes.run([*self.java(), "kafka.tools.StorageTool", "format",
                           f"--cluster-id={self.cluster_id}", "-c", settings])
        return [*self.java(), "kafka.Kafka", settings]

    def java(self):
        return ["java", "-Xmx512m", "-XX:+UseSerialGC", "-cp", self.jars()]

    @staticmethod
    def jars():
        return install.jars()

    @staticmethod
    def version():
        return "Apache Kafka 4.1.0"


class Kafka39(Kafka):
    """The last release that serves versions of before 2.1, here without ZooKeeper all the same."""

    kind = "kafka-3.9"

    @staticmethod
    def jars():
        return install.client_jars("3.9.0", "kafka_2.13")

    @staticmethod
    def version():
        return "Apache Kafka 3.9.0"


class Kafka39ZooKeeper(Kafka39):
    """The same release with a ZooKeeper server of its own, as Gregor's clusters have it."""

    kind = "kafka-3.9-zookeeper"
    zookeeper = None

    def command(self):
        settings = self.write_settings({
            "broker.id": self.node_id,
            "zookeeper.connect": f"127.0.0.1:{self.zookeeper_port}",
            "zookeeper.connection.timeout.ms": 60_000,
            "listeners": f"PLAINTEXT://{self.bootstrap}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap}",
            "log.dirs": self.data,
        } | ALONE | self.settings)
        return [*self.java(), "kafka.Kafka", settings]

    def launch(self):
        if self.zookeeper is None:
            self.start_zookeeper()
        # A broker ends at once that finds the registration of its former life.
        processes.wait_until(lambda: f"/brokers/ids/{self.node_id}" not in self.ephemeral_znodes(),
                             "the session of the broker that was killed ends", 60)
        super().launch()

    def start_zookeeper(self):
        self.zookeeper_port = processes.free_port()
        settings = self.folder / "zoo.cfg"
        settings.write_text(f"dataDir={self.folder / 'zookeeper'}\nclientPort={self.zookeeper_port}\n"
                            "clientPortAddress=127.0.0.1\nadmin.enableServer=false\nmaxClientCnxns=0\n"
                            "4lw.commands.whitelist=dump\n")
        with open(self.folder / "zookeeper.log", "ab") as log:
            self.zookeeper = processes.start(
                [*self.java(), "org.apache.zookeeper.server.quorum.QuorumPeerMain", settings],
                stdout=log, stderr=subprocess.STDOUT)
        processes.wait_until(self.ephemeral_znodes, "ZooKeeper serves", 60)

    def ephemeral_znodes(self):
        """What its server says of sessions and their znodes; nothing while it does not serve."""
        try:
            with socket.create_connection(("127.0.0.1", self.zookeeper_port), timeout=10) as connection:
                connection.sendall(b"dump")
                return connection.makefile().read()
        except OSError:
            return ""

    def __exit__(self, kind, *rest):
        super().__exit__(kind, *rest)
        if self.zookeeper:
            processes.kill(self.zookeeper)


TARGETS = {"gregor": Gregor, "kafka": Kafka, "kafka-3.9": Kafka39, "kafka-3.9-zookeeper": Kafka39ZooKeeper}
