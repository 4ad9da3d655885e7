------------------------- MODULE TransactionCoordinator ------------------------
\* Copyright 2026 The Gregor Authors.
\* SPDX-License-Identifier: Apache-2.0
(* A broker that is, or believes to be, the coordinator of the transactional id, and its log. The
   story is in Transactions.tla. Handlers take what the producers do (ps), in which the sender of a
   request that is not late waits already. *)
EXTENDS TransactionPartition

\* A new record of the transactional id goes into the log; until it is replicated nothing else is
\* written for this id. Whoever waits for it is answered then: request r, with why it was written.
Write(txn, why, r) == tail' = <<[txn |-> txn, why |-> why, r |-> r]>>
NoRequest == [from |-> 0, conn |-> 0]

\* The decision, as one record: the transaction is over for everybody who has the present epoch.
Prepare(t, result) ==
  Txn(IF result = "commit" THEN "PrepareCommit" ELSE "PrepareAbort", t.epoch + 1, t.parts, t.n)

\* InitProducerId: a new epoch, after which all older ones are fenced. An open transaction of a
\* predecessor is aborted first, and the producer asked to come again.
HandleInitProducerId(ps, r) ==
  LET b == r.to  t == coord[b].txn IN
  /\ r.type = "init"
  /\ IF Leads(b) /\ tail = <<>> /\ t.st \notin Prepared \cup {"Ongoing"}
     THEN /\ Write(Txn("Empty", t.epoch + 1, {}, 0), "init", r)
          /\ producer' = ps
     ELSE /\ producer' = Tell(ps, r.from, r.conn, Refused("retry"))
          /\ IF Leads(b) /\ tail = <<>> /\ t.st = "Ongoing"
             THEN Write(Prepare(t, "abort"), "fence", NoRequest)
             ELSE UNCHANGED tail
  /\ UNCHANGED <<adding, partitions, cluster, coord, durable, markers, decision, acked>>

\* AddPartitionsToTxn, sent by the leader of the partition for the produce request r that it holds.
\* It begins a transaction when none is open.
AddPartitionToTxn(r, b) ==
  LET t == coord[b].txn
      open == t.st = "Ongoing"
      Answered(err) == /\ producer' = Tell(producer, r.from, r.conn, Refused(err))
                       /\ adding' = adding \ {r}
                       /\ UNCHANGED tail
  IN
  /\ r \in adding /\ ~r.verified
  /\ ActsAsCoordinator(b)
  /\ LooksUp(b)
  /\ CASE r.epoch # t.epoch -> Answered("rejected")
       [] r.epoch = t.epoch /\ open /\ r.p \in t.parts ->
            /\ adding' = (adding \ {r}) \cup {[r EXCEPT !.verified = TRUE]}
            /\ UNCHANGED <<producer, tail>>
       [] r.epoch = t.epoch /\ ~(open /\ r.p \in t.parts)
          /\ Leads(b) /\ tail = <<>> /\ t.st \notin Prepared ->
            /\ Write(Txn("Ongoing", t.epoch, {r.p} \cup (IF open THEN t.parts ELSE {}),
                         IF open THEN t.n ELSE r.n), "add", r)
            /\ UNCHANGED <<producer, adding>>
       [] OTHER -> Answered("retry")
  /\ UNCHANGED <<late, partitions, cluster, coord, durable, markers, ghosts>>

\* What EndTxn comes to, in transaction state t. Every end bumps the epoch, so a request of the
\* epoch before is either the repetition of the one that was carried out, or too late. An abort
\* without a transaction bumps it as well: a record of the producer may still be under way.
EndVerdict(t, r) ==
  LET again == r.epoch + 1 = t.epoch
      commits == t.st \in {"PrepareCommit", "CompleteCommit"}
      same == commits <=> r.result = "commit"
  IN CASE t.st = "Ongoing"   -> IF r.epoch = t.epoch THEN "decide" ELSE "fenced"
       [] t.st \in Prepared  -> IF again /\ same THEN "retry" ELSE "fenced"
       [] t.st \in Complete /\ again -> IF same THEN "done" ELSE "fenced"
       [] OTHER -> IF r.epoch = t.epoch /\ r.result = "abort" THEN "bump" ELSE "fenced"

HandleEndTxn(ps, r) ==
  LET b == r.to  t == coord[b].txn  verdict == EndVerdict(t, r)
      can == Leads(b) /\ tail = <<>>
  IN
  /\ r.type = "end"
  /\ CASE verdict = "decide" /\ can ->
            Write(Prepare(t, r.result), "end", r) /\ producer' = ps
       [] verdict = "bump" /\ can ->
            Write(Txn("CompleteAbort", t.epoch + 1, {}, r.n), "end", r) /\ producer' = ps
       [] verdict = "done" ->
            producer' = Tell(ps, r.from, r.conn, Holds(t.epoch)) /\ UNCHANGED tail
       [] verdict = "fenced" ->
            producer' = Tell(ps, r.from, r.conn, Refused("fenced")) /\ UNCHANGED tail
       [] OTHER ->
            producer' = Tell(ps, r.from, r.conn, Refused("retry")) /\ UNCHANGED tail
  /\ UNCHANGED <<adding, partitions, cluster, coord, durable, markers, decision, acked>>

