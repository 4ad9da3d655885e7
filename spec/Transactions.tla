------------------------------ MODULE Transactions -----------------------------
\* Copyright 2026 The Gregor Authors.
\* SPDX-License-Identifier: Apache-2.0
(* Kafka's transactions, end to end, in their newest form (transaction version 2, KIP-890).

   Several processes have the same transactional.id: a producer, and its successors, of which the
   older ones may still be alive (zombies). One producer id belongs to the transactional id; what
   tells processes and transactions apart is the *epoch*.

     InitProducerId   gives a process a new epoch and so fences all that have an older one. A
                      transaction left open is aborted first.
     Produce          carries epoch and sequence number. A partition takes a record when its
                      number is the next one (so that a repeated request adds nothing) and its
                      epoch is not an old one. With the first record of a transaction the leader of
                      the partition asks the coordinator to add the partition to the transaction,
                      and appends only when that is in the coordinator's log.
     EndTxn           writes PrepareCommit or PrepareAbort to the coordinator's log: that is the
                      decision. With it the epoch goes up by one, so that whatever the producer
                      sent before is too late from now on. The producer continues in the new epoch.
     WriteTxnMarkers  The coordinator has a marker, under the new epoch, written into each
                      partition of the transaction, and then completes it; the next one can begin.
     Timeout          The coordinator aborts a transaction that stays open too long, in the same
                      way.

   A consumer with isolation.level=read_committed reads up to the *last stable offset*, where the
   first transaction begins that no replicated marker has ended, and skips what the partition's
   index of aborted transactions tells it to. It is a function here, Visible: what such a consumer
   is given.

   Faults, each with a budget: the coordinator moves, with a deposed one that still answers and
   still sends markers (MaxFailovers, MaxStaleLookups); producers close their connection while
   their request stays under way, to be processed at any later time (MaxDisconnects); markers are
   sent again (MaxResends); partitions change their leader and lose what was not replicated
   (MaxLeaderChanges), forget an idle producer (MaxExpirations), are cleaned (MaxCleanings). Other
   producers write in between (MaxPlainRecords). Processes may stop at any point: no fairness is
   assumed of them.

   As in ConsumerGroup.tla, a process has one request under way and waits, so sending and handling
   are one step unless the request is late, and an answer is received in the step that gives it.
   The coordinator's log is its fold (`durable`) and the one record that may be in flight (`tail`).
   Replication within a partition is the high watermark and what a change of leader may lose;
   Replication.tla has the rest.

   A partition may stand for the group's partition of __consumer_offsets: offsets that are
   committed with a transaction count from its commit marker on (G10), by the same rules. The
   idempotent producer without transactions is the part about sequence numbers.

   Abstracted away: producer ids (an epoch that runs out gets a new one), several producers in one
   partition, pipelined requests, the expiry of the transactional id. *)
EXTENDS TransactionCoordinator

--------------------------------------------------------------------------------
\* What happens

Handle(ps, r) ==
  \/ HandleInitProducerId(ps, r) \/ HandleEndTxn(ps, r) \/ HandleProduce(ps, r)

InitProducerId(c, b) ==
  /\ producer[c].st = "new" /\ LooksUp(b)
  /\ HandleInitProducerId(Initializing(c), InitRequest(c, b))
  /\ UNCHANGED <<late, nextTxn>>

Produce(c, p) ==
  /\ CanSend(c, p)
  /\ HandleProduce(Sending(c, p), ProduceRequest(c, p))
  /\ Begins(c)
  /\ UNCHANGED <<late, budget>>

EndTxn(c, b, result) ==
  /\ CanEnd(c, result) /\ LooksUp(b)
  /\ HandleEndTxn(Finishing(c, result), EndRequest(c, b, result))
  /\ UNCHANGED <<late, nextTxn>>

LateRequest ==
  \E r \in late : /\ late' = late \ {r}
                  /\ Handle(producer, r)
                  /\ UNCHANGED <<budget, nextTxn>>

AddPartitionsToTxn(b) == \E r \in adding : AddPartitionToTxn(r, b)
AppendAdded == \E r \in adding : AppendVerified(r)
WriteTxnMarkers == \E m \in markers : HandleMarker(m)
CleanLog(p) == \E o \in Offsets(p) : Clean(p, o)

