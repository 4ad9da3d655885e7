---------------------------- MODULE Replication -----------------------------
\* Copyright 2026 The Gregor Authors.
\* SPDX-License-Identifier: Apache-2.0
(***************************************************************************)
(* How the replicas of one partition keep one log.                         *)
(*                                                                         *)
(* The controller names a leader. Each naming has a number, the leader     *)
(* epoch, and is told to the brokers by LeaderAndIsr messages, which may   *)
(* come late, twice, in any order, or never: an old leader may go on       *)
(* leading for a while without knowing that it is deposed (a zombie). The  *)
(* leader of an epoch appends what producers send; followers fetch from    *)
(* it. A fetch says how far the follower's log goes and which epoch its    *)
(* last record has; where that does not match the leader's log, the answer *)
(* says up to where it may match, and the follower truncates. It never     *)
(* truncates for another reason. A fetch counts only if follower and       *)
(* leader are in the same epoch.                                           *)
(*                                                                         *)
(* The replicas that are known to have everything are the in-sync replicas *)
(* (ISR). What all of them have is committed: below the high watermark,    *)
(* shown to consumers, and acknowledged to producers that asked for        *)
(* acks=all. The leader changes the ISR by AlterPartition, a compare and   *)
(* set at the controller; until it knows the outcome it counts both the    *)
(* old and the new members (the maximal ISR). A new leader comes from the  *)
(* ISR, so it has everything that was committed.                           *)
(*                                                                         *)
(* What goes wrong here: sessions expire while the broker lives on, the    *)
(* power fails and the end of the log that was not flushed is gone, a disk *)
(* is replaced by an empty one, followers are slow, leaders are moved,     *)
(* messages are late. What helps: the broker epoch, a number that a broker *)
(* gets with each registration, by which messages and fetches of an        *)
(* earlier life are told apart (KIP-903); min.insync.replicas; and         *)
(* eligible leader replicas (KIP-966): replicas that left the ISR when it  *)
(* had become too small to commit anything still have everything, and a    *)
(* broker that comes back from a crash is taken out of both sets.          *)
(*                                                                         *)
(* The controller is one register here, changed in one step each time.     *)
(* ControllerElection.tla has the real one, Cluster.tla both together;     *)
(* the actions of the replicas read and write no state of the controller.  *)
(***************************************************************************)
EXTENDS ReplicationState

-----------------------------------------------------------------------------
\* History: an election that may lose has lost what was committed from `kept` on, and what was
\* answered about that is void.
GiveUpFrom(kept) ==
  /\ committed' = Prefix(committed, kept)
  /\ answers' = [id \in {i \in DOMAIN answers : answers[i] < kept \/ i \notin
       {committed[n].id : n \in DOMAIN committed}} |-> answers[id]]

-----------------------------------------------------------------------------
\* Brokers: roles.

\* A LeaderAndIsr request that r accepts: sent to this life of r, about a later epoch.
Accepts(r, m) ==
  /\ m.to = r /\ IsRunning(r)
  /\ m.brokerEpoch = brokerEpoch[r]
  /\ m.epoch > replica[r].epoch
News(r) == {m \in leaderAndIsr : Accepts(r, m)}

\* Nothing is truncated. The epoch gets its entry now, not with its first record (KAFKA-7415);
\* what was known about followers belongs to other epochs and is forgotten.
BecomeLeader(r, m) ==
  /\ Accepts(r, m) /\ m.leader = r
  /\ replica' = [replica EXCEPT ![r] =
       State("leader", r, m.epoch, m.isr, m.partitionEpoch, Len(log[r]))]
  /\ epochCache' = [epochCache EXCEPT ![r] = Assign(@, m.epoch, Len(log[r]))]
  /\ remote' = [remote EXCEPT ![r] = NoFollowers]
  /\ committed' = IF m.epoch >= lossEpoch /\ highWatermark[r] > Len(committed)
       THEN Prefix(log[r], highWatermark[r]) ELSE committed   \* shown in a world that was given up
  /\ UNCHANGED <<log, durable, highWatermark, brokerEpoch, fetchVars, alterVars,
                 controllerVars, produced, answers, lossEpoch, damaged, faults>>

