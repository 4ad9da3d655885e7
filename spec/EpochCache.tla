----------------------------- MODULE EpochCache -----------------------------
\* Copyright 2026 The Gregor Authors.
\* SPDX-License-Identifier: Apache-2.0
(***************************************************************************)
(* Logs as sequences, and the leader epoch cache: which epochs are in a    *)
(* log, each with the offset where it starts. Both increase. A leader      *)
(* enters its epoch when it begins to lead, so the last entry may be of an *)
(* epoch that has no record yet. A log that is cut cuts its cache.         *)
(* Nothing here has state; Replication.tla uses it.                        *)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets

Min(a, b) == IF a < b THEN a ELSE b
Minimum(S) == CHOOSE n \in S : \A m \in S : n <= m
Maximum(S) == CHOOSE n \in S : \A m \in S : n >= m

Prefix(s, n) == SubSeq(s, 1, n)
IsPrefix(a, b) == Len(a) <= Len(b) /\ Prefix(b, Len(a)) = a
Elements(s) == {s[i] : i \in DOMAIN s}
\* How long the longest common beginning is.
CommonLength(a, b) == Maximum({n \in 0..Min(Len(a), Len(b)) : Prefix(a, n) = Prefix(b, n)})

LatestEpoch(cache) == IF cache = <<>> THEN 0 ELSE cache[Len(cache)].epoch

\* An epoch starts. Entries that it contradicts (epochs that left no record) go.
Assign(cache, epoch, start) ==
  Append(SelectSeq(cache, LAMBDA e : e.epoch < epoch /\ e.start < start),
         [epoch |-> epoch, start |-> start])

CutCache(cache, end) == SelectSeq(cache, LAMBDA e : e.start < end)

\* The last epoch not above the one asked for, and where it ends in a log of this length. If all
\* are above: the epoch asked for, ending where the first one starts.
EndOfEpoch(cache, length, epoch) ==
  LET known == Cardinality({i \in DOMAIN cache : cache[i].epoch <= epoch}) IN
  [epoch |-> IF known = 0 THEN epoch ELSE cache[known].epoch,
   end |-> IF known = Len(cache) THEN length ELSE cache[known + 1].start]
=============================================================================
