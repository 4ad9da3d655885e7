------------------------------ MODULE GroupState -------------------------------
\* Copyright 2026 The Gregor Authors.
\* SPDX-License-Identifier: Apache-2.0
(* The state of a consumer group, its coordinators and its log. The story is in
   ConsumerGroup.tla. *)
EXTENDS Integers, Sequences, FiniteSets, TLC

CONSTANTS
  Clients,          \* consumer processes, numbers from 1 to 9
  Twins,            \* those that share one group.instance.id; all others are dynamic members
  Brokers,          \* brokers that can lead the group's partition of __consumer_offsets
  Partitions,       \* the topic's partitions, 0 .. n-1
  Tracked,          \* those of them for which offsets are committed
  MaxOffset,        \* highest offset that is committed
  MaxFailovers, MaxStaleLookups, MaxDisconnects, MaxTimeouts, MaxRestarts, MaxExpirations

VARIABLES
  client,      \* each consumer process: what it does (st), its member id, generation and
               \* connection, the partitions it owns, its position in them; and, between JoinGroup
               \* and SyncGroup, who answered (by) and, for the leader, who takes part (seen)
  late,        \* requests that are still on their way although the client has given them up
  leader,      \* the broker that leads the offsets partition, as the cluster knows it
  epoch,       \* its leader epoch
  group,       \* each broker's group in memory; with epoch 0 it does not act as the coordinator
  durable,     \* what replaying the replicated log yields: [gen, leader, asg, offsets]
  tail,        \* records that the leader has appended and that are not replicated yet
  nextId,      \* numbers member ids, which are never used twice
  budget,      \* faults that may still happen
  promised     \* ghost: per partition, the lowest offset that users may rely on being committed

vars == <<client, late, leader, epoch, group, durable, tail, nextId, budget, promised>>

--------------------------------------------------------------------------------
\* Helpers

EmptyFn == [x \in {} |-> 0]
Put(f, k, v) == (k :> v) @@ f
Without(f, S) == [k \in DOMAIN f \ S |-> f[k]]
Min(S) == CHOOSE x \in S : \A y \in S : x <= y

\* A member id is unique and tells whose it is; a greater one was handed out later.
ClientOf(m) == m % 10
NewId(c) == nextId * 10 + c
Static(m) == ClientOf(m) \in Twins

\* The leader's assignor: partitions are dealt out in turn.
Assign(S) ==
  LET Rank(m) == Cardinality({n \in S : n < m})
  IN [m \in S |-> {p \in Partitions : p % Cardinality(S) = Rank(m)}]

NoGroup == [epoch |-> 0, st |-> "None", gen |-> 0, leader |-> 0, asg |-> EmptyFn, members |-> {},
            joined |-> EmptyFn, syncing |-> EmptyFn, pending |-> {},
            offsets |-> [p \in Tracked |-> 0]]

\* A coordinator whose appends become part of the log.
Leads(b) == group[b].epoch = epoch
ActsAsCoordinator(b) == group[b].epoch > 0

Preparing(g) == [g EXCEPT !.st = "Preparing", !.asg = EmptyFn, !.syncing = EmptyFn]

\* Member m waits for the generation to come.
WithJoin(g, m, conn) ==
  Preparing([g EXCEPT !.members = @ \cup {m}, !.pending = @ \ {m}, !.joined = Put(@, m, conn)])

WithoutMembers(g, S) ==
  Preparing([g EXCEPT !.members = @ \ S, !.joined = Without(@, S), !.syncing = Without(@, S)])

\* What a coordinator says to a member id: ok, fenced (another one took over its instance id) or
\* unknown.
CheckMember(g, m) ==
  IF m \in g.members THEN "ok"
  ELSE IF Static(m) /\ \E n \in g.members : Static(n) THEN "fenced"
  ELSE "unknown"

CheckGeneration(g, m, gen) ==
  IF CheckMember(g, m) # "ok" THEN CheckMember(g, m)
  ELSE IF gen # g.gen THEN "illegal"
  ELSE "ok"

\* The log, folded.
Fold(d, e) ==
  CASE e.kind = "group"  -> [d EXCEPT !.gen = e.gen, !.leader = e.leader, !.asg = e.asg]
    [] e.kind = "offset" -> [d EXCEPT !.offsets[e.p] = e.off]
    [] e.kind = "expire" -> [d EXCEPT !.offsets = [p \in Tracked |-> 0]]

RECURSIVE FoldAll(_, _)
FoldAll(d, s) == IF s = <<>> THEN d ELSE FoldAll(Fold(d, Head(s)), Tail(s))

GroupRecord(g, asg, why, m, conn) ==
  [kind |-> "group", gen |-> g.gen, leader |-> g.leader, asg |-> asg, why |-> why, id |-> m,
   conn |-> conn]

--------------------------------------------------------------------------------
Init ==
  /\ client = [c \in Clients |-> [st |-> "unjoined", id |-> 0, gen |-> 0, conn |-> 0,
                                  owned |-> {}, pos |-> [p \in Tracked |-> 0],
                                  by |-> 0, seen |-> {}]]
  /\ late = {}
  /\ leader = Min(Brokers)
  /\ epoch = 1
  /\ durable = [gen |-> 0, leader |-> 0, asg |-> EmptyFn, offsets |-> [p \in Tracked |-> 0]]
  /\ group = [b \in Brokers |-> IF b = Min(Brokers)
                                THEN [NoGroup EXCEPT !.epoch = 1, !.st = "Empty"] ELSE NoGroup]
  /\ tail = <<>>
  /\ nextId = 1
  /\ budget = [failover |-> MaxFailovers, stale |-> MaxStaleLookups,
               disconnect |-> MaxDisconnects, timeout |-> MaxTimeouts,
               restart |-> MaxRestarts, expiration |-> MaxExpirations]
  /\ promised = [p \in Tracked |-> 0]

log == <<durable, tail>>
cluster == <<leader, epoch>>
================================================================================
