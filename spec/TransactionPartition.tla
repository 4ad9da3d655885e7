-------------------------- MODULE TransactionPartition -------------------------
\* Copyright 2026 The Gregor Authors.
\* SPDX-License-Identifier: Apache-2.0
(* A partition that transactions write to: its leader's checks, markers, replication, the cleaner.
   The story is in Transactions.tla. Handlers take what the producers do (ps), in which the sender
   of a request that is not late waits already. *)
EXTENDS TransactionProducer

AppendTo(p, e) == log' = [log EXCEPT ![p] = Append(@, e)]

\* Sequence number r.seq continues what the partition knows; a new epoch begins at 0.
Continues(s, r) ==
  \/ s.epoch = -1
  \/ r.epoch = s.epoch /\ r.seq = s.seq + 1
  \/ r.epoch > s.epoch /\ r.seq = 0

\* The record is in the log already.
Repeats(s, r) == r.epoch = s.epoch /\ r.seq <= s.seq

\* Produce. A record of the transaction that is open here is appended; the first one waits until
\* the coordinator has added the partition (KIP-890). The answer leaves once it is replicated.
HandleProduce(ps, r) ==
  LET s == Known(r.p) IN
  /\ r.type = "produce"
  /\ CASE r.epoch < s.epoch ->
            /\ producer' = Tell(ps, r.from, r.conn, Refused("rejected"))
            /\ UNCHANGED <<log, adding>>
       [] Repeats(s, r) ->
            /\ producer' = ps
            /\ UNCHANGED <<log, adding>>
       [] s.first # 0 /\ r.epoch = s.epoch /\ Continues(s, r) ->
            /\ AppendTo(r.p, Data(r))
            /\ producer' = ps
            /\ UNCHANGED adding
       [] OTHER ->
            /\ adding' = adding \cup {r}
            /\ producer' = ps
            /\ UNCHANGED log
  /\ UNCHANGED <<hw, forgotten, aborted, cluster, coord, durable, tail, markers, decision, acked>>

\* The coordinator has added the partition: the checks are made again, as the partition may have
\* learnt of a newer epoch meanwhile.
AppendVerified(r) ==
  LET s == Known(r.p) IN
  /\ r \in adding /\ r.verified
  /\ adding' = adding \ {r}
  /\ IF r.epoch < s.epoch
     THEN /\ producer' = Tell(producer, r.from, r.conn, Refused("rejected"))
          /\ UNCHANGED log
     ELSE IF Repeats(s, r) THEN UNCHANGED <<producer, log>>
     ELSE IF Continues(s, r) THEN AppendTo(r.p, Data(r)) /\ UNCHANGED producer
     ELSE /\ producer' = Tell(producer, r.from, r.conn, Refused("retry"))
          /\ UNCHANGED log
  /\ UNCHANGED <<late, hw, forgotten, aborted, cluster, coord, durable, tail, markers, budget,
                 ghosts>>

\* The answer to Produce, unless the partition still holds the request.
ProduceAcknowledged(c) ==
  LET k == producer[c] IN
  /\ k.st = "sending"
  /\ \A r \in adding : r.from # c \/ r.conn # k.conn
  /\ \E o \in 1 .. hw[k.at] : /\ log[k.at][o].kind = "data"
                              /\ log[k.at][o].epoch = k.epoch
                              /\ log[k.at][o].seq = k.next[k.at]
  /\ producer' = [producer EXCEPT ![c].st = "in", ![c].next[k.at] = @ + 1,
                                  ![c].unsure = @ \ {k.at}, ![c].at = -1]
  /\ acked' = acked \cup {<<k.n, k.at, k.next[k.at]>>}
  /\ UNCHANGED <<late, adding, partitions, cluster, coord, durable, tail, markers, budget,
                 nextTxn, decision>>