\* Nothing is truncated here either: the first fetch finds out what is to go. With no leader named
\* the broker waits in the new epoch.
BecomeFollower(r, m) ==
  /\ Accepts(r, m) /\ m.leader # r
  /\ replica' = [replica EXCEPT ![r] =
       State(IF m.leader = None THEN "idle" ELSE "follower", m.leader, m.epoch, {}, 0, 0)]
  /\ remote' = [remote EXCEPT ![r] = NoFollowers]
  /\ UNCHANGED <<diskVars, highWatermark, brokerEpoch, fetchVars, alterVars,
                 controllerVars, historyVars>>

-----------------------------------------------------------------------------
\* Brokers: produce, fetch, high watermark.

\* acks=all is refused while the ISR is too small (NOT_ENOUGH_REPLICAS); acks=1 is answered at once.
LeaderAppend(l, acks) ==
  /\ IsLeader(l) /\ Len(produced) < MaxRecords
  /\ acks = "all" => Cardinality(replica[l].isr) >= MinInsyncReplicas
  /\ produced' = Append(produced, acks)
  /\ log' = [log EXCEPT ![l] =
       Append(@, [id |-> Len(produced'), epoch |-> replica[l].epoch, acks |-> acks])]
  /\ answers' = IF acks = "one" THEN (Len(produced') :> Len(log[l])) @@ answers ELSE answers
  /\ UNCHANGED <<epochCache, durable, memoryVars, fetchVars, alterVars, controllerVars,
                 committed, lossEpoch, damaged, faults>>

\* What the leader answers to a fetch from this follower as it is now. A record at a time.
\* Not divergent: the high watermark as the leader has it.
ResponseTo(l, f) ==
  LET end == Len(log[f])
      last == LatestEpoch(epochCache[f])
      match == EndOfEpoch(epochCache[l], Len(log[l]), last)
      diverging == match.epoch < last \/ match.end < end IN
  [epoch |-> replica[l].epoch, from |-> end,
   diverging |-> IF diverging THEN match ELSE None,
   records |-> IF diverging THEN <<>> ELSE SubSeq(log[l], end + 1, Min(end + 1, Len(log[l]))),
   highWatermark |-> highWatermark[l]]

HasNews(response, f) ==
  \/ response.diverging # None
  \/ response.records # <<>>
  \/ Min(response.highWatermark, Len(log[f])) > highWatermark[f]

\* With flush.messages=1 followers flush before they fetch again.
MayFetch(f) == FlushEachMessage => durable[f] = Len(log[f])

\* The leader handles a fetch. The request is read off the follower's state, as if it travelled in
\* no time. While the follower lives that hides nothing: a late request differs from its present
\* state only after it changed its epoch, and then this leader has no newer one of it, so that the
\* request could as well have been handled before; the response, which does travel, is late all the
\* same. A response that says nothing is not sent (a long poll), but its request counts.
HandleFetch(l, f) ==
  /\ IsFollowerOf(f, l)
  /\ fetchResponse[f] = None /\ MayFetch(f)
  /\ LET response == ResponseTo(l, f)
         known == [end |-> Len(log[f]), brokerEpoch |-> brokerEpoch[f]]
         heard == IF response.diverging = None THEN known ELSE remote[l][f]
         news == HasNews(response, f) IN
     /\ news \/ heard # remote[l][f]
     /\ remote' = [remote EXCEPT ![l][f] = heard]
     /\ fetchResponse' = [fetchResponse EXCEPT ![f] = IF news THEN response ELSE None]
  /\ UNCHANGED <<diskVars, highWatermark, replica, brokerEpoch, lateFetch, alterVars,
                 controllerVars, historyVars>>

\* A fetch of a follower that has crashed since comes late, after those of its next life perhaps. It
\* must not replace what these said (KAFKA-15221).
HandleLateFetch(l, f) ==
  /\ lateFetch[f] # None /\ IsLeader(l)
  /\ LET request == lateFetch[f]
         match == EndOfEpoch(epochCache[l], Len(log[l]), request.last) IN
     /\ request.leader = l /\ request.epoch = replica[l].epoch
     /\ match.epoch = request.last /\ match.end >= request.end
     /\ request.brokerEpoch >= remote[l][f].brokerEpoch
     /\ remote' = [remote EXCEPT ![l][f] =
          [end |-> request.end, brokerEpoch |-> request.brokerEpoch]]
  /\ lateFetch' = [lateFetch EXCEPT ![f] = None]
  /\ UNCHANGED <<diskVars, highWatermark, replica, brokerEpoch, fetchResponse, alterVars,
                 controllerVars, historyVars>>

