--------------------------- MODULE MC_ConsumerGroup ----------------------------
\* Copyright 2026 The Gregor Authors.
\* SPDX-License-Identifier: Apache-2.0
(* What can happen, so that the properties are not true for want of it: each of these is checked to
   be violated. *)
EXTENDS ConsumerGroup

NeverTwoGenerations == durable.gen < 2
NeverShared == \A m \in DOMAIN durable.asg : durable.asg[m] # Partitions
NeverCommitted == \A p \in Tracked : durable.offsets[p] = 0
NeverTakenOver == \A c \in Twins : client[c].st # "fenced"
NeverZombie == \A c \in Clients : Working(c) => Current(c)
NeverZombieCoordinator ==
  ~\E b \in Brokers : ~Leads(b) /\ ActsAsCoordinator(b) /\ DOMAIN group[b].joined # {}
================================================================================
