---------------------- MODULE MC_ControllerElection ----------------------
\* Copyright 2026 The Gregor Authors.
\* SPDX-License-Identifier: Apache-2.0
(***************************************************************************)
(* Bounds for ControllerElection.tla. Faults and wishes are counted; what  *)
(* heals is not bounded, as it comes to an end by itself.                  *)
(*                                                                         *)
(* Brokers are interchangeable: no action and no property names one, or    *)
(* compares two, and a leader is chosen among all that may lead. Hence the *)
(* symmetry, except where temporal properties are checked.                 *)
(***************************************************************************)
EXTENDS ControllerElection

Symmetry == Permutations(Brokers)

\* What will be refused whenever it comes is refused at once: nothing can tell the difference, as
\* epochs only rise, and a refusal changes nothing else.
RefuseFirst == Hopeless = {} \/ Refuse

NoFaults == [crash |-> 0, expiry |-> 0, loss |-> 0, duplicate |-> 0, lostReply |-> 0,
             create |-> 0, delete |-> 0, propose |-> 0]

CrashBudget    == [NoFaults EXCEPT !.crash = 1]
BounceBudget   == [NoFaults EXCEPT !.crash = 1, !.propose = 1]
ExpiryBudget   == [NoFaults EXCEPT !.expiry = 1]
ZombieBudget   == [NoFaults EXCEPT !.expiry = 1, !.delete = 1]
RecreateBudget == [NoFaults EXCEPT !.create = 1, !.delete = 1, !.duplicate = 1]
IsrBudget      == [NoFaults EXCEPT !.propose = 2, !.lostReply = 1]
LossBudget     == [NoFaults EXCEPT !.crash = 1, !.delete = 1, !.loss = 1]
RepliesBudget  == [NoFaults EXCEPT !.crash = 1, !.lostReply = 1]
CrashesBudget  == [NoFaults EXCEPT !.crash = 2, !.propose = 1]
JoinsBudget    == [NoFaults EXCEPT !.crash = 1, !.propose = 2]
ExpiriesBudget == [NoFaults EXCEPT !.expiry = 2]
DeepBudget     == [crash |-> 1, expiry |-> 1, loss |-> 1, duplicate |-> 1, lostReply |-> 1,
                   create |-> 1, delete |-> 1, propose |-> 1]
ElectionBudget == [NoFaults EXCEPT !.crash = 1, !.expiry = 1]

\* All processes are down, and there was never a controller. The znode of the epoch is there: who
\* makes it does not matter.
ColdStart ==
  /\ znodes = [p \in Paths |-> IF p # EpochPath THEN None
                              ELSE [data |-> 0, version |-> 0, czxid |-> 0, owner |-> None]]
  /\ zxid = 0
  /\ live = {}
  /\ session = [b \in Brokers |-> 0]
  /\ watches = [b \in Brokers |-> {}]
  /\ notices = [b \in Brokers |-> {}]
  /\ phase = [b \in Brokers |-> "down"]
  /\ lost = [b \in Brokers |-> FALSE]
  /\ epoch = [b \in Brokers |-> 0]
  /\ office = [b \in Brokers |-> NoOffice]
  /\ image = [b \in Brokers |-> NoImage]
  /\ newest = [b \in Brokers |-> 0]
  /\ replica = [b \in Brokers |-> [t \in Topics |-> Nothing]]
  /\ metadata = [b \in Brokers |-> [t \in Topics |-> Nothing]]
  /\ proposed = [b \in Brokers |-> [t \in Topics |-> {}]]
  /\ requests = {}
  /\ spent = [k \in DOMAIN Budget |-> 0]
  /\ broken = {}

\* For checks that the models get anywhere: each must be violated.
NeverAZombie == ~\E b \in Brokers : lost[b] /\ phase[b] = "active" /\ office[b].epoch < NewestEpoch
NeverTwoInOffice == ~\E b, c \in Brokers : b # c /\ InOffice(b) /\ InOffice(c)
NeverRefused == Hopeless = {}
NeverElectsOther == \A t \in Topics : Topic(t).leaderEpoch < 2
NeverRecreated == \A b \in Brokers, t \in Topics :
  replica[b][t].gone \/ metadata[b][t].gone \/ replica[b][t].id = metadata[b][t].id
NeverAdmits == ~\E m \in requests : m.type = "AlterPartitionReply" /\ m.part.isr = Brokers
NeverLeaderless == \A t \in Topics : Topic(t).gone \/ Topic(t).leader # None
=============================================================================