\* A response counts if it answers what the follower would ask now (KAFKA-7786).
Fits(response, f) ==
  /\ replica[f].role = "follower"
  /\ replica[f].epoch = response.epoch
  /\ Len(log[f]) = response.from

FollowerAppend(f) ==
  /\ fetchResponse[f] # None
  /\ LET response == fetchResponse[f]
         longer == log[f] \o response.records IN
     /\ Fits(response, f) /\ response.diverging = None
     /\ log' = [log EXCEPT ![f] = longer]
     /\ epochCache' = [epochCache EXCEPT ![f] =
          IF response.records = <<>> \/ response.records[1].epoch = LatestEpoch(@) THEN @
          ELSE Assign(@, response.records[1].epoch, response.from)]
     /\ highWatermark' = [highWatermark EXCEPT ![f] =
          Maximum({@, Min(response.highWatermark, Len(longer))})]
  /\ fetchResponse' = [fetchResponse EXCEPT ![f] = None]
  /\ UNCHANGED <<durable, replica, remote, brokerEpoch, lateFetch, alterVars, controllerVars,
                 historyVars>>

\* Where the logs part. If the follower does not know the leader's epoch it goes back to the end of
\* the last one that it knows, and asks again. The high watermark of this response is not taken over
\* (KAFKA-14704). History: who was elected although records may be lost by it, and has not heard of
\* it, goes on truncating for the leader before; what it will lack is lost by that election, too.
TruncateToEpoch(f) ==
  /\ fetchResponse[f] # None
  /\ LET response == fetchResponse[f]
         mine == EndOfEpoch(epochCache[f], Len(log[f]), response.diverging.epoch)
         end == IF mine.epoch = response.diverging.epoch
                THEN Min(mine.end, response.diverging.end) ELSE mine.end IN
     /\ Fits(response, f) /\ response.diverging # None
     /\ log' = [log EXCEPT ![f] = Prefix(@, end)]
     /\ epochCache' = [epochCache EXCEPT ![f] = CutCache(@, end)]
     /\ durable' = [durable EXCEPT ![f] = Min(@, end)]
     /\ highWatermark' = [highWatermark EXCEPT ![f] = Min(@, end)]
     /\ IF HasNotHeardOfLoss(f) THEN GiveUpFrom(CommonLength(committed, log'[f]))
        ELSE UNCHANGED <<committed, answers>>
  /\ fetchResponse' = [fetchResponse EXCEPT ![f] = None]
  /\ UNCHANGED <<replica, remote, brokerEpoch, lateFetch, alterVars, controllerVars,
                 produced, lossEpoch, damaged, faults>>

DropStaleResponse(f) ==
  /\ fetchResponse[f] # None /\ ~Fits(fetchResponse[f], f)
  /\ fetchResponse' = [fetchResponse EXCEPT ![f] = None]
  /\ UNCHANGED <<diskVars, memoryVars, lateFetch, alterVars, controllerVars, historyVars>>

\* Only where producers wait for it. Elsewhere the operating system writes when it likes, which is
\* the same as leaving to the crash what it keeps.
Flush(r) ==
  /\ FlushEachMessage /\ IsRunning(r) /\ durable[r] < Len(log[r])
  /\ durable' = [durable EXCEPT ![r] = Len(log[r])]
  /\ UNCHANGED <<log, epochCache, memoryVars, fetchVars, alterVars, controllerVars,
                 historyVars>>

\* How far a member of the maximal ISR is known to be.
KnownEnd(l, r) ==
  IF r # l THEN remote[l][r].end ELSE IF FlushEachMessage THEN durable[l] ELSE Len(log[l])

\* Producers of this epoch that asked for acks=all wait at the leader, and are answered when the
\* high watermark passes their record, unless the ISR has become too small meanwhile. With eligible
\* leaders nothing is committed at all while the ISR is too small.
AdvanceHighWatermark(l) ==
  LET to == Minimum({KnownEnd(l, r) : r \in MaximalIsr(l) \union {l}})
      enough == Cardinality(replica[l].isr) >= MinInsyncReplicas
      acked == {i \in highWatermark[l] + 1..to :
        enough /\ log[l][i].acks = "all" /\ log[l][i].epoch = replica[l].epoch} IN
  /\ IsLeader(l) /\ to > highWatermark[l]
  /\ EligibleLeaders => enough
  /\ highWatermark' = [highWatermark EXCEPT ![l] = to]
  /\ IF replica[l].epoch >= lossEpoch
     THEN /\ committed' = IF to > Len(committed) THEN Prefix(log[l], to) ELSE committed
          /\ answers' = [id \in {log[l][i].id : i \in acked} |->
               CHOOSE o \in 0..to - 1 : log[l][o + 1].id = id] @@ answers
     ELSE UNCHANGED <<committed, answers>>
  /\ UNCHANGED <<diskVars, replica, remote, brokerEpoch, fetchVars, alterVars, controllerVars,
                 produced, lossEpoch, damaged, faults>>

\* ListOffsets asks for the end of the log, which is the high watermark. A new leader may not know
\* it yet, and answers only when it has reached the start of its epoch (KIP-207).
AnswersListOffsets(l) == IsLeader(l) /\ highWatermark[l] >= replica[l].startOffset

-----------------------------------------------------------------------------
\* Brokers: the in-sync replicas.

\* The request names for each member the broker epoch that its fetches carried; 0: none seen in this
\* epoch, not checked. One proposal at a time.
ProposeIsr(l, isr) ==
  /\ replica' = [replica EXCEPT ![l].pendingIsr = isr]
  /\ alterRequest' = [alterRequest EXCEPT ![l] =
       [epoch |-> replica[l].epoch, partitionEpoch |-> replica[l].partitionEpoch, isr |-> isr,
        brokerEpochs |-> [r \in isr |-> remote[l][r].brokerEpoch]]]
  /\ UNCHANGED <<diskVars, highWatermark, remote, brokerEpoch, fetchVars, alterResponse,
                 controllerVars, produced, committed, answers, lossEpoch, damaged>>

