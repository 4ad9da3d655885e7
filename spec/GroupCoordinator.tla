---------------------------- MODULE GroupCoordinator ---------------------------
\* Copyright 2026 The Gregor Authors.
\* SPDX-License-Identifier: Apache-2.0
(* A broker that is, or believes to be, the coordinator of the group, and its log. The story is in
   ConsumerGroup.tla.

   A handler Handle…(cs, r) deals with request r, where cs is what the clients are doing: the one
   that has just sent r waits, unless r comes late. *)
EXTENDS GroupMember

\* Everyone whose SyncGroup is parked is sent back to JoinGroup.
JoinAgain(cs, g) == TellAll(cs, g.syncing, LAMBDA m : Failure("sync", "rebalance"))

RefuseWhenNotCoordinator(cs, r) ==
  /\ ~ActsAsCoordinator(r.to)
  /\ client' = Tell(cs, r.from, r.conn, Failure(r.type, "moved"))
  /\ UNCHANGED <<group, tail, nextId>>

\* JoinGroup of a dynamic member without an id: it is given one and must come back with it.
HandleJoinWithoutId(cs, r) ==
  LET m == NewId(r.from) IN
  /\ r.type = "join" /\ r.id = 0 /\ r.from \notin Twins
  /\ ActsAsCoordinator(r.to)
  /\ nextId' = nextId + 1
  /\ group' = [group EXCEPT ![r.to].pending = @ \cup {m}]
  /\ client' = Tell(cs, r.from, r.conn, ComeBackAs(m))
  /\ UNCHANGED tail

\* Only the leader of a generation that is being formed is told who takes part.
SeenBy(g, m) == IF m = g.leader /\ g.st = "Completing" THEN g.members ELSE {}

\* JoinGroup under a member id: a new member, one that comes for the next generation, or one that
\* lost the answer and is told the present generation again.
HandleJoinWithId(cs, r) ==
  LET b == r.to  g == group[b]
      again == g.st = "Completing" \/ (g.st = "Stable" /\ r.id # g.leader)
  IN
  /\ r.type = "join" /\ r.id # 0
  /\ ActsAsCoordinator(b)
  /\ IF r.id \in g.pending \/ (r.id \in g.members /\ ~again)
     THEN /\ group' = [group EXCEPT ![b] = WithJoin(g, r.id, r.conn)]
          /\ client' = JoinAgain(cs, g)
     ELSE /\ client' = Tell(cs, r.from, r.conn,
                         IF r.id \in g.members THEN Joined(b, r.id, g.gen, SeenBy(g, r.id))
                         ELSE Failure("join", CheckMember(g, r.id)))
          /\ UNCHANGED group
  /\ UNCHANGED <<tail, nextId>>

\* The group with the new member id in the old one's place.
Replace(g, old, new) ==
  [g EXCEPT !.members = (@ \ {old}) \cup {new},
            !.leader = IF @ = old THEN new ELSE @,
            !.asg = IF old \in DOMAIN @ THEN Put(Without(@, {old}), new, @[old]) ELSE @,
            !.joined = Without(@, {old}), !.syncing = Without(@, {old})]

\* Whoever waits for an answer under the replaced member id learns that it is fenced.
Fence(cs, g, old) ==
  LET Only(f) == [m \in DOMAIN f \cap {old} |-> f[m]]
  IN TellAll(TellAll(cs, Only(g.joined), LAMBDA m : Failure("join", "fenced")),
             Only(g.syncing), LAMBDA m : Failure("sync", "fenced"))