Producer(c) ==
  \/ \E b \in Brokers : InitProducerId(c, b)
                        \/ \E result \in {"commit", "abort"} : EndTxn(c, b, result)
  \/ \E p \in Partitions : Produce(c, p)
  \/ ProduceAcknowledged(c)
  \/ SendAndGiveUp(c) \/ Disconnect(c)

Coordinator(b) ==
  \/ TimeOutTransaction(b) \/ CompleteTransaction(b) \/ BecomeCoordinator(b) \/ Resign(b)
  \/ AddPartitionsToTxn(b)
  \/ \E p \in Partitions : SendMarker(b, p) \/ MarkerAcknowledged(b, p)

Partition(p) ==
  \/ AppendPlain(p) \/ AdvanceHighWatermark(p) \/ ChangeLeader(p) \/ ExpireProducer(p)
  \/ CleanLog(p)

Next ==
  \/ \E c \in Producers : Producer(c)
  \/ LateRequest
  \/ AppendAdded
  \/ WriteTxnMarkers
  \/ \E b \in Brokers : Coordinator(b)
  \/ \E p \in Partitions : Partition(p)
  \/ Replicate

Spec == Init /\ [][Next]_vars

\* What goes on by itself: everything that brokers do without a fault. Nothing is expected of
\* producers.
Healing ==
  /\ WF_vars(Replicate)
  /\ WF_vars(AppendAdded)
  /\ WF_vars(AddPartitionsToTxn(leader))
  /\ WF_vars(WriteTxnMarkers)
  /\ WF_vars(LateRequest)
  /\ WF_vars(TimeOutTransaction(leader))
  /\ WF_vars(CompleteTransaction(leader))
  /\ \A b \in Brokers : WF_vars(Resign(b))
  /\ \A c \in Producers : WF_vars(ProduceAcknowledged(c))
  /\ \A p \in Partitions :
       /\ WF_vars(AdvanceHighWatermark(p))
       /\ WF_vars(SendMarker(leader, p))
       /\ WF_vars(MarkerAcknowledged(leader, p))

FairSpec == Spec /\ Healing

--------------------------------------------------------------------------------
\* Properties

States == {"Empty", "Ongoing"} \cup Prepared \cup Complete
TypeOK ==
  /\ \A c \in Producers : producer[c].st \in {"new", "initializing", "ready", "in", "sending",
                                              "ending", "finishing", "fenced"}
  /\ \A b \in Brokers : coord[b].txn.st \in States
  /\ Leads(leader) /\ coord[leader].txn = durable
  /\ \A p \in Partitions : hw[p] \in 0 .. Len(log[p]) /\ forgotten[p] \in 0 .. Len(log[p])
  /\ Len(tail) <= 1

\* T1. When a committed transaction is complete, a read_committed consumer gets to see every record
\* of it that was acknowledged, in all its partitions.
Completed(n) ==
  decision[n] = "commit" /\ ~(durable.n = n /\ durable.st = "PrepareCommit")
CommittedTransactionsAreVisible ==
  \A a \in acked : Completed(a[1]) =>
    \E o \in Visible(a[2]) : /\ log[a[2]][o].kind = "data"
                             /\ log[a[2]][o].n = a[1] /\ log[a[2]][o].seq = a[3]

\* Transactions of which a read_committed consumer of p gets to see a record.
SeenIn(p) == {log[p][o].n : o \in Visible(p) \cap Kinds(p, "data")}

\* T2. A read_committed consumer never sees a record of an aborted transaction,
NoAbortedRead == \A p \in Partitions : \A n \in SeenIn(p) : decision[n] # "abort"

\* T3. nor one of a transaction that is not decided yet.
NoPrecommittedRead == \A p \in Partitions : \A n \in SeenIn(p) : decision[n] # "none"

