----------------------- MODULE ReplicationProperties ------------------------
\* Copyright 2026 The Gregor Authors.
\* SPDX-License-Identifier: Apache-2.0
(***************************************************************************)
(* What Replication promises, each with the sentence that a user would     *)
(* say.                                                                    *)
(*                                                                         *)
(* No property excuses itself by counting faults. What may be lost is said *)
(* where it is lost: an election that is allowed to lose (unclean, or,     *)
(* without eligible leaders, of a last in-sync replica that came back from *)
(* a crash with less) sets lossEpoch and cuts `committed` to what the new  *)
(* leader has; from there on everything must hold again. What belongs to   *)
(* the world before such an election (brokers in an older epoch) is not    *)
(* looked at; followers are looked at only if there was none, because they *)
(* serve what they have until their first fetch.                           *)
(***************************************************************************)
EXTENDS Replication

\* The one that the controller means, and that knows it.
TrueLeader(r) ==
  /\ controller.leader = r /\ IsLeader(r) /\ controller.leaderEpoch = replica[r].epoch
\* Not of a world that an election gave up.
InThisWorld(r) == replica[r].epoch >= lossEpoch
\* A member whose word counts: it runs (a crashed one is about to be found out, and thrown out), and
\* is not a last in-sync replica that may lead although it lost something.
Counts(r) == IsRunning(r) /\ (EligibleLeaders \/ r \notin damaged)
Exposed(r) == Prefix(log[r], highWatermark[r])
ReadFrom(r) == IF lossEpoch = 0 THEN IsRunning(r) ELSE IsLeader(r) /\ InThisWorld(r)
AcknowledgedAll == {id \in DOMAIN answers : produced[id] = "all"}

Brokers == Replicas \union {None}
Records == [id : DOMAIN produced, epoch : 1..controller.leaderEpoch, acks : AcksLevels]
ReplicaStates ==
  [role : {"down", "idle", "follower", "leader"}, leader : Brokers, epoch : Nat,
   isr : SUBSET Replicas, pendingIsr : SUBSET Replicas, partitionEpoch : Nat, startOffset : Nat]
ControllerStates ==
  [leader : Brokers, leaderEpoch : Nat, isr : SUBSET Replicas, elr : SUBSET Replicas,
   partitionEpoch : Nat, registered : [Replicas -> Nat]]
TypeOk ==
  /\ log \in [Replicas -> Seq(Records)]
  /\ replica \in [Replicas -> ReplicaStates]
  /\ controller \in ControllerStates /\ controller.isr \intersect controller.elr = {}
  /\ damaged \subseteq Replicas
  /\ \A r \in Replicas :
       /\ durable[r] \in 0..Len(log[r])
       /\ highWatermark[r] \in 0..Len(log[r])
       /\ replica[r].epoch <= controller.leaderEpoch
       /\ controller.registered[r] <= brokerEpoch[r]

-----------------------------------------------------------------------------
\* The logs.

\* What is in a log up to some record, that one included.
Beginnings == UNION {{Prefix(log[r], i) : i \in DOMAIN log[r]} : r \in Replicas}

\* R1. "Two replicas that have a record of the same epoch at the same offset agree up to there."
LogMatching ==
  \A a, b \in Beginnings :
    Len(a) = Len(b) /\ a[Len(a)].epoch = b[Len(b)].epoch => a = b

\* R14. The epoch cache says what the log says: the epoch of a record is that of the last entry that
\* starts there or before. The last entry of all may be of an epoch without records.
EpochCacheMatchesLog ==
  \A r \in Replicas :
    LET cache == epochCache[r] IN
    /\ \A i \in 2..Len(cache) :
         cache[i - 1].epoch < cache[i].epoch /\ cache[i - 1].start < cache[i].start
    /\ cache # <<>> => cache[Len(cache)].start <= Len(log[r])
    /\ \A i \in DOMAIN log[r] : log[r][i].epoch = LatestEpoch(CutCache(cache, i))

\* R15. "No record is in a log twice." (Offsets are dense because a log is a sequence.)
NoDuplicates ==
  \A r \in Replicas : Cardinality({log[r][i].id : i \in DOMAIN log[r]}) = Len(log[r])

-----------------------------------------------------------------------------
\* What was shown or promised.

\* R2, R13. "Whoever answers my fetch, I see the same records at the same offsets."
ConsistentReads == \A r \in Replicas : ReadFrom(r) => IsPrefix(Exposed(r), committed)

\* R5. "The leader has everything that anybody was ever shown, or was promised with acks=all."
LeaderCompleteness == \A r \in Replicas : TrueLeader(r) => IsPrefix(committed, log[r])

\* R6. "Whoever may be elected next has it too."
CandidateCompleteness ==
  \A r \in controller.isr \union controller.elr : Counts(r) => IsPrefix(committed, log[r])

