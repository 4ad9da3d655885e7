-------------------------- MODULE TransactionProducer --------------------------
\* Copyright 2026 The Gregor Authors.
\* SPDX-License-Identifier: Apache-2.0
(* A transactional producer: what it asks for, what it makes of the answers, how it fails. The story
   is in Transactions.tla. *)
EXTENDS TransactionState

\* The broker that somebody takes for the coordinator: the leader, or, with old metadata, a deposed
\* one.
LooksUp(b) ==
  \/ b = leader /\ UNCHANGED budget
  \/ /\ b # leader /\ ActsAsCoordinator(b)
     /\ budget.stale > 0
     /\ budget' = [budget EXCEPT !.stale = @ - 1]

--------------------------------------------------------------------------------
\* Answers

\* Producer k holds epoch e and may begin a transaction; the last one is as it wanted.
Ready(k, e) ==
  [k EXCEPT !.st = "ready", !.epoch = e, !.next = [p \in Partitions |-> 0], !.unsure = {},
            !.at = -1]

\* Producer k, which waits, has received an answer: its epoch; "retry"; "rejected", upon which it
\* aborts its transaction; or "fenced", which ends it.
Told(k, msg) ==
  CASE msg.err = "ok" -> Ready(k, msg.epoch)
    [] msg.err = "retry" /\ k.st = "initializing" -> [k EXCEPT !.st = "new"]
    [] msg.err = "retry" /\ k.st = "sending" ->
         [k EXCEPT !.st = "in", !.unsure = @ \cup {k.at}, !.at = -1]
    [] msg.err = "retry" /\ k.st = "finishing" -> [k EXCEPT !.st = "ending"]
    [] msg.err = "rejected" -> [k EXCEPT !.st = "ending", !.want = "abort", !.at = -1]
    [] msg.err = "fenced" -> [k EXCEPT !.st = "fenced", !.at = -1]

Holds(e) == [err |-> "ok", epoch |-> e]
Refused(err) == [err |-> err]

\* An answer leaves only on the connection that the request came from, and nowhere else.
Tell(ps, c, conn, msg) ==
  IF ps[c].conn = conn THEN [ps EXCEPT ![c] = Told(@, msg)] ELSE ps

--------------------------------------------------------------------------------
\* Requests

InitRequest(c, b) == [type |-> "init", from |-> c, conn |-> producer[c].conn, to |-> b]

\* The number of the transaction that the producer's next record belongs to.
TxnOf(c) == IF producer[c].st = "ready" THEN nextTxn ELSE producer[c].n
ProduceRequest(c, p) ==
  [type |-> "produce", from |-> c, conn |-> producer[c].conn, p |-> p,
   epoch |-> producer[c].epoch, seq |-> producer[c].next[p], n |-> TxnOf(c), verified |-> FALSE]

EndRequest(c, b, result) ==
  [type |-> "end", from |-> c, conn |-> producer[c].conn, to |-> b, epoch |-> producer[c].epoch,
   result |-> result, n |-> producer[c].n]

RECURSIVE Sum(_, _)
Sum(f, S) == IF S = {} THEN 0 ELSE f[Min(S)] + Sum(f, S \ {Min(S)})
Sent(c) == Sum(producer[c].next, Partitions)

\* One request at a time; a record that was not acknowledged is sent again before others go to the
\* same partition, under the same sequence number.
CanSend(c, p) ==
  /\ Sent(c) < MaxRecords
  /\ \/ producer[c].st = "ready" /\ nextTxn <= MaxTransactions
     \/ producer[c].st = "in"

\* A transaction is committed when all that was sent is acknowledged, and aborted at any time; an
\* EndTxn that was not answered is repeated as it was.
CanEnd(c, result) ==
  \/ /\ producer[c].st = "in"
     /\ result = "commit" => producer[c].unsure = {} /\ Sent(c) > 0
  \/ producer[c].st = "ending" /\ producer[c].want = result

Initializing(c) == [producer EXCEPT ![c].st = "initializing"]
Sending(c, p) ==
  [producer EXCEPT ![c].st = "sending", ![c].n = TxnOf(c), ![c].at = p, ![c].want = "none"]
Finishing(c, result) == [producer EXCEPT ![c].st = "finishing", ![c].want = result]

Begins(c) == nextTxn' = IF producer[c].st = "ready" THEN nextTxn + 1 ELSE nextTxn

--------------------------------------------------------------------------------
\* Faults

\* The producer's connection breaks while it waits: it goes on as if the answer were "retry".
GivenUp(ps, c) == [ps EXCEPT ![c] = [Told(@, Refused("retry")) EXCEPT !.conn = @ + 1]]

\* A producer sends a request and loses its connection; the request stays under way.
SendAndGiveUp(c) ==
  /\ budget.disconnect > 0
  /\ budget' = [budget EXCEPT !.disconnect = @ - 1]
  /\ \/ /\ producer[c].st = "new"
        /\ late' = late \cup {InitRequest(c, leader)}
        /\ producer' = GivenUp(Initializing(c), c)
        /\ UNCHANGED nextTxn
     \/ \E p \in Partitions :
          /\ CanSend(c, p)
          /\ late' = late \cup {ProduceRequest(c, p)}
          /\ producer' = GivenUp(Sending(c, p), c)
          /\ Begins(c)
     \/ \E result \in {"commit", "abort"} :
          /\ CanEnd(c, result)
          /\ late' = late \cup {EndRequest(c, leader, result)}
          /\ producer' = GivenUp(Finishing(c, result), c)
          /\ UNCHANGED nextTxn
  /\ UNCHANGED <<adding, partitions, cluster, coord, durable, tail, markers, decision, acked>>

\* A producer whose request a broker has, and holds, loses its connection.
Disconnect(c) ==
  /\ producer[c].st \in {"initializing", "sending", "finishing"}
  /\ budget.disconnect > 0
  /\ budget' = [budget EXCEPT !.disconnect = @ - 1]
  /\ producer' = GivenUp(producer, c)
  /\ UNCHANGED <<late, adding, partitions, cluster, coord, durable, tail, markers, ghosts>>
================================================================================
