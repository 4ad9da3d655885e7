# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
