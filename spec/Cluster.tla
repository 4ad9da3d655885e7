------------------------------ MODULE Cluster ------------------------------
\* Copyright 2026 The Gregor Authors.
\* SPDX-License-Identifier: Apache-2.0
(***************************************************************************)
(* Controller and replication together, over one ZooKeeper: the seam.      *)
(*                                                                         *)
(* ControllerElection.tla does not know why a leader asks for other in-    *)
(* sync replicas, and Replication.tla takes for granted that somebody      *)
(* hands out leaders in an orderly way. Here the processes of              *)
(* ControllerActions.tla hold logs. Leader epochs come by LeaderAndIsr     *)
(* requests that are late, repeated and from controllers that are no more; *)
(* in-sync replicas are changed by leaders (AlterPartition) and by         *)
(* controllers (when a broker is gone), both by compare and set on the     *)
(* same znode; brokers come back with the id that they had.                *)
(*                                                                         *)
(* Replication is told in short, because its own spec has a state of its   *)
(* own for the quorum, which here is ZooKeeper and six messages: joining   *)
(* the two state spaces step by step would check neither further. A        *)
(* follower's fetch is one step that truncates to what its log and the     *)
(* leader's have in common by leader epochs, or copies one record; it is   *)
(* fenced by the leader epoch and tells the leader how far the follower    *)
(* has come, and as which registration (KIP-903). The high watermark       *)
(* counts every member of the in-sync replicas that are in force and of    *)
(* those that are asked for. A record below it is acknowledged. A crash    *)
(* keeps the log: the machine stays up. Another disk does not: a replica   *)
(* that has no folder of a topic which is older than the broker's          *)
(* registration knows that it may lack what its place among the in-sync    *)
(* replicas promises, and does not lead until it has caught up once        *)
(* (docs/findings.md).                                                     *)
(***************************************************************************)
EXTENDS ControllerElection

CONSTANT MinIsr   \* min.insync.replicas

VARIABLES
  log,          \* broker -> topic -> sequence of records [leaderEpoch, value]
  high,         \* broker -> topic -> high watermark, the number of records below it
  fetched,      \* leader -> topic -> follower -> how far it has come, and its registration, by
                \*   its last fetch in this leader epoch
  whole,        \* broker -> topic -> whether its log has had all that it should, once; on disk
  start,        \* leader -> topic -> where its leader epoch starts
  acked         \* ghost: topic -> the records [id, at, record] that were acknowledged

data == <<log, high, fetched, whole, start, acked>>
clusterVars == <<vars, data>>

Nobody == [f \in Brokers |-> [end |-> -1, epoch |-> 0]]
NoLogs == [t \in Topics |-> <<>>]
Min(a, b) == IF a < b THEN a ELSE b

-----------------------------------------------------------------------------
(* The log follows the role.                                               *)

\* BecomeLeader and BecomeFollower keep the log, but not one of an incarnation before.
FollowRole(m) ==
  LET b == m.to
      t == m.topic
      old == replica[b][t]
      takes == Newer(m.part, old)
      drops == takes /\ (m.part.gone \/ m.part.id # old.id)
      role == takes /\ (drops \/ m.part.leaderEpoch # old.leaderEpoch)
  IN /\ HandlePartitionRequest(m)
     /\ log' = IF drops THEN [log EXCEPT ![b][t] = <<>>] ELSE log
     /\ high' = IF drops THEN [high EXCEPT ![b][t] = 0] ELSE high
     /\ fetched' = IF role THEN [fetched EXCEPT ![b][t] = Nobody] ELSE fetched
     /\ start' = IF role THEN [start EXCEPT ![b][t] = Len(log'[b][t])] ELSE start
     /\ whole' = IF drops THEN [whole EXCEPT ![b][t] = m.part.gone \/ m.part.id > epoch[b]]
               ELSE whole
     /\ UNCHANGED acked

CrashWithLog(b) ==
  /\ Crash(b)
  /\ high' = [high EXCEPT ![b] = [t \in Topics |-> 0]]
  /\ fetched' = [fetched EXCEPT ![b] = [t \in Topics |-> Nobody]]
  /\ start' = [start EXCEPT ![b] = [t \in Topics |-> 0]]
  /\ UNCHANGED <<log, whole, acked>>

\* The broker will come back with its id and an empty disk.
ReplaceDisk(b) ==
  /\ phase[b] = "down"
  /\ Spend({"wipe"})
  /\ log' = [log EXCEPT ![b] = NoLogs]
  /\ replica' = [replica EXCEPT ![b] = [t \in Topics |-> Nothing]]
  /\ UNCHANGED <<zkVars, local, newest, metadata, proposed, requests, broken>>
  /\ UNCHANGED <<high, fetched, whole, start, acked>>

-----------------------------------------------------------------------------
(* Replication.                                                            *)

Leads(b, t) == Listens(b) /\ ~replica[b][t].gone /\ replica[b][t].leader = b /\ whole[b][t]

MaximalIsr(b, t) == replica[b][t].isr \cup proposed[b][t]

LeaderAppend(b, t) ==
  /\ Leads(b, t)
  /\ Cardinality(replica[b][t].isr) >= MinIsr
  /\ Spend({"append"})
  /\ LET record == [leaderEpoch |-> replica[b][t].leaderEpoch, value |-> spent.append]
     IN log' = [log EXCEPT ![b][t] = Append(@, record)]
  /\ UNCHANGED <<zkVars, local, held, requests, broken>>
  /\ UNCHANGED <<high, fetched, whole, start, acked>>

\* Records of leader epochs up to e at the beginning of a log.
EndOfEpoch(l, e) == Cardinality({i \in DOMAIN l : l[i].leaderEpoch <= e})

\* A follower that has the high watermark, and all from before this leader epoch.
CaughtUp(b, t, end) == end >= high[b][t] /\ end >= start[b][t]

FollowerFetch(f, b, t) ==
  LET mine == log[f][t]
      theirs == log[b][t]
      last == IF mine = <<>> THEN -1 ELSE mine[Len(mine)].leaderEpoch
      known == last = -1 \/ \E i \in DOMAIN theirs : theirs[i].leaderEpoch = last
      same == IF known THEN EndOfEpoch(theirs, last)
              ELSE Min(EndOfEpoch(theirs, last), EndOfEpoch(mine, last - 1))
      diverges == last # -1 /\ same < Len(mine)
  IN /\ f # b /\ Leads(b, t) /\ Listens(f)
     /\ ~replica[f][t].gone /\ replica[f][t].leader = b
     /\ replica[f][t].id = replica[b][t].id /\ replica[f][t].leaderEpoch = replica[b][t].leaderEpoch
     /\ IF diverges
        THEN /\ log' = [log EXCEPT ![f][t] = SubSeq(@, 1, same)]
             /\ high' = [high EXCEPT ![f][t] = Min(@, same)]
             /\ UNCHANGED <<fetched, whole>>
        ELSE LET at == Len(mine)
                 copied == IF at < Len(theirs) THEN Append(mine, theirs[at + 1]) ELSE mine
             IN /\ fetched' = [fetched EXCEPT ![b][t][f] = [end |-> at, epoch |-> epoch[f]]]
                /\ log' = [log EXCEPT ![f][t] = copied]
                /\ high' = [high EXCEPT ![f][t] = Min(high[b][t], Len(copied))]
                /\ whole' = [whole EXCEPT ![f][t] = @ \/ CaughtUp(b, t, at)]
     /\ UNCHANGED <<vars, start, acked>>
     /\ data' # data

\* Every member of the maximal in-sync replicas has it. Below the minimum nothing moves.
AdvanceHighWatermark(b, t) ==
  LET has(f) == IF f = b THEN Len(log[b][t]) ELSE fetched[b][t][f].end
      next == CHOOSE n \in {has(f) : f \in MaximalIsr(b, t)} :
                \A f \in MaximalIsr(b, t) : n <= has(f)
  IN /\ Leads(b, t)
     /\ Cardinality(replica[b][t].isr) >= MinIsr
     /\ next > high[b][t]
     /\ high' = [high EXCEPT ![b][t] = next]
     /\ acked' = [acked EXCEPT ![t] = @ \cup
          {[id |-> replica[b][t].id, at |-> i, record |-> log[b][t][i]] : i \in 1 .. next}]
     /\ UNCHANGED <<vars, log, fetched, whole, start>>

\* A follower that has caught up may join, as the registration that fetched; any may be dropped.
ProposeIsrByLog(b, t) ==
  /\ Leads(b, t)
  /\ \E f \in Brokers \ {b} :
       \/ ProposeIsr(b, t, replica[b][t].isr \ {f}, None, 0)
       \/ /\ CaughtUp(b, t, fetched[b][t][f].end)
          /\ ProposeIsr(b, t, replica[b][t].isr \cup {f}, f, fetched[b][t][f].epoch)
  /\ UNCHANGED data

-----------------------------------------------------------------------------
(* The specification.                                                      *)

DataInit ==
  /\ log = [b \in Brokers |-> NoLogs]
  /\ high = [b \in Brokers |-> [t \in Topics |-> 0]]
  /\ fetched = [b \in Brokers |-> [t \in Topics |-> Nobody]]
  /\ whole = [b \in Brokers |-> [t \in Topics |-> TRUE]]
  /\ start = [b \in Brokers |-> [t \in Topics |-> 0]]
  /\ acked = [t \in Topics |-> {}]

\* What leaves the logs alone, by subjects.
SessionEnds(s) == (Expire(s) \/ ExpireAbandoned(s)) /\ UNCHANGED data
RequestIsLost(m) == (Lose(m) \/ Refuse) /\ UNCHANGED data
TopicIsMade(t) == (\E c, l \in Brokers : CreateTopic(c, t, l)) /\ UNCHANGED data
TopicIsDeleted(t) == (\E c \in Brokers : DeleteTopic(c, t)) /\ UNCHANGED data
BrokerStarts(b) ==
  /\ \/ Start(b) \/ Reconnect(b) \/ LearnExpiry(b)
     \/ Register(b) \/ LearnRegistration(b)
  /\ UNCHANGED data
ControllerIsElected(b) ==
  /\ ReadController(b) \/ TakeOffice(b) \/ LoseElection(b) \/ Resign(b) \/ Load(b)
  /\ UNCHANGED data
ControllerNotices(c, b) == (LoseBroker(c, b) \/ WelcomeBroker(c, b)) /\ UNCHANGED data
LeaderIsElected(c, t) ==
  (\E l \in Brokers \cup {None} : ElectLeader(c, t, l)) /\ UNCHANGED data
ControllerAnswers(c, m) == (CommitIsr(c, m) \/ RefuseIsr(c, m)) /\ UNCHANGED data
BrokerHears(m) == (HandleUpdateMetadata(m) \/ HandleAlterPartitionReply(m)) /\ UNCHANGED data

ClusterNext ==
  \/ \E b \in Brokers :
       \/ CrashWithLog(b) \/ ReplaceDisk(b) \/ BrokerStarts(b) \/ ControllerIsElected(b)
       \/ \E x \in Brokers : ControllerNotices(b, x)
       \/ \E m \in requests : ControllerAnswers(b, m)
  \/ \E t \in Topics :
       \/ TopicIsMade(t) \/ TopicIsDeleted(t)
       \/ \E b \in Brokers : \/ LeaderIsElected(b, t) \/ LeaderAppend(b, t)
                            \/ AdvanceHighWatermark(b, t) \/ ProposeIsrByLog(b, t)
       \/ \E b, f \in Brokers : FollowerFetch(f, b, t)
  \/ \E s \in live : SessionEnds(s)
  \/ \E m \in requests : FollowRole(m) \/ BrokerHears(m) \/ RequestIsLost(m)

ClusterSpec == Running /\ DataInit /\ [][ClusterNext]_clusterVars

-----------------------------------------------------------------------------
(* What users are promised.                                                *)

\* The one that the tree names, and that has heard of it.
TrueLeader(b, t) ==
  Leads(b, t) /\ replica[b][t].id = Topic(t).id /\ replica[b][t].leaderEpoch = Topic(t).leaderEpoch

Has(b, t, a) == a.at <= Len(log[b][t]) /\ log[b][t][a.at] = a.record

\* R5. A leader has every acknowledged record.
NoAcknowledgedRecordLost ==
  \A b \in Brokers, t \in Topics : TrueLeader(b, t) =>
    \A a \in acked[t] : a.id = Topic(t).id => Has(b, t, a)

\* R6. So has everyone who may be elected next.
CandidatesAreComplete ==
  \A t \in Topics : \A b \in Topic(t).isr :
    replica[b][t].id = Topic(t).id /\ whole[b][t] =>
      \A a \in acked[t] : a.id = Topic(t).id => Has(b, t, a)

\* R7. The leader reckons with everyone whom the controller could elect.
LeaderReckonsWithIsr ==
  \A b \in Brokers, t \in Topics : TrueLeader(b, t) => Topic(t).isr \subseteq MaximalIsr(b, t)

\* R1. Where two logs of an incarnation have a record of one leader epoch, they agree up to there.
LogsMatch ==
  \A a, b \in Brokers, t \in Topics : replica[a][t].id = replica[b][t].id =>
    \A i \in DOMAIN log[a][t] \cap DOMAIN log[b][t] :
      log[a][t][i].leaderEpoch = log[b][t][i].leaderEpoch =>
        SubSeq(log[a][t], 1, i) = SubSeq(log[b][t], 1, i)

\* R2. What is below two high watermarks is the same.
CommittedPrefixesAgree ==
  \A a, b \in Brokers, t \in Topics : replica[a][t].id = replica[b][t].id =>
    \A i \in 1 .. Min(high[a][t], high[b][t]) : log[a][t][i] = log[b][t][i]
=============================================================================