ShrinkIsr(l, f) ==
  /\ IsLeader(l) /\ replica[l].pendingIsr = {}
  /\ f \in replica[l].isr \ {l} /\ Fault("slow")
  /\ ProposeIsr(l, replica[l].isr \ {f})

\* A follower is in sync if it has what is committed and, because a new leader may not know yet what
\* is, has reached the start of the epoch (KAFKA-7128).
ExpandIsr(l, f) ==
  /\ IsLeader(l) /\ replica[l].pendingIsr = {}
  /\ f \notin replica[l].isr
  /\ remote[l][f].brokerEpoch # 0 /\ remote[l][f].end >= highWatermark[l]
  /\ remote[l][f].end >= replica[l].startOffset
  /\ ProposeIsr(l, replica[l].isr \union {f})
  /\ UNCHANGED faults

\* The leader learns the outcome. It counts if it is about this epoch and this proposal.
CommitIsr(l) ==
  /\ alterResponse[l] # None
  /\ LET response == alterResponse[l]
         current == IsLeader(l) /\ response.epoch = replica[l].epoch IN
     IF current /\ response.error /\ response.partitionEpoch = replica[l].partitionEpoch
     THEN /\ replica' = [replica EXCEPT ![l].pendingIsr = {}]
          /\ alterRequest' = [alterRequest EXCEPT ![l] = None]
     ELSE IF current /\ ~response.error /\ response.partitionEpoch > replica[l].partitionEpoch
     THEN /\ replica' = [replica EXCEPT ![l].pendingIsr = {}, ![l].isr = response.isr,
               ![l].partitionEpoch = response.partitionEpoch]
          /\ alterRequest' = [alterRequest EXCEPT ![l] = None]
     ELSE UNCHANGED <<replica, alterRequest>>
  /\ alterResponse' = [alterResponse EXCEPT ![l] = None]
  /\ UNCHANGED <<diskVars, highWatermark, remote, brokerEpoch, fetchVars, controllerVars,
                 historyVars>>

