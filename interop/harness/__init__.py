# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""What every case needs: the things to install, the broker under test, real input, the report."""
