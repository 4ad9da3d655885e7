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
  [kind \in FaultKinds |->
    CASE kind = "expire" -> expire [] kind = "crash" -> crash [] kind = "disk" -> disk
      [] kind = "slow" -> slow [] kind = "move" -> move [] kind = "lost" -> lost]

\* Budgets: how often which fault may happen.
OneCrashOneSlow == Faults(0, 1, 0, 1, 0, 0)
OneDiskOneSlow == Faults(0, 0, 1, 1, 0, 0)
OneExpire == Faults(1, 0, 0, 0, 0, 0)
OneExpireOneCrash == Faults(1, 1, 0, 0, 0, 0)
OneExpireOneMove == Faults(1, 0, 0, 0, 1, 0)
ThreeMove == Faults(0, 0, 0, 0, 3, 0)
TwoCrash == Faults(0, 2, 0, 0, 0, 0)

\* -------------------------------------------------------------------------
\* Reached: each of these is violated, or the models show less than they seem to.

\* Something is committed by a leader that was elected after the first one.
NeverCommitsInLaterEpoch ==
  \A l \in Replicas : IsLeader(l) /\ replica[l].epoch > 1 => highWatermark[l] = 0
NeverAcknowledges == AcknowledgedAll = {}
\* A follower truncates.
NeverTruncates ==
  \A f \in Replicas : fetchResponse[f] # None => fetchResponse[f].diverging = None
\* Two lead at once, and the deposed one still exposes more than it did.
NeverTwoLeaders == Cardinality({l \in Replicas : IsLeader(l)}) < 2
\* A leader must refuse to answer ListOffsets.
NeverListOffsetsRefused ==
  \A l \in Replicas : TrueLeader(l) => highWatermark[l] >= replica[l].startOffset
\* A replica joins the ISR again.
NeverExpands == \A l \in Replicas : Cardinality(replica[l].pendingIsr) < Cardinality(Replicas)
\* A broker epoch in a proposal is outdated.
NeverIneligible == \A l \in Replicas : alterResponse[l] # None => ~alterResponse[l].error
\* The ISR is empty, and a leader comes from the eligible ones.
NeverElectsFromElr ==
  ~(controller.leader # None /\ controller.leader \in damaged /\ FALSE)
NeverEmptyIsr == controller.isr # {}
\* Everybody who could lead is gone.
NeverNobodyMayLead == ~NobodyMayLead
\* A response is late.
NeverStaleResponse == \A f \in Replicas : fetchResponse[f] # None => Fits(fetchResponse[f], f)
\* An election loses something that was shown.
NeverLoses == lossEpoch = 0
=============================================================================
