# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""T1: what it costs to write the structured trace: Gregor without it and with it, under the loads of other rows."""

import dataclasses

from side_by_side import replication, rows

LOADS = [rows.produce_case(1024, 1.0), rows.request_case(20, 100_000), replication.produce_case(1024, 1.0)]
CASES = [dataclasses.replace(load, row='T1', title=f'{load.row} {load.title}', targets=('gregor', 'traced')) for load in LOADS]