\* R5 for producers, in their words: "an acknowledged record is where I was told."
NoAcknowledgedRecordLost ==
  \A id \in AcknowledgedAll : \A r \in Replicas : TrueLeader(r) =>
    /\ answers[id] < Len(log[r])
    /\ log[r][answers[id] + 1].id = id

\* R18. "With fewer power failures than min.insync.replicas there is still somebody who has it all
\* and may lead."
NoCommittedRecordLostGlobally ==
  (EligibleLeaders /\ lossEpoch = 0 /\ faults["crash"] + faults["disk"] < MinInsyncReplicas) =>
    \E r \in controller.isr \union controller.elr : IsPrefix(committed, log[r])

\* R19. "With flush.messages=1 an acknowledged record is on min.insync.replicas disks."
DurableAck ==
  (FlushEachMessage /\ faults["disk"] = 0 /\ lossEpoch = 0) =>
    \A id \in AcknowledgedAll :
      Cardinality({r \in Replicas : durable[r] > answers[id] /\ log[r][answers[id] + 1].id = id})
        >= MinInsyncReplicas

\* R12. "The end of the log that I am told never goes back." The leader answers ListOffsets only
\* when its high watermark has reached the start of its epoch; then nobody was ever shown more.
ListOffsetsNeverGoesBack ==
  \A r \in Replicas : TrueLeader(r) /\ AnswersListOffsets(r) => highWatermark[r] = Len(committed)

-----------------------------------------------------------------------------
\* The in-sync replicas.

\* R3. What any leader, a zombie included, exposes is on every in-sync replica.
StrongIsr ==
  \A l \in Replicas : IsLeader(l) /\ InThisWorld(l) =>
    \A r \in controller.isr : Counts(r) => IsPrefix(Exposed(l), log[r])

\* R4. The same for those whom that leader takes for in sync.
WeakIsr ==
  \A l \in Replicas : IsLeader(l) /\ InThisWorld(l) =>
    \A r \in replica[l].isr : IsRunning(r) /\ r \notin damaged => IsPrefix(Exposed(l), log[r])

\* R7. The leader counts at least everybody who may be elected.
QuorumSuperset == \A l \in Replicas : TrueLeader(l) => controller.isr \subseteq MaximalIsr(l)

\* R8. Everybody who is counted has what is below the high watermark, or lost it afterwards.
HighWatermarkOnMaximalIsr ==
  \A l \in Replicas : TrueLeader(l) =>
    \A r \in MaximalIsr(l) :
      IsRunning(r) /\ r \notin damaged => Len(log[r]) >= highWatermark[l]

\* C6, C7. The leader is in sync; the ISR is empty only if there is no leader.
LeaderInIsr == controller.leader # None => controller.leader \in controller.isr

\* One leader for each epoch.
OneLeaderPerEpoch ==
  \A a \in Replicas : IsLeader(a) =>
    \A b \in Replicas : IsLeader(b) /\ replica[a].epoch = replica[b].epoch => a = b

-----------------------------------------------------------------------------
\* Steps.