\* T4. The last stable offset never goes back.
LastStableOffsetNeverGoesBack ==
  [][\A p \in Partitions : LastStable(p)' >= LastStable(p)]_vars

\* T5. A marker ends the transaction that it was sent for, and no other one, as was decided.
MarkersEndTheirOwnTransaction ==
  \A p \in Partitions : \A m \in Kinds(p, "marker") :
    /\ log[p][m].result = decision[log[p][m].n]
    /\ \A o \in Kinds(p, "data") :
         (o < m /\ \A k \in Kinds(p, "marker") : k < o \/ k >= m) => log[p][o].n = log[p][m].n

\* T5. What ends a transaction is an EndTxn of that transaction, not one that comes late.
EndTxnEndsItsOwnTransaction ==
  \A i \in 1 .. Len(tail) : tail[i].why = "end" => tail[i].r.n = tail[i].txn.n

\* T6. Coordinator epochs of the markers in a partition do not go back.
CoordinatorEpochsGrow ==
  \A p \in Partitions : \A l, m \in Kinds(p, "marker") :
    l < m => log[p][l].cepoch <= log[p][m].cepoch

\* T7. No two processes hold the same epoch,
HoldsEpoch(c) == producer[c].st \in {"ready", "in", "sending", "ending", "finishing"}
OneHolderPerEpoch ==
  \A c, d \in Producers :
    c # d /\ HoldsEpoch(c) /\ HoldsEpoch(d) => producer[c].epoch # producer[d].epoch

\* and nobody holds one that the coordinator's log does not know.
EpochsAreInTheLog == \A c \in Producers : HoldsEpoch(c) => producer[c].epoch <= durable.epoch

\* T8. Whatever ends a transaction, commit, abort or timeout, bumps the epoch.
EveryEndBumpsTheEpoch ==
  [][durable.st = "Ongoing" /\ durable'.st # "Ongoing" => durable'.epoch > durable.epoch]_vars

\* T9. A decision is final.
DecisionsAreFinal ==
  [][\A n \in 1 .. MaxTransactions : decision[n] # "none" => decision'[n] = decision[n]]_vars

\* T9. The answer to EndTxn tells what was decided.
AnswersTellTheDecision ==
  \A c \in Producers : LET k == producer[c] IN
    k.st = "ready" /\ k.n # 0 =>
      decision[k.n] = k.want \/ (decision[k.n] = "none" /\ k.want = "abort")

\* T10. Where a transaction is open, the coordinator knows of it: the partition was added before the
\* first record, and no record comes after the marker. (Otherwise nobody would ever end it.)
OpenTransactionsAreKnown ==
  \A p \in Partitions : Known(p).first # 0 =>
    durable.st \in Prepared \cup {"Ongoing"} /\ p \in durable.parts

\* T11, T12. What the index of aborted transactions says is what the markers say, whatever was
\* truncated or cleaned.
AbortedIndexIsExact ==
  \A p \in Partitions : \A o \in Kinds(p, "data") : \A m \in Kinds(p, "marker") :
    (o < m /\ \A k \in Kinds(p, "marker") : k < o \/ k >= m) =>
      (log[p][m].result = "abort" <=> \E a \in aborted[p] : a.first <= o /\ o <= a.last)

\* T13. Epochs in a partition do not go back, though it has forgotten the producer.
EpochsGrowInThePartition ==
  \A p \in Partitions : \A o, q \in Kinds(p, "data") \cup Kinds(p, "marker") :
    o < q => log[p][o].epoch <= log[p][q].epoch

\* R20. No record is in a partition twice.
NoDuplicates ==
  \A p \in Partitions : \A o, q \in Kinds(p, "data") :
    o # q => <<log[p][o].epoch, log[p][o].seq>> # <<log[p][q].epoch, log[p][q].seq>>

\* Liveness. No transaction hangs: what is in a partition becomes readable.
EverythingBecomesStable == <>[](\A p \in Partitions : LastStable(p) = Len(log[p]))

\* Liveness. Every transaction that the coordinator knows is completed.
TransactionsEnd == (durable.st = "Ongoing") ~> (durable.st \in Complete)

\* Liveness. No producer waits forever.
Waits(c) == producer[c].st \in {"initializing", "sending", "finishing"}
NobodyWaitsForever == \A c \in Producers : Waits(c) ~> ~Waits(c)

--------------------------------------------------------------------------------
\* What Kafka's protocol does not promise: docs/findings.md. This is checked to be violated.

\* A transaction is cut off only by a process that begins. (An InitProducerId on an abandoned
\* connection arrives after its repetition, and fences the very process that sent both.)
OnlyAProcessThatBeginsFences ==
  \A i \in 1 .. Len(tail) : tail[i].why = "fence" =>
    \E c \in Producers : producer[c].st \in {"new", "initializing"}

================================================================================
