# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Kafka's wire protocol for tests: a second codec, independent of the broker's own, that reads the
same schema table. It favours being obvious over being fast."""
