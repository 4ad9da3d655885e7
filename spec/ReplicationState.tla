-------------------------- MODULE ReplicationState --------------------------
\* Copyright 2026 The Gregor Authors.
\* SPDX-License-Identifier: Apache-2.0
(***************************************************************************)
(* What Replication.tla is about: its constants, its variables, the words  *)
(* that its actions use, and the first state. Read the story there first.  *)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets, TLC, EpochCache

CONSTANTS
  Replicas,              \* the brokers that have a replica
  None,                  \* no broker, no message
  MinInsyncReplicas,     \* min.insync.replicas
  UncleanLeaderElection, \* unclean.leader.election.enable
  EligibleLeaders,       \* eligible.leader.replicas.version >= 1; FALSE: as Kafka with ZooKeeper
  FlushEachMessage,      \* flush.messages = 1: records are on disk before anybody counts them
  AcksLevels,            \* what producers ask for: a subset of {"zero", "one", "all"}
  MaxRecords,            \* how many records are produced
  Budget                 \* how often things go wrong, by kind; see FaultKinds

\* "expire": a broker that lives loses its session      "crash": power fails, unflushed data is gone
\* "disk":   a disk is replaced by an empty one         "slow":  a follower falls out of the ISR
\* "move":   the leader is moved for no need            "lost":  an AlterPartition response is lost
FaultKinds == {"expire", "crash", "disk", "slow", "move", "lost"}

VARIABLES
  \* What a broker has on its disk.
  log,            \* the records, each with its number (id), its epoch and the acks of its producer
  epochCache,     \* the leader epochs in the log, each with the offset where it starts
  durable,        \* how many records are flushed; a crash keeps these and some of the others
  \* What a broker has in memory.
  highWatermark,  \* how many records it knows to be committed (after a crash: from a checkpoint)
  replica,        \* its role, epoch and leader; as leader the ISR, its version, and a proposed ISR
  remote,         \* as leader: how far each follower's log goes, and in which life it said so
  brokerEpoch,    \* the number of its registration
  \* What is under way.
  fetchResponse,  \* to each follower at most one response
  lateFetch,      \* from each follower that crashed at most one request, if it was on its way
  alterRequest,   \* from each broker at most one AlterPartition request; it may be handled twice
  alterResponse,  \* to each broker at most one response
  leaderAndIsr,   \* all LeaderAndIsr requests ever sent: late, repeated and reordered for free
  \* What the controller (that is: ZooKeeper) has.
  controller,     \* leader, leaderEpoch, isr, elr, partitionEpoch, registered broker epochs
  \* History: read by properties only, or to bound a model.
  produced,       \* the acks of each record sent so far
  committed,      \* the longest sequence of records that anybody was shown
  answers,        \* what producers were told: from the number of a record to its offset
  lossEpoch,      \* the epoch of the last election that was allowed to lose records, or 0
  damaged,        \* brokers whose log lost its end since they last joined the ISR
  faults          \* how often something went wrong, by kind

diskVars == <<log, epochCache, durable>>
memoryVars == <<highWatermark, replica, remote, brokerEpoch>>
alterVars == <<alterRequest, alterResponse>>
fetchVars == <<fetchResponse, lateFetch>>
brokerVars == <<diskVars, memoryVars, fetchVars, alterVars>>
controllerVars == <<controller, leaderAndIsr>>
historyVars == <<produced, committed, answers, lossEpoch, damaged, faults>>
vars == <<brokerVars, controllerVars, historyVars>>

-----------------------------------------------------------------------------
\* Something goes wrong once more, if it still may.
Fault(kind) == faults[kind] < Budget[kind] /\ faults' = [faults EXCEPT ![kind] = @ + 1]

IsRunning(r) == replica[r].role # "down"
IsLeader(r) == replica[r].role = "leader"
IsFollowerOf(f, l) ==
  /\ replica[f].role = "follower" /\ replica[f].leader = l
  /\ IsLeader(l) /\ replica[f].epoch = replica[l].epoch

\* It is in sync because an election that may lose preferred it, and still in an epoch before that.
HasNotHeardOfLoss(r) == r \in controller.isr /\ replica[r].epoch < lossEpoch

\* Members that the leader must count: those that are, and those that may already be.
MaximalIsr(l) == replica[l].isr \union replica[l].pendingIsr

NoFollowers == [f \in Replicas |-> [end |-> 0, brokerEpoch |-> 0]]
State(role, leader, epoch, isr, partitionEpoch, startOffset) ==
  [role |-> role, leader |-> leader, epoch |-> epoch, isr |-> isr, pendingIsr |-> {},
   partitionEpoch |-> partitionEpoch, startOffset |-> startOffset]
Idle(role) == State(role, None, 0, {}, 0, 0)

-----------------------------------------------------------------------------
\* All replicas are registered, follow one of them, and are in the ISR.
Init ==
  \E leader \in Replicas :
    /\ log = [r \in Replicas |-> <<>>]
    /\ epochCache = [r \in Replicas |-> IF r = leader THEN <<[epoch |-> 1, start |-> 0]>> ELSE <<>>]
    /\ durable = [r \in Replicas |-> 0] /\ highWatermark = [r \in Replicas |-> 0]
    /\ replica = [r \in Replicas |->
         IF r = leader THEN State("leader", leader, 1, Replicas, 1, 0)
         ELSE State("follower", leader, 1, {}, 0, 0)]
    /\ remote = [r \in Replicas |-> NoFollowers] /\ brokerEpoch = [r \in Replicas |-> 1]
    /\ fetchResponse = [r \in Replicas |-> None] /\ lateFetch = [r \in Replicas |-> None]
    /\ alterRequest = [r \in Replicas |-> None] /\ alterResponse = [r \in Replicas |-> None]
    /\ leaderAndIsr = {}
    /\ controller = [leader |-> leader, leaderEpoch |-> 1, isr |-> Replicas, elr |-> {},
         partitionEpoch |-> 1, registered |-> [r \in Replicas |-> 1]]
    /\ produced = <<>> /\ committed = <<>> /\ answers = <<>>
    /\ lossEpoch = 0 /\ damaged = {} /\ faults = [kind \in FaultKinds |-> 0]
=============================================================================
