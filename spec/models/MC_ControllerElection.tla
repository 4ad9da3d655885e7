---------------------- MODULE MC_ControllerElection ----------------------
\* Copyright 2026 The Gregor Authors.
\* SPDX-License-Identifier: Apache-2.0
EXTENDS ControllerElection

Symmetry == Permutations(Brokers)
SmallBudget == [crash |-> 1, expiry |-> 0, loss |-> 0, duplicate |-> 0, lostReply |-> 0,
                create |-> 0, delete |-> 0, propose |-> 0]
=============================================================================
