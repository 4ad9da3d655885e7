# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Child processes that never outlive the run: each dies with us, whatever kills us."""

import atexit
import ctypes
import os
import random
import signal
import socket
import subprocess
import sys
import time

PR_SET_PDEATHSIG = 1
PORTS = (10_000, 32_000)
_children = []


def _die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def start(command, **options):
    child = subprocess.Popen([str(word) for word in command], preexec_fn=_die_with_parent,
                             start_new_session=True, **options)
    _children.append(child)
    return child


def kill(child):
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    if child in _children:
        _children.remove(child)


def kill_all():
    for child in list(_children):
        kill(child)


def clean_up_on_exit():
    atexit.register(kill_all)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))


class CommandFailed(Exception):
    pass


def run(command, timeout=600, output=subprocess.PIPE, **options):
    """Standard output of a command that must succeed in time; its last words otherwise."""
    child = start(command, stdout=output, stderr=subprocess.PIPE, **options)
    try:
        out, errors = child.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        raise CommandFailed(f"{command[0]} did not end in {timeout} s") from None
    finally:
        kill(child)
    if child.returncode != 0:
        last_words = errors.decode(errors="replace").strip()[-600:]
        raise CommandFailed(f"{command[0]} ended with {child.returncode}: {last_words}")
    return out


def free_port():
    """Below the ports that the kernel gives to outgoing connections: a client that knocks at a broker
    that is down could otherwise be given the broker's own port, and keep it."""
    while True:
        port = random.SystemRandom().randrange(*PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def wait_until(condition, what, seconds=60, pause=0.02):
    """Polls `condition` until it holds; what it returns is the answer."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        result = condition()
        if result:
            return result
        time.sleep(pause)
    raise TimeoutError(f"{what}: not within {seconds} s")