\* JoinGroup of a static member without an id. If its instance is a member already, the new id
\* takes the old one's place; in a stable group that needs no new generation, but it must be in
\* the log before the answer leaves (KAFKA-10284).
HandleStaticJoin(cs, r) ==
  LET b == r.to  g == group[b]  m == NewId(r.from)
      olds == {n \in g.members : Static(n)}
      old == Min(olds)
      h == Replace(g, old, m)
  IN
  /\ r.type = "join" /\ r.id = 0 /\ r.from \in Twins
  /\ ActsAsCoordinator(b)
  /\ nextId' = nextId + 1
  /\ CASE olds = {} ->
            /\ group' = [group EXCEPT ![b] = WithJoin(g, m, r.conn)]
            /\ client' = JoinAgain(cs, g)
            /\ UNCHANGED tail
       [] olds # {} /\ g.st = "Stable" /\ Leads(b) ->
            /\ group' = [group EXCEPT ![b] = h]
            /\ client' = Fence(cs, g, old)
            /\ tail' = Append(tail, GroupRecord(h, h.asg, "static", m, r.conn))
       [] olds # {} /\ g.st = "Stable" /\ ~Leads(b) ->
            /\ client' = Tell(cs, r.from, r.conn, Failure("join", "moved"))
            /\ UNCHANGED <<group, tail>>
       [] OTHER ->
            /\ group' = [group EXCEPT ![b] = WithJoin(h, m, r.conn)]
            /\ client' = JoinAgain(Fence(cs, g, old), h)
            /\ UNCHANGED tail

\* All members are there, or the rebalance timeout is over: the next generation begins. Dynamic
\* members that did not come are out; static ones keep their place.
CompleteJoin(b) ==
  LET g == group[b]
      came == DOMAIN g.joined
      stay == came \cup {m \in g.members : Static(m)}
      next == [g EXCEPT !.gen = @ + 1, !.members = stay, !.joined = EmptyFn,
                 !.st = IF stay = {} THEN "Empty" ELSE "Completing",
                 !.leader = IF stay = {} THEN 0 ELSE IF @ \in came THEN @ ELSE Min(came)]
  IN
  /\ g.st = "Preparing"
  /\ came # {} \/ stay = {}
  /\ IF g.members = came /\ g.pending = {} THEN UNCHANGED budget
     ELSE /\ budget.timeout > 0
          /\ budget' = [budget EXCEPT !.timeout = @ - 1]
  /\ group' = [group EXCEPT ![b] = next]
  /\ client' = TellAll(client, g.joined, LAMBDA m : Joined(b, m, next.gen, SeenBy(next, m)))
  /\ tail' = IF stay = {} /\ Leads(b)
             THEN Append(tail, GroupRecord(next, EmptyFn, "empty", 0, 0)) ELSE tail
  /\ UNCHANGED <<late, cluster, durable, nextId, promised>>

\* The assignment of generation gen is on its way into the log.
AssignmentUnderWay(gen) ==
  \E i \in 1 .. Len(tail) : tail[i].kind = "group" /\ tail[i].why = "assign" /\ tail[i].gen = gen

\* SyncGroup. Followers wait for the leader; the leader's assignment goes to the log first.
\* Two things here are Gregor's: an assignment that names somebody who is no member is refused, and
\* a generation takes one assignment only. A leader's request of an earlier term of this broker
\* can have the same generation number (docs/findings.md).
HandleSyncGroup(cs, r) ==
  LET b == r.to  g == group[b]
      err == IF CheckGeneration(g, r.id, r.gen) # "ok" THEN CheckGeneration(g, r.id, r.gen)
             ELSE IF g.st = "Preparing" THEN "rebalance"
             ELSE IF ~(DOMAIN r.asg \subseteq g.members) THEN "rebalance"
             ELSE IF g.st = "Completing" /\ r.id = g.leader /\ ~Leads(b) THEN "moved"
             ELSE "ok"
      asg == [m \in g.members |-> IF m \in DOMAIN r.asg THEN r.asg[m] ELSE {}]
  IN
  /\ r.type = "sync"
  /\ ActsAsCoordinator(b)
  /\ CASE err # "ok" ->
            /\ client' = Tell(cs, r.from, r.conn, Failure("sync", err))
            /\ UNCHANGED <<group, tail>>
       [] err = "ok" /\ g.st = "Stable" ->
            /\ client' = Tell(cs, r.from, r.conn, Synced(g.asg[r.id]))
            /\ UNCHANGED <<group, tail>>
       [] OTHER ->
            /\ group' = [group EXCEPT ![b].syncing = Put(@, r.id, r.conn)]
            /\ tail' = IF r.id # g.leader \/ AssignmentUnderWay(g.gen) THEN tail
                       ELSE Append(tail, GroupRecord(g, asg, "assign", 0, 0))
            /\ client' = cs
  /\ UNCHANGED nextId

