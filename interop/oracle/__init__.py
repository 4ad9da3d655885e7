# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Apache Kafka as oracle: conversations (text) are held with a broker, and its answers compared,
field by field, with the recorded answers of Apache Kafka 4.1.0."""
