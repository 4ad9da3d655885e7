# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""What the suite exercises, one file a subject."""
