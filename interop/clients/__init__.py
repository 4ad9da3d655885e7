# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""How each client is installed, and the commands that make it write or read. The two *_worker.py
files are programs of their own, run with the interpreter that has the client's package."""
