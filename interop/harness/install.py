# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Brings the clients of other projects onto this machine. What Debian packages is installed by apt
(as root, or through sudo without a password); pip and Maven packages stay below build/interop.
A machine that refuses gets a Missing, which skips the cases that need the thing, loudly."""

import hashlib
import os
import pathlib
import re
import shutil
import sys

from harness import processes

INTEROP = pathlib.Path(__file__).resolve().parents[1]
PROJECT = INTEROP.parent
BUILD = PROJECT / "build/interop"
JARS, CLASSES, VENV = BUILD / "jars", BUILD / "classes", BUILD / "venv"
ZOOKEEPER_JARS = BUILD / "zookeeper-jars"

# package -> a file or command that shows it is there
APT = {
    "kcat": "kcat",
    "g++": "g++",
    "librdkafka-dev": "/usr/include/librdkafka/rdkafka.h",
    "default-jdk-headless": "javac",
    "maven": "mvn",
    "python3-venv": "/usr/lib/python3.{minor}/ensurepip",
    "nodejs": "node",
    "npm": "npm",
    "golang-go": "go",
    "zookeeper": "/usr/share/java/zookeeper.jar",
}
# What the Go clients ask for; go itself can fetch it from version 1.21 on.
GO_VERSION = (1, 21)


class Missing(Exception):
    pass


def present(shown_by):
    shown_by = shown_by.format(minor=sys.version_info.minor)
    return os.path.exists(shown_by) if shown_by.startswith("/") else shutil.which(shown_by)


def apt(*packages):
    wanted = [package for package in packages if not present(APT[package])]
    if not wanted:
        return
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    print(f"installing {' '.join(wanted)}", flush=True, file=sys.stderr)
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    try:
        processes.run(root + ["apt-get", "-q", "update"], env=environment)
        processes.run(root + ["apt-get", "-q", "-y", "--no-install-recommends", "install"] + wanted,
                      timeout=1800, env=environment)
    except (OSError, processes.CommandFailed) as failure:
        raise Missing(f"apt cannot install {' '.join(wanted)}: {failure}") from failure


def once(stamp, inputs, work):
    """Runs `work` unless it has run with the same content of the files `inputs`. Work that fails is
    a failure of the suite; what only needs the network is wrapped in `fetched`."""
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in inputs)).hexdigest()
    stamp = BUILD / f"{stamp}.stamp"
    if stamp.exists() and stamp.read_text() == digest:
        return
    BUILD.mkdir(parents=True, exist_ok=True)
    work()
    stamp.write_text(digest)


def fetched(command):
    try:
        processes.run(command, timeout=1800)
    except (OSError, processes.CommandFailed) as failure:
        raise Missing(f"cannot be fetched: {failure}") from failure


def python_packages():
    """The interpreter of a virtual environment that has requirements.txt."""
    apt("python3-venv")
    requirements = INTEROP / "requirements.txt"

    def work():
        processes.run([sys.executable, "-m", "venv", VENV])
        fetched([VENV / "bin/pip", "install", "-q", "-r", requirements])
    once("venv", [requirements], work)
    return VENV / "bin/python"


def jars():
    """Apache Kafka, its clients and tools: the class path for the java command."""
    apt("default-jdk-headless", "maven")
    pom = INTEROP / "pom.xml"
    once("jars", [pom], lambda: fetched(
        ["mvn", "-q", "-B", "-f", pom, f"-Dinterop.jars={JARS}", "package"]))
    return f"{JARS}/*"


def zookeeper_jars():
    """The folder with a ZooKeeper server."""
    apt("default-jdk-headless", "maven")
    pom = INTEROP / "zookeeper/pom.xml"
    once("zookeeper", [pom], lambda: fetched(
        ["mvn", "-q", "-B", "-f", pom, f"-Dzookeeper.jars={ZOOKEEPER_JARS}", "package"]))
    return ZOOKEEPER_JARS


def client_jars(release, artifact="kafka-clients", logger=False):
    """The Java clients, or the tools, of another release of Apache Kafka: a class path. With a logger they
    tell in their standard error what they do."""
    apt("default-jdk-headless", "maven")
    pom, folder = INTEROP / "clients.pom.xml", BUILD / f"{artifact}-{release}{'-logger' if logger else ''}"
    once(folder.name, [pom], lambda: fetched(
        ["mvn", "-q", "-B", "-f", pom, *(["-Plogger"] if logger else []),
         f"-Dkafka.version={release}", f"-Dkafka.artifact={artifact}",
         f"-Dinterop.jars={folder}", "package"]))
    return f"{folder}/*"


def java_classes(release=None):
    """The class path with our own small programs in front."""
    path = client_jars(release) if release else jars()
    classes = BUILD / f"classes-{release}" if release else CLASSES
    sources = sorted((INTEROP / "java").glob("*.java"))
    once(classes.name, sources, lambda: processes.run(
        ["javac", "-nowarn", "-cp", path, "-d", classes] + sources))
    return f"{classes}:{path}"


def node_packages():
    """The folder with package.json's dependencies."""
    apt("nodejs", "npm")
    wanted, folder = INTEROP / "node/package.json", BUILD / "node"

    def work():
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(wanted, folder)
        fetched(["npm", "install", "--prefix", folder, "--no-audit", "--no-fund", "--silent"])
    once("node", [wanted], work)
    return folder


def go_program(name):
    """The worker in go/NAME."""
    apt("golang-go")
    version = processes.run(["go", "env", "GOVERSION"]).decode().strip()
    found = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    if found < GO_VERSION:
        raise Missing(f"the Go clients need go 1.21 or newer, here is {version}")
    folder, program = INTEROP / "go", BUILD / f"go_{name}"
    sources = [*sorted((folder / "frames").glob("*.go")), *sorted((folder / name).glob("*.go")),
               folder / "go.mod", folder / "go.sum"]

    def work():
        fetched(["go", "-C", folder, "mod", "download"])
        processes.run(["go", "build", "-o", program, f"./{name}"], timeout=1800, cwd=folder)
    once(program.name, sources, work)
    return program


def gregor_program():
    """The release build, brought up to date."""
    apt("g++")
    configure = ["cmake", "--preset", "release"]
    if not (PROJECT / "build/release").exists():
        configure.append("-DGREGOR_TESTS=OFF")
    processes.run(configure, cwd=PROJECT)
    processes.run(["cmake", "--build", "--preset", "release", "--target", "gregor"], timeout=3600,
                  cwd=PROJECT)
    return PROJECT / "build/release/src/cli/gregor"


def librdkafka_program():
    apt("g++", "librdkafka-dev")
    source, program = INTEROP / "rdkafka_roundtrip.cc", BUILD / "rdkafka_roundtrip"
    once("rdkafka_roundtrip", [source], lambda: processes.run(
        ["g++", "-std=c++20", "-O2", "-Wall", "-Wextra", source, "-o", program, "-lrdkafka"]))
    return program
