--------------------------- MODULE MC_Replication ---------------------------
\* Copyright 2026 The Gregor Authors.
\* SPDX-License-Identifier: Apache-2.0
(***************************************************************************)
(* What TLC needs to run Replication: fault budgets by name, symmetry, and *)
(* statements that must turn out false, to show that a model gets there.   *)
(***************************************************************************)
EXTENDS ReplicationProperties

\* Replicas are interchangeable: Init lets any of them lead first, no action or property names one.
\* (Not for liveness, which TLC cannot check under symmetry.)
Symmetry == Permutations(Replicas)

Faults(expire, crash, disk, slow, move, lost) ==
  ("expire" :> expire) @@ ("crash" :> crash) @@ ("disk" :> disk) @@ ("slow" :> slow) @@
  ("move" :> move) @@ ("lost" :> lost)

Moves == Faults(0, 0, 0, 0, 2, 0)
ExpireMove == Faults(1, 0, 0, 0, 1, 0)
ExpireCrash == Faults(1, 1, 0, 0, 0, 0)
=============================================================================
