------------------------------ MODULE GroupMember ------------------------------
\* Copyright 2026 The Gregor Authors.
\* SPDX-License-Identifier: Apache-2.0
(* A consumer: what it makes of the coordinator's answers, what it asks for, how it fails. The story
   is in ConsumerGroup.tla. *)
EXTENDS GroupState

\* The broker that a client takes for the coordinator: the leader, or, if it was told so by
\* somebody with old metadata, a deposed one.
LooksUp(b) ==
  \/ b = leader /\ UNCHANGED budget
  \/ /\ b # leader /\ ActsAsCoordinator(b)
     /\ budget.stale > 0
     /\ budget' = [budget EXCEPT !.stale = @ - 1]

NoPositions == [p \in Tracked |-> 0]

--------------------------------------------------------------------------------
\* Answers

Joined(b, m, gen, seen) ==
  [type |-> "join", err |-> "ok", by |-> b, id |-> m, gen |-> gen, seen |-> seen]
ComeBackAs(m) == [type |-> "join", err |-> "id required", id |-> m]
Synced(owned) == [type |-> "sync", err |-> "ok", owned |-> owned]
Committed == [type |-> "commit", err |-> "ok"]
Failure(type, err) == [type |-> type, err |-> err]

\* What any error does to a consumer k: it gives up what it owned. If the member id is unknown, it
\* begins anew without one; if it is fenced, it ends.
After(k, err) ==
  LET out == [k EXCEPT !.st = "unjoined", !.owned = {}, !.pos = NoPositions, !.by = 0, !.seen = {}]
  IN CASE err = "fenced"  -> [out EXCEPT !.st = "fenced"]
       [] err = "unknown" -> [out EXCEPT !.id = 0, !.gen = 0]
       [] OTHER           -> out

\* Consumer k has received an answer. A commit that met a broker that is not the coordinator may be
\* tried again.
Told(k, msg) ==
  CASE msg.type = "join" /\ msg.err = "ok" ->
         [k EXCEPT !.st = "joined", !.id = msg.id, !.gen = msg.gen, !.by = msg.by,
                   !.seen = msg.seen]
    [] msg.err = "id required" -> [k EXCEPT !.st = "unjoined", !.id = msg.id]
    [] msg.type = "sync" /\ msg.err = "ok" ->
         [k EXCEPT !.st = IF msg.owned \cap Tracked = {} THEN "stable" ELSE "fetching",
                   !.owned = msg.owned]
    [] msg.type = "commit" /\ msg.err \in {"ok", "moved"} -> [k EXCEPT !.st = "stable"]
    [] OTHER -> After(k, msg.err)

\* An answer leaves only on the connection that the request came from, and nowhere else.
Tell(clients, c, conn, msg) ==
  IF clients[c].conn = conn THEN [clients EXCEPT ![c] = Told(@, msg)] ELSE clients

\* Answers to all requests that a coordinator has parked in f (a function from member ids to
\* connections).
TellAll(clients, f, Msg(_)) ==
  [c \in Clients |->
     IF \E m \in DOMAIN f : ClientOf(m) = c /\ f[m] = clients[c].conn
     THEN Told(clients[c], Msg(CHOOSE m \in DOMAIN f : ClientOf(m) = c /\ f[m] = clients[c].conn))
     ELSE clients[c]]

--------------------------------------------------------------------------------
\* Requests

Request(c, b, type) ==
  [type |-> type, from |-> c, conn |-> client[c].conn, to |-> b, id |-> client[c].id,
   gen |-> client[c].gen]

JoinRequest(c, b) == Request(c, b, "join")
\* A leader hands in everybody's assignment; for everybody else that is empty.
SyncRequest(c) ==
  Request(c, client[c].by, "sync") @@ [asg |-> Assign(client[c].seen)]
CommitRequest(c, b, p) ==
  Request(c, b, "commit") @@ [p |-> p, off |-> client[c].pos[p] + 1]

CanJoin(c) == client[c].st = "unjoined"
CanSync(c) == client[c].st = "joined"
\* A consumer has processed another record.
CanCommit(c, p) ==
  client[c].st = "stable" /\ p \in client[c].owned \cap Tracked /\ client[c].pos[p] < MaxOffset