\* The leader sends the request again: it has kept it.
LoseAlterPartitionResponse(l) ==
  /\ alterResponse[l] # None /\ Fault("lost")
  /\ alterResponse' = [alterResponse EXCEPT ![l] = None]
  /\ UNCHANGED <<diskVars, memoryVars, fetchVars, alterRequest, controllerVars,
                 produced, committed, answers, lossEpoch, damaged>>

-----------------------------------------------------------------------------
\* Brokers: crashes.

\* The broker is gone with its memory. Of the log it finds the first `keep` records again, when it
\* comes back; the high watermark was written down long ago or just now.
GoDown(r, keep) ==
  /\ IsRunning(r)
  /\ log' = [log EXCEPT ![r] = Prefix(@, keep)]
  /\ epochCache' = [epochCache EXCEPT ![r] = CutCache(@, keep)]
  /\ durable' = [durable EXCEPT ![r] = Min(@, keep)]
  /\ highWatermark' \in {[highWatermark EXCEPT ![r] = n] : n \in {0, Min(highWatermark[r], keep)}}
  /\ replica' = [replica EXCEPT ![r] = Idle("down")]
  /\ remote' = [remote EXCEPT ![r] = NoFollowers]
  /\ fetchResponse' = [fetchResponse EXCEPT ![r] = None]
  /\ lateFetch' = [lateFetch EXCEPT ![r] =
       IF replica[r].role = "follower" /\ MayFetch(r)
       THEN [leader |-> replica[r].leader, epoch |-> replica[r].epoch, end |-> Len(log[r]),
             last |-> LatestEpoch(epochCache[r]), brokerEpoch |-> brokerEpoch[r]] ELSE None]
  /\ alterResponse' = [alterResponse EXCEPT ![r] = None]
  /\ UNCHANGED <<brokerEpoch, alterRequest, controllerVars, produced, committed, answers,
                 lossEpoch>>

\* The process is killed or the power fails. What was never counted is no damage.
Crash(r) ==
  \E keep \in durable[r]..Len(log[r]) :
    /\ Fault("crash") /\ GoDown(r, keep)
    /\ damaged' = IF keep < Len(log[r]) /\ ~FlushEachMessage THEN damaged \union {r} ELSE damaged

ReplaceDisk(r) ==
  /\ Fault("disk") /\ GoDown(r, 0)
  /\ damaged' = IF log[r] # <<>> THEN damaged \union {r} ELSE damaged

-----------------------------------------------------------------------------
\* The controller. Each step reads and writes the whole register at once.

IsRegistered(r) == controller.registered[r] # 0
Registered == {r \in Replicas : IsRegistered(r)}

Messages(to, c) ==
  {[to |-> r, brokerEpoch |-> c.registered[r], leader |-> c.leader, epoch |-> c.leaderEpoch,
    isr |-> c.isr, partitionEpoch |-> c.partitionEpoch] : r \in to}