\* R9. "acks=all means: min.insync.replicas of them."
AcksAllNeedsMinIsr ==
  [][\A id \in AcknowledgedAll' \ AcknowledgedAll : \E l \in Replicas :
       /\ IsLeader(l) /\ Cardinality(replica[l].isr) >= MinInsyncReplicas
       /\ answers'[id] < highWatermark'[l] /\ log[l][answers'[id] + 1].id = id]_vars

\* R10. "What was shown stays", unless an election may lose, until its winner hears of it. And no
\* broker goes back within an epoch.
CommittedOnlyGrows ==
  [][IsPrefix(committed, committed') \/ lossEpoch' # lossEpoch
     \/ \E r \in Replicas : HasNotHeardOfLoss(r) /\ Len(log'[r]) < Len(log[r])]_vars
HighWatermarkNeverGoesBack ==
  [][lossEpoch' = 0 => \A r \in Replicas :
       highWatermark'[r] < highWatermark[r] => ~IsRunning(r) \/ replica'[r].role = "down"]_vars

\* R11. Nobody who may be elected truncates what was committed. (One who is not in sync may: it
\* fetches it again before it is counted.)
TruncatesOnlyUncommitted ==
  [][\A r \in controller.isr \union controller.elr :
       Len(log'[r]) < Len(log[r]) /\ Counts(r) /\ replica'[r].role # "down" =>
         IsPrefix(committed', log'[r])]_vars

\* R16. A fetch or its answer has an effect only between two in the same epoch, and an ISR only if
\* proposed in the controller's epoch.
EpochFence ==
  [][/\ \A f \in Replicas :
          log'[f] # log[f] /\ fetchResponse[f] # None
            /\ replica[f].role = "follower" /\ replica'[f].role # "down"
          => fetchResponse[f].epoch = replica[f].epoch
     /\ \A l \in Replicas : remote'[l] # remote[l] => \A f \in Replicas :
          (remote'[l][f] # remote[l][f] /\ remote'[l][f].brokerEpoch = brokerEpoch[f]
             /\ IsRunning(f))
          => replica[l].epoch = replica[f].epoch /\ remote'[l][f].end = Len(log[f])
     /\ controller'.isr # controller.isr /\ controller'.leaderEpoch = controller.leaderEpoch =>
          /\ alterRequest[controller.leader] # None
          /\ alterRequest[controller.leader].epoch = controller.leaderEpoch]_vars

\* Whoever leads never truncates.
LeaderNeverTruncates ==
  [][\A r \in Replicas :
       IsLeader(r) /\ replica'[r].role = "leader" => IsPrefix(log[r], log'[r])]_vars

\* R17. "A broker that comes back from a crash may not lead until it has caught up again": it leaves
\* both sets, and joins the ISR only with everything.
UncleanRestartLeavesIsr ==
  [][EligibleLeaders => \A r \in Replicas : ~IsRunning(r) /\ replica'[r].role # "down" =>
       r \notin controller'.isr \union controller'.elr]_vars
JoinsOnlyCaughtUp ==
  [][lossEpoch' = lossEpoch => \A r \in controller'.isr \ controller.isr :
       IsRunning(r) => IsPrefix(committed, log[r])]_vars

\* C9. The ISR changes only from the version that its proposer knew.
IsrIsCompareAndSet ==
  [][controller'.isr # controller.isr =>
       controller'.partitionEpoch = controller.partitionEpoch + 1]_vars

\* C5. Another leader, another epoch.
NewLeaderHasNewEpoch ==
  [][controller'.leader # controller.leader =>
       controller'.leaderEpoch > controller.leaderEpoch]_vars

-----------------------------------------------------------------------------
\* All of this together: Replication implements PartitionLog.

Log == INSTANCE PartitionLog WITH
  Viewers <- Replicas,
  MayLose <- UncleanLeaderElection \/ ~EligibleLeaders,
  sent <- produced,
  entries <- [i \in DOMAIN committed |-> committed[i].id],
  views <- [r \in Replicas |->
    IF ReadFrom(r) THEN [i \in 1..highWatermark[r] |-> log[r][i].id] ELSE <<>>]

ImplementsPartitionLog == Log!Spec

-----------------------------------------------------------------------------
\* What happens in the end, if faults end (Budget) and what heals is not held up for ever.

Fairness ==
  \A r \in Replicas :
    /\ WF_vars(\E m \in News(r) : BecomeLeader(r, m) \/ BecomeFollower(r, m))
    /\ \A f \in Replicas : WF_vars(HandleFetch(r, f)) /\ WF_vars(ExpandIsr(r, f))
    /\ WF_vars(FollowerAppend(r) \/ TruncateToEpoch(r) \/ DropStaleResponse(r))
    /\ WF_vars(Flush(r))
    /\ WF_vars(AdvanceHighWatermark(r))
    /\ WF_vars(CommitIsr(r))
    /\ WF_vars(HandleAlterPartition(r))
    /\ WF_vars(~IsRunning(r) /\ ExpireSession(r))
    /\ WF_vars(RegisterBroker(r))
    /\ WF_vars(ElectLeader(r))

FairSpec == Spec /\ Fairness

\* Nobody is left who may lead: all were lost. Then a human must decide (or unclean election).
NobodyMayLead == controller.leader = None /\ controller.isr \union controller.elr = {}

\* "There is a leader again, and it knows."
EventuallyLed == <>[]((\E r \in Replicas : TrueLeader(r)) \/ NobodyMayLead)
\* "All replicas are in sync again."
EventuallyInSync == <>[](controller.isr = Replicas \/ NobodyMayLead)
\* "With acks=all I get an answer": the offset, or an error because the leader's epoch ended.
EveryProduceIsAnswered ==
  \A id \in 1..MaxRecords :
    (\E l \in Replicas : IsLeader(l) /\ \E i \in DOMAIN log[l] :
        log[l][i].id = id /\ log[l][i].epoch = replica[l].epoch /\ log[l][i].acks = "all")
      ~> (id \in DOMAIN answers \/ ~\E l \in Replicas : IsLeader(l) /\ \E i \in DOMAIN log[l] :
            log[l][i].id = id /\ log[l][i].epoch = replica[l].epoch)
\* "What was acknowledged is everywhere in the end", and everything is readable everywhere.
AcknowledgedReachesAll ==
  \A id \in 1..MaxRecords : id \in DOMAIN answers /\ produced[id] = "all" ~>
    (NobodyMayLead \/ \A r \in Replicas : \E i \in DOMAIN log[r] : log[r][i].id = id)
EventuallyAllReadable ==
  <>[](NobodyMayLead \/ \A r \in Replicas : log[r] = committed /\ highWatermark[r] = Len(committed))
\* A proposal does not hang.
EveryProposalResolves ==
  \A r \in Replicas : replica[r].pendingIsr # {} ~> replica[r].pendingIsr = {}
=============================================================================