\* OffsetCommit: from a current member, in its generation, and not while the next one is formed.
HandleOffsetCommit(cs, r) ==
  LET b == r.to  g == group[b]
      err == IF CheckGeneration(g, r.id, r.gen) # "ok" THEN CheckGeneration(g, r.id, r.gen)
             ELSE IF g.st = "Completing" THEN "rebalance"
             ELSE IF ~Leads(b) THEN "moved"
             ELSE "ok"
  IN
  /\ r.type = "commit"
  /\ ActsAsCoordinator(b)
  /\ IF err = "ok"
     THEN /\ tail' = Append(tail, [kind |-> "offset", p |-> r.p, off |-> r.off, gen |-> r.gen,
                                   id |-> r.id, conn |-> r.conn])
          /\ client' = cs
     ELSE /\ client' = Tell(cs, r.from, r.conn, Failure("commit", err))
          /\ UNCHANGED tail
  /\ UNCHANGED <<group, nextId>>

HandleRequest(cs, r) ==
  /\ \/ RefuseWhenNotCoordinator(cs, r) \/ HandleJoinWithoutId(cs, r) \/ HandleJoinWithId(cs, r)
     \/ HandleStaticJoin(cs, r) \/ HandleSyncGroup(cs, r) \/ HandleOffsetCommit(cs, r)
  /\ UNCHANGED <<cluster, durable, promised>>

\* Nobody will ever heartbeat under member id m again.
Gone(m) ==
  LET c == ClientOf(m)
      Parked(f) == m \in DOMAIN f /\ f[m] = client[c].conn
  IN
  \/ client[c].st \in {"dead", "fenced"}
  \/ /\ client[c].id # m
     /\ \A b \in Brokers : ~Parked(group[b].joined)
     /\ \A i \in 1 .. Len(tail) :
          tail[i].kind = "group" => tail[i].id # m \/ tail[i].conn # client[c].conn

\* A session is over. Members whose answer the coordinator itself holds back are kept.
SessionTimeout(b, m) ==
  LET g == group[b] IN
  /\ m \in g.members \cup g.pending
  /\ m \notin DOMAIN g.joined \cup DOMAIN g.syncing \/ Gone(m)
  /\ IF Gone(m) /\ Leads(b) THEN UNCHANGED budget
     ELSE budget.timeout > 0 /\ budget' = [budget EXCEPT !.timeout = @ - 1]
  /\ IF m \in g.members
     THEN /\ group' = [group EXCEPT ![b] = WithoutMembers(g, {m})]
          /\ client' = JoinAgain(client, g)
     ELSE /\ group' = [group EXCEPT ![b].pending = @ \ {m}]
          /\ UNCHANGED client
  /\ UNCHANGED <<late, cluster, log, nextId, promised>>

\* Retention removes the offsets of a group that has been without members for long enough; not
\* while a commit is on its way into the log.
ExpireOffsets(b) ==
  /\ group[b].st = "Empty"
  /\ \A i \in 1 .. Len(tail) : tail[i].kind # "offset"
  /\ \E p \in Tracked : group[b].offsets[p] > 0
  /\ budget.expiration > 0
  /\ budget' = [budget EXCEPT !.expiration = @ - 1]
  /\ group' = [group EXCEPT ![b].offsets = [p \in Tracked |-> 0]]
  /\ tail' = IF Leads(b) THEN Append(tail, [kind |-> "expire"]) ELSE tail
  /\ UNCHANGED <<client, late, cluster, durable, nextId, promised>>

--------------------------------------------------------------------------------
\* The log of the offsets partition

