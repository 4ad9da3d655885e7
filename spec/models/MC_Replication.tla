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
  [expire |-> expire, crash |-> crash, disk |-> disk, slow |-> slow, move |-> move, lost |-> lost]

\* Budgets: how often which fault may happen.
EightExpireTwoCrashOneDiskSixSlowEightMoveThreeLost == Faults(8, 2, 1, 6, 8, 3)
NoFault == Faults(0, 0, 0, 0, 0, 0)
OneCrash == Faults(0, 1, 0, 0, 0, 0)
OneDiskOneSlow == Faults(0, 0, 1, 1, 0, 0)
OneExpire == Faults(1, 0, 0, 0, 0, 0)
OneExpireOneCrash == Faults(1, 1, 0, 0, 0, 0)
OneExpireOneMove == Faults(1, 0, 0, 0, 1, 0)
OneExpireOneMoveOneSlowOneLost == Faults(1, 0, 0, 1, 1, 1)
OneMove == Faults(0, 0, 0, 0, 1, 0)
OneMoveOneSlow == Faults(0, 0, 0, 1, 1, 0)
OneSlowOneExpire == Faults(1, 0, 0, 1, 0, 0)
OneSlowOneExpireOneLost == Faults(1, 0, 0, 1, 0, 1)
OneSlowOneMove == Faults(0, 0, 0, 1, 1, 0)
OneSlowTwoMove == Faults(0, 0, 0, 1, 2, 0)
ThreeExpire == Faults(3, 0, 0, 0, 0, 0)
ThreeMove == Faults(0, 0, 0, 0, 3, 0)
TwoCrash == Faults(0, 2, 0, 0, 0, 0)
TwoMove == Faults(0, 0, 0, 0, 2, 0)

\* -------------------------------------------------------------------------
\* In the middle of a story, for what happens long after its beginning: a led, and has a record that
\* only c has got; b leads now, which c has heard and a has not; c is about to truncate. It is seven
\* steps from Init, with one needless move.
InitDiverging == \E a, b, c \in Replicas :
  LET record == [id |-> 1, epoch |-> 1, acks |-> "zero"]
      state == [leader |-> b, leaderEpoch |-> 2, isr |-> Replicas, elr |-> {},
                partitionEpoch |-> 2, registered |-> [r \in Replicas |-> 1]] IN
  /\ Cardinality({a, b, c}) = 3
  /\ log = [r \in Replicas |-> IF r = b THEN <<>> ELSE <<record>>]
  /\ epochCache = [r \in Replicas |-> <<[epoch |-> IF r = b THEN 2 ELSE 1, start |-> 0]>>]
  /\ durable = [r \in Replicas |-> 0] /\ highWatermark = [r \in Replicas |-> 0]
  /\ replica = [r \in Replicas |->
       IF r = a THEN State("leader", a, 1, Replicas, 1, 0)
       ELSE IF r = b THEN State("leader", b, 2, Replicas, 2, 0)
       ELSE State("follower", b, 2, {}, 0, 0)]
  /\ remote = [[r \in Replicas |-> NoFollowers] EXCEPT ![a][c].brokerEpoch = 1]
  /\ brokerEpoch = [r \in Replicas |-> 1] /\ lateFetch = [r \in Replicas |-> None]
  /\ fetchResponse = [r \in Replicas |-> IF r # c THEN None ELSE
       [epoch |-> 2, from |-> 1, diverging |-> [epoch |-> 1, end |-> 0], records |-> <<>>,
        highWatermark |-> 0]]
  /\ alterRequest = [r \in Replicas |-> None] /\ alterResponse = [r \in Replicas |-> None]
  /\ leaderAndIsr = Messages(Replicas, state) /\ controller = state
  /\ produced = <<"zero">> /\ committed = <<>> /\ answers = <<>>
  /\ lossEpoch = 0 /\ damaged = {} /\ faults = [kind \in FaultKinds |-> 0]
SpecDiverging == InitDiverging /\ [][Next]_vars

\* -------------------------------------------------------------------------
\* Each of these must turn out false, or the models show less than they seem to.

\* "Nothing is ever acknowledged."
NeverAcknowledges == AcknowledgedAll = {}
\* "Only the first leader ever commits anything."
NeverCommitsInLaterEpoch ==
  \A l \in Replicas : IsLeader(l) /\ replica[l].epoch > 1 => highWatermark[l] = 0
\* "No follower ever has to truncate."
NeverDiverges ==
  \A f \in Replicas : fetchResponse[f] # None => fetchResponse[f].diverging = None
\* "A deposed leader never commits anything." (It does, and nothing is wrong with that.)
NeverCommitsWhenDeposed ==
  [][\A l \in Replicas :
       IsLeader(l) /\ ~TrueLeader(l) => highWatermark'[l] <= highWatermark[l]]_vars
\* "A leader can always tell the end of the log."
NeverRefusesListOffsets == \A l \in Replicas : TrueLeader(l) => AnswersListOffsets(l)
\* "A proposed member is never found to be another one by now."
NeverIneligible == \A l \in Replicas : alterResponse[l] # None => ~alterResponse[l].error
\* "Leaders come from the ISR only."
NeverElectsEligible ==
  [][controller'.leader \in {None, controller.leader} \union controller.isr]_vars
\* "There is always somebody who may lead."
NeverNobodyMayLead == ~NobodyMayLead
\* "Responses are never late."
NeverStaleResponse == \A f \in Replicas : fetchResponse[f] # None => Fits(fetchResponse[f], f)
\* "An answer with acks=all is for ever." False with Kafka's rule for the last in-sync replica.
NeverLosesAcknowledged == [][DOMAIN answers \subseteq DOMAIN answers']_vars
=============================================================================
