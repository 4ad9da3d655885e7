---------------------------- MODULE MC_Cluster ----------------------------
\* Copyright 2026 The Gregor Authors.
\* SPDX-License-Identifier: Apache-2.0
EXTENDS Cluster

Symmetry == Permutations(Brokers)

\* As in MC_ControllerElection.tla.
RefuseFirst == Hopeless = {} \/ Refuse

\* UpdateMetadata changes nothing but what clients are told; ControllerElection.tla checks that.
TellReplicas(c, b, brokerEpoch, t, part) ==
  {Request(c, IF part.gone THEN "StopReplica" ELSE "LeaderAndIsr", b, brokerEpoch, t, part)}

NoFaults == [crash |-> 0, expiry |-> 0, loss |-> 0, duplicate |-> 0, lostReply |-> 0,
             create |-> 0, delete |-> 0, propose |-> 0, append |-> 0, wipe |-> 0]
SmallBudget == [NoFaults EXCEPT !.crash = 1, !.append = 1, !.propose = 1]
IsrBudget   == [NoFaults EXCEPT !.crash = 1, !.append = 1, !.propose = 2]
ZombieBudget == [NoFaults EXCEPT !.expiry = 1, !.append = 2]
DiskBudget  == [NoFaults EXCEPT !.crash = 1, !.append = 1, !.wipe = 1]
DisksBudget == [NoFaults EXCEPT !.crash = 2, !.append = 1, !.wipe = 1]
TopicBudget == [NoFaults EXCEPT !.append = 2, !.create = 1, !.delete = 1, !.duplicate = 1]
WideBudget  == [crash |-> 2, expiry |-> 2, loss |-> 1, duplicate |-> 1, lostReply |-> 1,
                create |-> 1, delete |-> 1, propose |-> 3, append |-> 3, wipe |-> 1]

NeverFails == ~\E b \in Brokers, t \in Topics :
                Topic(t).leaderEpoch > 0 /\ TrueLeader(b, t) /\ acked[t] # {}
NeverTruncates == [][\A b \in Brokers, t \in Topics :
                      Len(log'[b][t]) >= Len(log[b][t]) \/ log'[b][t] = <<>>]_clusterVars
NeverIncomplete == \A b \in Brokers, t \in Topics :
                     whole[b][t] \/ acked[t] = {} \/ Topic(t).leader # b
=============================================================================