\* The next record is replicated, and what waited for it happens.
Replicate ==
  LET e == Head(tail)  g == group[leader]  c == ClientOf(e.id)
      takesEffect == e.why = "assign" /\ g.st = "Completing" /\ g.gen = e.gen
  IN
  /\ tail # <<>>
  /\ tail' = Tail(tail)
  /\ durable' = Fold(durable, e)
  /\ CASE e.kind = "group" /\ takesEffect ->
            /\ group' = [group EXCEPT ![leader].st = "Stable", ![leader].asg = e.asg,
                                      ![leader].syncing = EmptyFn]
            /\ client' = TellAll(client, g.syncing, LAMBDA m : Synced(e.asg[m]))
            /\ UNCHANGED promised
       [] e.kind = "group" /\ ~takesEffect ->
            /\ client' = IF e.why # "static" THEN client
                         ELSE Tell(client, c, e.conn, Joined(leader, e.id, e.gen, {}))
            /\ UNCHANGED <<group, promised>>
       [] e.kind = "offset" ->
            /\ group' = [group EXCEPT ![leader].offsets[e.p] = e.off]
            /\ client' = Tell(client, c, e.conn, Committed)
            /\ promised' = IF e.conn = client[c].conn \/ e.off < promised[e.p]
                           THEN [promised EXCEPT ![e.p] = e.off] ELSE promised
       [] e.kind = "expire" ->
            /\ promised' = [p \in Tracked |-> 0]
            /\ UNCHANGED <<group, client>>
  /\ UNCHANGED <<late, cluster, nextId, budget>>

\* Whose JoinGroup or SyncGroup is parked at a coordinator that ends is told to look for another.
Dismiss(cs, g) ==
  TellAll(TellAll(cs, g.joined, LAMBDA m : Failure("join", "moved")),
          g.syncing, LAMBDA m : Failure("sync", "moved"))

\* So is whoever waits for a record.
DismissWriters(cs) ==
  LET Waits(c) == \E i \in 1 .. Len(tail) :
                    tail[i].kind # "expire" /\ ClientOf(tail[i].id) = c /\ tail[i].conn = cs[c].conn
      type(c) == IF cs[c].st = "committing" THEN "commit" ELSE "join"
  IN [c \in Clients |-> IF Waits(c) THEN Told(cs[c], Failure(type(c), "moved")) ELSE cs[c]]

\* The offsets partition gets a leader (another one, or the same after a restart), which replays
\* the log. Of the records that were not replicated, any prefix survives.
BecomeCoordinator(b) ==
  /\ budget.failover > 0
  /\ budget' = [budget EXCEPT !.failover = @ - 1]
  /\ leader' = b
  /\ epoch' = epoch + 1
  /\ tail' = <<>>
  /\ \E kept \in 0 .. Len(tail) :
       LET d == FoldAll(durable, SubSeq(tail, 1, kept)) IN
       /\ durable' = d
       /\ group' = [group EXCEPT ![b] =
            [NoGroup EXCEPT !.epoch = epoch + 1, !.gen = d.gen, !.leader = d.leader,
               !.st = IF DOMAIN d.asg = {} THEN "Empty" ELSE "Stable",
               !.asg = d.asg, !.members = DOMAIN d.asg, !.offsets = d.offsets]]
       /\ promised' = [p \in Tracked |->
            IF d.offsets[p] < promised[p]
               /\ \E i \in 1 .. kept : tail[i].kind = "expire"
                                       \/ (tail[i].kind = "offset" /\ tail[i].p = p)
            THEN d.offsets[p] ELSE promised[p]]
  /\ client' = DismissWriters(Dismiss(client, group[b]))
  /\ UNCHANGED <<late, nextId>>

\* A deposed coordinator finds out.
Resign(b) ==
  /\ ActsAsCoordinator(b) /\ ~Leads(b)
  /\ group' = [group EXCEPT ![b] = NoGroup]
  /\ client' = Dismiss(client, group[b])
  /\ UNCHANGED <<late, cluster, log, nextId, budget, promised>>
================================================================================
