---------------------------- MODULE MC_Cluster ----------------------------
\* Copyright 2026 The Gregor Authors.
\* SPDX-License-Identifier: Apache-2.0
EXTENDS Cluster

Symmetry == Permutations(Brokers)

\* UpdateMetadata changes nothing but what clients are told; ControllerElection.tla checks that.
TellReplicas(c, b, bepoch, t, part) ==
  {Request(c, IF part.gone THEN "StopReplica" ELSE "LeaderAndIsr", b, bepoch, t, part)}

NoFaults == [crash |-> 0, expiry |-> 0, loss |-> 0, duplicate |-> 0, lostReply |-> 0,
             create |-> 0, delete |-> 0, propose |-> 0, append |-> 0, wipe |-> 0]
SmallBudget == [NoFaults EXCEPT !.crash = 1, !.append = 1, !.propose = 1]
=============================================================================