\* WriteTxnMarkers. Refused from a deposed coordinator and for an older epoch; a marker of the
\* epoch that the partition is in already is one that came before, and is not written again.
HandleMarker(m) ==
  LET s == Known(m.p)  o == Len(log[m.p]) + 1 IN
  /\ m \in markers
  /\ markers' = markers \ {m}
  /\ IF m.cepoch >= s.cepoch /\ m.epoch > s.epoch
     THEN /\ AppendTo(m.p, [kind |-> "marker", epoch |-> m.epoch, result |-> m.result,
                            cepoch |-> m.cepoch, n |-> m.n])
          /\ aborted' = IF m.result = "abort" /\ s.first # 0
                        THEN [aborted EXCEPT ![m.p] = @ \cup {[first |-> s.first, last |-> o]}]
                        ELSE aborted
     ELSE UNCHANGED <<log, aborted>>
  /\ UNCHANGED <<producer, late, adding, hw, forgotten, cluster, coord, durable, tail, budget,
                 ghosts>>

\* A producer without transactions writes.
AppendPlain(p) ==
  /\ budget.plain > 0
  /\ budget' = [budget EXCEPT !.plain = @ - 1]
  /\ AppendTo(p, Plain)
  /\ UNCHANGED <<producer, late, adding, hw, forgotten, aborted, cluster, coord, durable, tail,
                 markers, ghosts>>

\* The in-sync replicas have everything.
AdvanceHighWatermark(p) ==
  /\ hw[p] < Len(log[p])
  /\ hw' = [hw EXCEPT ![p] = Len(log[p])]
  /\ UNCHANGED <<producer, late, adding, log, forgotten, aborted, cluster, coord, durable, tail,
                 markers, budget, ghosts>>

\* The partition gets another leader: of what was not replicated a prefix survives, and requests
\* that the old leader held are answered with an error.
ChangeLeader(p) ==
  LET held == {r \in adding : r.p = p}
      Waiting(c) == producer[c].st = "sending" /\ producer[c].at = p
  IN
  /\ budget.leaderChange > 0
  /\ budget' = [budget EXCEPT !.leaderChange = @ - 1]
  /\ \E kept \in hw[p] .. Len(log[p]) :
       /\ log' = [log EXCEPT ![p] = SubSeq(@, 1, kept)]
       /\ aborted' = [aborted EXCEPT ![p] = {a \in @ : a.last <= kept}]
  /\ adding' = adding \ held
  /\ producer' = [c \in Producers |-> IF Waiting(c) THEN Told(producer[c], Refused("retry"))
                                      ELSE producer[c]]
  /\ UNCHANGED <<late, hw, forgotten, cluster, coord, durable, tail, markers, ghosts>>

\* After a long time without a transaction the partition forgets the producer; by then nothing that
\* the producer or a coordinator has sent is under way any more, and deposed coordinators know.
ExpireProducer(p) ==
  /\ budget.expiration > 0
  /\ Known(p).epoch >= 0 /\ Known(p).first = 0 /\ hw[p] = Len(log[p])
  /\ late = {} /\ adding = {} /\ markers = {}
  /\ \A b \in Brokers : ActsAsCoordinator(b) => Leads(b)
  /\ \A c \in Producers : producer[c].st # "sending"
  /\ budget' = [budget EXCEPT !.expiration = @ - 1]
  /\ forgotten' = [forgotten EXCEPT ![p] = Len(log[p])]
  /\ UNCHANGED <<producer, late, adding, log, hw, aborted, cluster, coord, durable, tail, markers,
                 ghosts>>

\* The cleaner removes, below the last stable offset, records of aborted transactions and then
\* their markers; a marker stays as long as records that it decides about are there, and the last
\* entry of the producer as long as the partition is to know the producer.
Clean(p, o) ==
  LET e == log[p][o]
      before == {m \in Kinds(p, "marker") : m < o}
      since == {d \in Kinds(p, "data") : d < o /\ \A m \in before : m < d}
  IN
  /\ budget.clean > 0
  /\ budget' = [budget EXCEPT !.clean = @ - 1]
  /\ o <= LastStable(p)
  /\ o <= forgotten[p] \/ \E q \in Kinds(p, "data") \cup Kinds(p, "marker") : q > o
  /\ \/ e.kind = "data" /\ o \notin Visible(p) /\ UNCHANGED aborted
     \/ /\ e.kind = "marker" /\ since = {}
        /\ aborted' = [aborted EXCEPT ![p] = {a \in @ : a.last # o}]
  /\ log' = [log EXCEPT ![p][o] = Gap]
  /\ UNCHANGED <<producer, late, adding, hw, forgotten, cluster, coord, durable, tail, markers,
                 ghosts>>
================================================================================