Joining(c) == [client EXCEPT ![c].st = "joining"]
Syncing(c) == [client EXCEPT ![c].st = "syncing", ![c].by = 0, ![c].seen = {}]
Committing(c, p) == [client EXCEPT ![c].st = "committing", ![c].pos[p] = @ + 1]

\* The client's connection breaks: it goes on as if it had not been answered.
GivenUp(clients, c) ==
  [clients EXCEPT ![c].conn = @ + 1, ![c].st = IF @ = "committing" THEN "stable" ELSE "unjoined"]

\* OffsetFetch, from whomever the client takes for the coordinator.
FetchOffsets(c, b) ==
  /\ client[c].st = "fetching"
  /\ LooksUp(b)
  /\ client' = [client EXCEPT ![c].st = "stable",
       ![c].pos = [p \in Tracked |-> IF p \in client[c].owned THEN group[b].offsets[p] ELSE 0]]
  /\ UNCHANGED <<late, cluster, group, log, nextId, promised>>

\* A heartbeat that brings bad news.
Heartbeat(c, b) ==
  LET g == group[b]
      err == IF CheckGeneration(g, client[c].id, client[c].gen) # "ok"
             THEN CheckGeneration(g, client[c].id, client[c].gen)
             ELSE IF g.st = "Preparing" THEN "rebalance" ELSE "ok"
  IN /\ client[c].st = "stable"
     /\ err # "ok"
     /\ LooksUp(b)
     /\ client' = [client EXCEPT ![c] = After(@, err)]
     /\ UNCHANGED <<late, cluster, group, log, nextId, promised>>

--------------------------------------------------------------------------------
\* Faults

\* A client sends a request and loses its connection; the request stays under way.
SendAndGiveUp(c) ==
  /\ budget.disconnect > 0
  /\ budget' = [budget EXCEPT !.disconnect = @ - 1]
  /\ \/ /\ CanJoin(c)
        /\ late' = late \cup {JoinRequest(c, leader)}
        /\ client' = GivenUp(Joining(c), c)
     \/ /\ CanSync(c)
        /\ late' = late \cup {SyncRequest(c)}
        /\ client' = GivenUp(Syncing(c), c)
     \/ \E p \in Tracked :
          /\ CanCommit(c, p)
          /\ late' = late \cup {CommitRequest(c, leader, p)}
          /\ client' = GivenUp(Committing(c, p), c)
  /\ UNCHANGED <<cluster, group, log, nextId, promised>>

\* A client whose request the broker has, and holds, loses its connection.
Disconnect(c) ==
  /\ client[c].st \in {"joining", "syncing", "committing"}
  /\ budget.disconnect > 0
  /\ budget' = [budget EXCEPT !.disconnect = @ - 1]
  /\ client' = GivenUp(client, c)
  /\ UNCHANGED <<late, cluster, group, log, nextId, promised>>

\* The process ends, and starts anew without any memory or stays away.
Restart(c) ==
  /\ client[c].id # 0 /\ client[c].st \notin {"fenced", "dead"}
  /\ budget.restart > 0
  /\ budget' = [budget EXCEPT !.restart = @ - 1]
  /\ \E st \in {"unjoined", "dead"} :
       client' = [client EXCEPT ![c] = [After(@, "unknown") EXCEPT !.st = st, !.conn = @ + 1]]
  /\ UNCHANGED <<late, cluster, group, log, nextId, promised>>

\* A dynamic member says good-bye (static members do not).
LeaveGroup(c) ==
  LET g == group[leader] IN
  /\ client[c].st = "stable" /\ c \notin Twins
  /\ budget.restart > 0
  /\ budget' = [budget EXCEPT !.restart = @ - 1]
  /\ client[c].id \in g.members
  /\ group' = [group EXCEPT ![leader] = WithoutMembers(@, {client[c].id})]
  /\ client' = TellAll([client EXCEPT ![c] = [After(@, "unknown") EXCEPT !.st = "dead"]],
                       g.syncing, LAMBDA m : Failure("sync", "rebalance"))
  /\ UNCHANGED <<late, cluster, log, nextId, promised>>
================================================================================
