---------------------------- MODULE TransactionState ---------------------------
\* Copyright 2026 The Gregor Authors.
\* SPDX-License-Identifier: Apache-2.0
(* The state of producers, partitions and the transaction coordinator. The story is in
   Transactions.tla. *)
EXTENDS Integers, Sequences, FiniteSets, TLC

CONSTANTS
  Producers,        \* processes that share one transactional.id, numbers from 1
  Partitions,       \* partitions that they write to; one may be the group's offsets partition
  Brokers,          \* brokers that can lead the id's partition of __transaction_state
  MaxTransactions,  \* transactions that are begun, all producers together
  MaxRecords,       \* records in one transaction
  MaxFailovers, MaxStaleLookups, MaxDisconnects, MaxResends, MaxLeaderChanges, MaxExpirations,
  MaxPlainRecords, MaxCleanings

VARIABLES
  producer,    \* each process: what it does (st), epoch, connection, number of its transaction (n,
               \* a ghost), next sequence number per partition, partitions where it gave up waiting
               \* (unsure), where it waits (at), how it wants the transaction to end (want)
  late,        \* requests that are still on their way although the producer has given them up
  adding,      \* produce requests that a partition holds until the coordinator knows about it
  log,         \* each partition's log: data, transaction markers, and gaps left by the cleaner
  hw,          \* each partition's high watermark: that many entries are replicated
  forgotten,   \* each partition has expired what it knew of the producer from entries up to here
  aborted,     \* each partition's index of aborted transactions: offsets of first record and marker
  leader,      \* the broker that leads the partition of __transaction_state
  epoch,       \* its leader epoch, which is the coordinator epoch
  coord,       \* what each coordinator has in memory; with epoch 0 it does not act as one
  durable,     \* the transaction's state in the replicated log: [st, epoch, parts, n]
  tail,        \* the record that the leader has appended and that is not replicated yet, if any
  markers,     \* WriteTxnMarkers requests on their way
  budget,      \* faults that may still happen
  nextTxn,     \* numbers transactions (a ghost, as is every n)
  decision,    \* ghost: what the coordinator's log says of each transaction
  acked        \* ghost: records <<n, partition, sequence>> whose produce was acknowledged

vars == <<producer, late, adding, log, hw, forgotten, aborted, leader, epoch, coord, durable, tail,
          markers, budget, nextTxn, decision, acked>>
partitions == <<log, hw, forgotten, aborted>>
cluster == <<leader, epoch>>
ghosts == <<nextTxn, decision, acked>>

--------------------------------------------------------------------------------
\* The coordinator's record of the transactional id

Prepared == {"PrepareCommit", "PrepareAbort"}
Complete == {"CompleteCommit", "CompleteAbort"}
Txn(st, e, parts, n) == [st |-> st, epoch |-> e, parts |-> parts, n |-> n]
NoTxn == Txn("Empty", 0, {}, 0)
NotCoordinator == [epoch |-> 0, txn |-> NoTxn, todo |-> {}]

Leads(b) == coord[b].epoch = epoch
ActsAsCoordinator(b) == coord[b].epoch > 0

\* Where markers are still to be written, for a coordinator that has just loaded or written t.
Todo(t) == IF t.st \in Prepared THEN t.parts ELSE {}
Result(t) == IF t.st = "PrepareCommit" THEN "commit" ELSE "abort"

\* What a record in the log decides.
Decided(t) ==
  IF t.n = 0 \/ t.st \notin Prepared \cup Complete THEN decision
  ELSE [decision EXCEPT ![t.n] =
          IF t.st \in {"PrepareCommit", "CompleteCommit"} THEN "commit" ELSE "abort"]

--------------------------------------------------------------------------------
\* A partition

Data(r) == [kind |-> "data", epoch |-> r.epoch, seq |-> r.seq, n |-> r.n]
Plain == [kind |-> "plain"]
Gap == [kind |-> "gap"]
Offsets(p) == 1 .. Len(log[p])
Kinds(p, k) == {o \in Offsets(p) : log[p][o].kind = k}

\* What the partition knows of the producer: epoch, last sequence number, first record of the open
\* transaction (or 0), coordinator epoch of the last marker; folded from its log.
Unknown == [epoch |-> -1, seq |-> -1, first |-> 0, cepoch |-> 0]
RECURSIVE Learn(_, _, _)
Learn(s, p, o) ==
  IF o > Len(log[p]) THEN s
  ELSE LET e == log[p][o] IN
       Learn(CASE e.kind = "data" -> [s EXCEPT !.epoch = e.epoch, !.seq = e.seq,
                                        !.first = IF @ = 0 THEN o ELSE @]
               [] e.kind = "marker" -> [epoch |-> e.epoch, seq |-> -1, first |-> 0,
                                        cepoch |-> e.cepoch]
               [] OTHER -> s, p, o + 1)
Known(p) == Learn(Unknown, p, forgotten[p] + 1)

Min(S) == CHOOSE x \in S : \A y \in S : x <= y

\* Records of transactions that no replicated marker has ended.
Unstable(p) ==
  {o \in Kinds(p, "data") : \A m \in Kinds(p, "marker") : m > o => m > hw[p]}

\* The last stable offset, as a count: entries 1 .. LastStable(p) may be read.
LastStable(p) ==
  LET first == Min(Unstable(p))
  IN IF Unstable(p) = {} THEN hw[p] ELSE IF first <= hw[p] THEN first - 1 ELSE hw[p]

\* What a read_committed consumer gets to see: everything below the last stable offset that the
\* index of aborted transactions does not tell it to skip.
Visible(p) ==
  {o \in 1 .. LastStable(p) :
     /\ log[p][o].kind \in {"data", "plain"}
     /\ log[p][o].kind = "data" => \A a \in aborted[p] : ~(a.first <= o /\ o <= a.last)}

--------------------------------------------------------------------------------
Init ==
  /\ producer = [c \in Producers |->
       [st |-> "new", epoch |-> -1, conn |-> 0, n |-> 0, next |-> [p \in Partitions |-> 0],
        unsure |-> {}, at |-> -1, want |-> "none"]]
  /\ late = {}
  /\ adding = {}
  /\ log = [p \in Partitions |-> <<>>]
  /\ hw = [p \in Partitions |-> 0]
  /\ forgotten = [p \in Partitions |-> 0]
  /\ aborted = [p \in Partitions |-> {}]
  /\ leader = Min(Brokers)
  /\ epoch = 1
  /\ coord = [b \in Brokers |-> IF b = Min(Brokers) THEN [NotCoordinator EXCEPT !.epoch = 1]
                                ELSE NotCoordinator]
  /\ durable = NoTxn
  /\ tail = <<>>
  /\ markers = {}
  /\ budget = [failover |-> MaxFailovers, stale |-> MaxStaleLookups, disconnect |-> MaxDisconnects,
               resend |-> MaxResends, leaderChange |-> MaxLeaderChanges,
               expiration |-> MaxExpirations, plain |-> MaxPlainRecords, clean |-> MaxCleanings]
  /\ nextTxn = 1
  /\ decision = [n \in 1 .. MaxTransactions |-> "none"]
  /\ acked = {}
================================================================================