\* Who stays eligible when the ISR becomes `isr`: everybody who was, while too few are in sync.
Eligible(isr, gone) ==
  IF ~EligibleLeaders \/ Cardinality(isr) >= MinInsyncReplicas THEN {}
  ELSE ((controller.isr \union controller.elr) \ isr) \ gone

\* A new leader or a smaller ISR by the controller's own decision: a new epoch, told to everybody.
NewEpoch(leader, isr, elr, registered) ==
  LET c == [leader |-> leader, leaderEpoch |-> controller.leaderEpoch + 1, isr |-> isr,
            elr |-> elr, partitionEpoch |-> controller.partitionEpoch + 1,
            registered |-> registered] IN
  /\ controller' = c
  /\ leaderAndIsr' = leaderAndIsr \union Messages({r \in Replicas : registered[r] # 0}, c)

\* Everybody is who the leader thinks it is, and is there.
AreEligible(request) ==
  \A r \in request.isr : request.brokerEpochs[r] \in {0, controller.registered[r]}
                         /\ controller.registered[r] # 0

\* AlterPartition: fenced by leader and epoch; a compare and set on the partition epoch; the same
\* change again is confirmed again. A fenced or outdated request gets no answer that would matter:
\* a LeaderAndIsr is on its way to its sender.
HandleAlterPartition(l) ==
  LET request == alterRequest[l]
      fenced == controller.leader # l \/ controller.leaderEpoch # request.epoch
      repeated == request.isr = controller.isr
      outdated == controller.partitionEpoch # request.partitionEpoch
      answer(error, partitionEpoch) == alterResponse' = [alterResponse EXCEPT ![l] =
        [error |-> error, epoch |-> request.epoch, isr |-> request.isr,
         partitionEpoch |-> partitionEpoch]] IN
  /\ request # None /\ alterResponse[l] = None
  /\ IF fenced \/ (outdated /\ ~repeated)
     THEN /\ alterRequest' = [alterRequest EXCEPT ![l] = None]
          /\ UNCHANGED <<controller, alterResponse, damaged>>
     ELSE /\ UNCHANGED alterRequest
          /\ IF outdated
             THEN answer(FALSE, controller.partitionEpoch) /\ UNCHANGED <<controller, damaged>>
             ELSE IF ~AreEligible(request)
             THEN answer(TRUE, request.partitionEpoch) /\ UNCHANGED <<controller, damaged>>
             ELSE /\ controller' = [controller EXCEPT !.isr = request.isr,
                       !.elr = Eligible(request.isr, {}), !.partitionEpoch = @ + 1]
                  /\ damaged' = {r \in damaged : ~IsRunning(r) \/ r \notin request.isr}
                  /\ answer(FALSE, controller.partitionEpoch + 1)
  /\ UNCHANGED <<diskVars, memoryVars, fetchVars, leaderAndIsr, produced, committed, answers,
                 lossEpoch, faults>>