\* transaction.timeout.ms is over.
TimeOutTransaction(b) ==
  /\ Leads(b) /\ tail = <<>> /\ coord[b].txn.st = "Ongoing"
  /\ Write(Prepare(coord[b].txn, "abort"), "timeout", NoRequest)
  /\ UNCHANGED <<producer, late, adding, partitions, cluster, coord, durable, markers, budget,
                 ghosts>>

--------------------------------------------------------------------------------
\* Markers

Marker(b, p) ==
  LET t == coord[b].txn
  IN [p |-> p, epoch |-> t.epoch, result |-> Result(t), cepoch |-> coord[b].epoch, n |-> t.n]

\* A marker of the transaction is in p's log, in its replicated part.
MarkerReplicated(t, p) ==
  \E o \in 1 .. hw[p] : log[p][o].kind = "marker" /\ log[p][o].epoch = t.epoch

MarkerWritten(t, p) ==
  \E o \in Offsets(p) : log[p][o].kind = "marker" /\ log[p][o].epoch = t.epoch

\* The coordinator sends a marker to where it is missing; without need, when it has not heard of
\* the answer, or has been deposed, as often as the budget allows.
SendMarker(b, p) ==
  LET t == coord[b].txn IN
  /\ ActsAsCoordinator(b) /\ t.st \in Prepared /\ p \in coord[b].todo
  /\ Marker(b, p) \notin markers
  /\ IF Leads(b) /\ ~MarkerWritten(t, p) THEN UNCHANGED budget
     ELSE budget.resend > 0 /\ budget' = [budget EXCEPT !.resend = @ - 1]
  /\ markers' = markers \cup {Marker(b, p)}
  /\ UNCHANGED <<producer, late, adding, partitions, cluster, coord, durable, tail, ghosts>>

\* The answer to WriteTxnMarkers.
MarkerAcknowledged(b, p) ==
  LET t == coord[b].txn IN
  /\ ActsAsCoordinator(b) /\ t.st \in Prepared /\ p \in coord[b].todo
  /\ MarkerReplicated(t, p)
  /\ coord' = [coord EXCEPT ![b].todo = @ \ {p}]
  /\ UNCHANGED <<producer, late, adding, partitions, cluster, durable, tail, markers, budget,
                 ghosts>>

\* All markers are written: the transaction is complete, and the next one may begin.
CompleteTransaction(b) ==
  LET t == coord[b].txn IN
  /\ Leads(b) /\ tail = <<>>
  /\ t.st \in Prepared /\ coord[b].todo = {}
  /\ Write(Txn(IF t.st = "PrepareCommit" THEN "CompleteCommit" ELSE "CompleteAbort", t.epoch, {},
               t.n), "complete", NoRequest)
  /\ UNCHANGED <<producer, late, adding, partitions, cluster, coord, durable, markers, budget,
                 ghosts>>

--------------------------------------------------------------------------------
\* The log of the coordinator

\* The record is replicated, and what waited for it happens.
Replicate ==
  LET e == tail[1]  r == e.r IN
  /\ tail # <<>>
  /\ tail' = <<>>
  /\ durable' = e.txn
  /\ decision' = Decided(e.txn)
  /\ coord' = [coord EXCEPT ![leader].txn = e.txn, ![leader].todo = Todo(e.txn)]
  /\ producer' = IF e.why \in {"init", "end"}
                 THEN Tell(producer, r.from, r.conn, Holds(e.txn.epoch)) ELSE producer
  /\ adding' = IF e.why = "add" /\ r \in adding
               THEN (adding \ {r}) \cup {[r EXCEPT !.verified = TRUE]} ELSE adding
  /\ UNCHANGED <<late, partitions, cluster, markers, budget, nextTxn, acked>>

\* The partition of __transaction_state gets a leader, which replays its log. A record that was not
\* replicated may survive. Whoever waited for it is sent away.
BecomeCoordinator(b) ==
  /\ budget.failover > 0
  /\ budget' = [budget EXCEPT !.failover = @ - 1]
  /\ leader' = b
  /\ epoch' = epoch + 1
  /\ tail' = <<>>
  /\ \E kept \in 0 .. Len(tail) :
       LET t == IF kept = 0 THEN durable ELSE tail[1].txn IN
       /\ durable' = t
       /\ decision' = Decided(t)
       /\ coord' = [coord EXCEPT ![b] = [epoch |-> epoch + 1, txn |-> t, todo |-> Todo(t)]]
  /\ producer' = IF tail # <<>> /\ tail[1].why \in {"init", "end"}
                 THEN Tell(producer, tail[1].r.from, tail[1].r.conn, Refused("retry"))
                 ELSE producer
  /\ UNCHANGED <<late, adding, partitions, markers, nextTxn, acked>>

\* A deposed coordinator finds out.
Resign(b) ==
  /\ ActsAsCoordinator(b) /\ ~Leads(b)
  /\ coord' = [coord EXCEPT ![b] = NotCoordinator]
  /\ UNCHANGED <<producer, late, adding, partitions, cluster, durable, tail, markers, budget,
                 ghosts>>
================================================================================
