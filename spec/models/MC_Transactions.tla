---------------------------- MODULE MC_Transactions ----------------------------
\* Copyright 2026 The Gregor Authors.
\* SPDX-License-Identifier: Apache-2.0
(* What can happen, so that the properties are not true for want of it: each of these is checked to
   be violated. *)
EXTENDS Transactions

NeverSeen == \A p \in Partitions : SeenIn(p) = {}
NeverSkipped == \A p \in Partitions : aborted[p] = {}
NeverHeldBack == \A p \in Partitions : LastStable(p) = hw[p]
NeverFenced == \A c \in Producers : producer[c].st # "fenced"
NeverEverywhere == \E p \in Partitions : SeenIn(p) = {}
NeverMarkersOfTwoTerms == \A l, m \in markers : l.cepoch = m.cepoch
================================================================================