\* The session of r ends: always some time after a crash, now and then without one. It leaves the
\* ISR; without eligible leaders the last member stays (or nobody could ever be elected). If it led,
\* another member leads.
ExpireSession(r) ==
  /\ IsRegistered(r)
  /\ IF IsRunning(r) THEN Fault("expire") ELSE UNCHANGED faults
  /\ LET registered == [controller.registered EXCEPT ![r] = 0]
         isr == IF controller.isr = {r} /\ ~EligibleLeaders THEN {r} ELSE controller.isr \ {r}
         candidates == {c \in isr : registered[c] # 0}
         leaders == IF controller.leader # r THEN {controller.leader}
                    ELSE IF candidates = {} THEN {None} ELSE candidates IN
     IF r \in controller.isr
     THEN \E leader \in leaders : NewEpoch(leader, isr, Eligible(isr, {}), registered)
     ELSE /\ controller' = [controller EXCEPT !.registered = registered]
          /\ UNCHANGED leaderAndIsr
  /\ UNCHANGED <<brokerVars, produced, committed, answers, lossEpoch, damaged>>

\* r registers, and says whether it comes from a crash; then it is no longer eligible, whatever it
\* has. It is told the present state, if that did not change just now.
RegisterBroker(r) ==
  LET epoch == brokerEpoch[r] + 1
      registered == [controller.registered EXCEPT ![r] = epoch]
      current == [controller EXCEPT !.registered = registered] IN
  /\ ~IsRegistered(r)
  /\ brokerEpoch' = [brokerEpoch EXCEPT ![r] = epoch]
  /\ replica' = IF IsRunning(r) THEN replica ELSE [replica EXCEPT ![r] = Idle("idle")]
  /\ IF ~IsRunning(r) /\ r \in controller.elr
     THEN NewEpoch(controller.leader, controller.isr, controller.elr \ {r}, registered)
     ELSE /\ controller' = current
          /\ leaderAndIsr' = leaderAndIsr \union Messages({r}, current)
  /\ UNCHANGED <<diskVars, highWatermark, remote, fetchVars, alterVars, historyVars>>

\* There is no leader, and a replica that may lead is back: one that is in sync or eligible or, if
\* that is allowed and there is none, any. History: whether records may be lost by this, which are
\* those that the new leader does not have.
ElectLeader(l) ==
  LET ready == Registered \intersect (controller.isr \union controller.elr)
      unclean == ready = {} /\ UncleanLeaderElection
      isr == IF unclean THEN {l} ELSE {l} \union (controller.isr \intersect Registered) IN
  /\ controller.leader = None
  /\ l \in IF unclean THEN Registered ELSE ready
  /\ NewEpoch(l, isr, IF unclean THEN {} ELSE Eligible(isr, {}), controller.registered)
  /\ IF unclean \/ (~EligibleLeaders /\ l \in damaged)
     THEN /\ lossEpoch' = controller.leaderEpoch + 1
          /\ GiveUpFrom(CommonLength(committed, log[l]))
          /\ damaged' = damaged \ {l}
     ELSE UNCHANGED <<lossEpoch, committed, answers, damaged>>
  /\ UNCHANGED <<brokerVars, produced, faults>>

\* The leader is moved to another member of the ISR (back to the preferred one, say).
MoveLeader(l) ==
  /\ controller.leader \notin {None, l} /\ l \in controller.isr /\ IsRegistered(l)
  /\ Fault("move")
  /\ NewEpoch(l, controller.isr, controller.elr, controller.registered)
  /\ UNCHANGED <<brokerVars, produced, committed, answers, lossEpoch, damaged>>

-----------------------------------------------------------------------------
\* What heals: it happens sooner or later if nothing else does.
Heal(r) ==
  \/ \E m \in News(r) : BecomeLeader(r, m) \/ BecomeFollower(r, m)
  \/ \E f \in Replicas : HandleFetch(r, f) \/ ExpandIsr(r, f)
  \/ FollowerAppend(r) \/ TruncateToEpoch(r) \/ DropStaleResponse(r)
  \/ Flush(r) \/ AdvanceHighWatermark(r) \/ CommitIsr(r)
  \/ HandleAlterPartition(r) \/ RegisterBroker(r) \/ ElectLeader(r)
  \/ ~IsRunning(r) /\ ExpireSession(r)

\* What users do, and what goes wrong.
Perturb(r) ==
  \/ \E acks \in AcksLevels : LeaderAppend(r, acks)
  \/ Crash(r) \/ ReplaceDisk(r) \/ MoveLeader(r) \/ LoseAlterPartitionResponse(r)
  \/ IsRunning(r) /\ ExpireSession(r)
  \/ \E f \in Replicas : ShrinkIsr(r, f) \/ HandleLateFetch(r, f)

Next == \E r \in Replicas : Heal(r) \/ Perturb(r)
Spec == Init /\ [][Next]_vars
=============================================================================
