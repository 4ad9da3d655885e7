----------------------------- MODULE ConsumerGroup -----------------------------
\* Copyright 2026 The Gregor Authors.
\* SPDX-License-Identifier: Apache-2.0
(* Kafka's classic consumer group, from the first JoinGroup to the last committed offset.

   Consumers of one group share the partitions of a topic. They are brought together by the group
   coordinator: the broker that leads the group's partition of __consumer_offsets. One round is a
   *generation*:

     JoinGroup    Everyone comes to the coordinator and waits. A dynamic member that comes without
                  an id is first told the id that it has to come back with. When all members are
                  there (or the rebalance timeout is over) the generation goes up by one, the
                  answers leave, and one of the members, the leader, is told who takes part.
     SyncGroup    The leader hands in who gets what; the coordinator writes that to its log and,
                  once the record is replicated, answers everybody with their own share.
     Heartbeat    tells a member that it must join again, or that it is no member any more.
     OffsetCommit is accepted from a current member in the current generation, written to the log
                  and acknowledged once the record is replicated.
     OffsetFetch  gives a member the offset to start at.

   A *static* member (KIP-345) has a group.instance.id. It keeps its place and its partitions over
   a restart: whoever comes with the same instance id and no member id takes over under a new
   member id, and whoever shows up under the old member id is fenced. Twins are processes that
   were given the same instance id, by mistake or because the older one is thought to be dead.

   Faults, each with a budget: the coordinator moves (MaxFailovers) and its successor replays the
   log; the deposed coordinator goes on answering from memory until it finds out, and somebody
   asks it (MaxStaleLookups); a client closes its connection before the answer has come, while its
   request is processed whenever the broker gets to it (MaxDisconnects); session and rebalance
   timeouts strike members that are alive, which are zombies from then on (MaxTimeouts);
   consumers restart, die or leave (MaxRestarts); retention removes offsets (MaxExpirations).

   The network is TCP: a client has one request under way on its present connection, and waits; a
   response arrives once or never; what was sent on an abandoned connection still reaches the
   broker, as late as it likes, so that the broker may see a request twice (the late one and its
   retry), in either order, and possibly in another term of its own. Answers to abandoned
   connections go nowhere. A client that waits does nothing else, so a request that is not late is
   sent and dealt with in one step, and an answer is received in the step that gives it: a client
   that reads it later is, for everybody else, one that acts on it later.

   The log is held as its fold (`durable`, what replaying the replicated part yields) plus `tail`,
   the records appended by the present leader that are not replicated yet. A failover keeps any
   prefix of the tail. That an append by a deposed leader never becomes part of the log is what
   Replication.tla shows; here it is an assumption, in `Leads`.

   Abstracted away: the choice of protocol and the embedded subscription (every member subscribes
   to the one topic, the leader deals partitions out in turn); the eager protocol stands for the
   cooperative one; a successful heartbeat changes nothing, so heartbeats, OffsetFetch and
   LeaveGroup are single steps; clocks, so that a timeout may strike at any time. *)
EXTENDS GroupCoordinator

--------------------------------------------------------------------------------
\* What happens. A client that waits does nothing else, so a request that its client waits for is
\* sent and dealt with in one step, and an answer reaches the client in the step that gives it.

JoinGroup(c, b) ==
  CanJoin(c) /\ LooksUp(b) /\ HandleRequest(Joining(c), JoinRequest(c, b)) /\ UNCHANGED late

\* SyncGroup goes to the broker that answered JoinGroup.
SyncGroup(c) ==
  CanSync(c) /\ HandleRequest(Syncing(c), SyncRequest(c)) /\ UNCHANGED <<late, budget>>

OffsetCommit(c, b, p) ==
  /\ CanCommit(c, p) /\ LooksUp(b)
  /\ HandleRequest(Committing(c, p), CommitRequest(c, b, p))
  /\ UNCHANGED late

LateRequest ==
  \E r \in late : HandleRequest(client, r) /\ late' = late \ {r} /\ UNCHANGED budget

SessionEnds(b) == \E m \in group[b].members \cup group[b].pending : SessionTimeout(b, m)

Consumer(c) ==
  \/ \E b \in Brokers : \/ JoinGroup(c, b) \/ FetchOffsets(c, b) \/ Heartbeat(c, b)
                        \/ \E p \in Tracked : OffsetCommit(c, b, p)
  \/ SyncGroup(c)
  \/ SendAndGiveUp(c) \/ Disconnect(c) \/ Restart(c) \/ LeaveGroup(c)

Coordinator(b) ==
  \/ CompleteJoin(b) \/ SessionEnds(b) \/ ExpireOffsets(b) \/ BecomeCoordinator(b) \/ Resign(b)

Next ==
  \/ \E c \in Clients : Consumer(c)
  \/ LateRequest
  \/ \E b \in Brokers : Coordinator(b)
  \/ Replicate

Spec == Init /\ [][Next]_vars

\* What goes on by itself when nothing fails any more: live clients ask the right broker, late
\* requests arrive, the log is replicated, sessions of those who are gone run out.
Healing ==
  /\ \A c \in Clients :
       /\ WF_vars(JoinGroup(c, leader))
       /\ WF_vars(SyncGroup(c))
       /\ WF_vars(FetchOffsets(c, leader))
       /\ WF_vars(Heartbeat(c, leader))
  /\ WF_vars(LateRequest)
  /\ \A b \in Brokers :
       /\ WF_vars(group[b].members = DOMAIN group[b].joined /\ group[b].pending = {}
                  /\ CompleteJoin(b))
       /\ WF_vars(/\ Leads(b)
                  /\ \E m \in group[b].members \cup group[b].pending :
                       Gone(m) /\ SessionTimeout(b, m))
       /\ WF_vars(Resign(b))
  /\ WF_vars(Replicate)

FairSpec == Spec /\ Healing

--------------------------------------------------------------------------------
\* Properties

TypeOK ==
  /\ \A c \in Clients :
       /\ client[c].st \in {"unjoined", "joining", "joined", "syncing", "fetching", "stable",
                           "committing", "fenced", "dead"}
       /\ client[c].owned \subseteq Partitions
  /\ leader \in Brokers /\ Leads(leader)
  /\ \A b \in Brokers :
       /\ group[b].st \in {"None", "Empty", "Preparing", "Completing", "Stable"}
       /\ DOMAIN group[b].joined \subseteq group[b].members
       /\ DOMAIN group[b].syncing \subseteq group[b].members
  /\ durable.offsets \in [Tracked -> 0 .. MaxOffset]

Working(c) == client[c].st \in {"fetching", "stable", "committing"}

\* A consumer that is a member of the newest generation that the log knows.
Current(c) ==
  Working(c) /\ client[c].gen = durable.gen /\ client[c].id \in DOMAIN durable.asg

\* G1. Two current members never work on the same partition.
ExclusiveOwnership ==
  \A c, d \in Clients :
    c # d /\ Current(c) /\ Current(d) => client[c].owned \cap client[d].owned = {}

\* G1. A member works on nothing but what the log says that it was assigned.
OwnershipIsInTheLog ==
  \A c \in Clients : Current(c) => client[c].owned = durable.asg[client[c].id]

\* G2. Every partition is assigned to exactly one member.
EveryPartitionHasOneOwner ==
  DOMAIN durable.asg # {} =>
    \A p \in Partitions : Cardinality({m \in DOMAIN durable.asg : p \in durable.asg[m]}) = 1

\* G3. Generations in the log go up, and no generation is ever dealt out in two ways.
Shares(asg) == {<<IF Static(m) THEN 0 ELSE m, asg[m]>> : m \in DOMAIN asg}
GenerationsGrow ==
  [][/\ durable'.gen >= durable.gen
     /\ durable'.gen = durable.gen => Shares(durable'.asg) = Shares(durable.asg)]_vars

\* The log as it was when its i-th unreplicated record was appended.
LogBefore(i) == FoldAll(durable, SubSeq(tail, 1, i - 1))
Commits == {i \in 1 .. Len(tail) : tail[i].kind = "offset"}

\* G4. A zombie commits nothing: whoever commits is a member of the generation it commits in, and
\* that is the newest one.
OnlyCurrentMembersCommit ==
  \A i \in Commits : tail[i].gen = LogBefore(i).gen /\ tail[i].id \in DOMAIN LogBefore(i).asg

\* G5. An offset whose commit was acknowledged is not lost, whoever becomes the coordinator.
NoAcknowledgedCommitLost == \A p \in Tracked : durable.offsets[p] >= promised[p]

\* G6. In a generation only the owner of a partition commits offsets for it.
OnlyTheOwnerCommits == \A i \in Commits : tail[i].p \in LogBefore(i).asg[tail[i].id]

\* G7. There is one coordinator per leader epoch of the offsets partition,
OneCoordinatorPerEpoch ==
  \A a, b \in Brokers : a # b /\ group[a].epoch = group[b].epoch => group[a].epoch = 0

\* and what it has in memory is the log, folded.
MemoryIsTheFoldedLog ==
  LET g == group[leader]  d == FoldAll(durable, tail) IN
  /\ g.gen >= d.gen
  /\ g.st = "Stable" => g.gen = d.gen /\ g.asg = d.asg /\ g.members = DOMAIN d.asg
  /\ tail = <<>> => g.offsets = durable.offsets

\* G8. An instance id has at most one member,
OneMemberPerInstance ==
  \A b \in Brokers : Cardinality({m \in group[b].members : Static(m)}) <= 1

\* and once its partitions went to a younger member id, an older one is never taken back, whatever
\* the coordinator forgets.
FencedMembersStayFenced ==
  \A c \in Twins : Working(c) =>
    \A m \in DOMAIN durable.asg \cup group[leader].members : Static(m) => m >= client[c].id

\* G9. Only a group without members loses its offsets by expiry.
OnlyEmptyGroupsExpire ==
  \A i \in 1 .. Len(tail) : tail[i].kind = "expire" => DOMAIN LogBefore(i).asg = {}

\* Liveness. When faults have ceased, everybody who lives (and was not fenced) has a place in the
\* newest generation, and nobody else has.
Lives(c) == client[c].st \notin {"fenced", "dead"}
Settled ==
  /\ \A c \in Clients : Lives(c) => Current(c)
  /\ \A m \in DOMAIN durable.asg : Lives(ClientOf(m)) /\ client[ClientOf(m)].id = m
GroupSettles == <>[]Settled

\* Liveness. Nobody waits forever.
Waits(c) == client[c].st \in {"joining", "syncing", "committing"}
NobodyWaitsForever == \A c \in Clients : Waits(c) ~> ~Waits(c)
--------------------------------------------------------------------------------
\* What Kafka's protocol does not promise: docs/findings.md. These are checked to be violated.

\* An offset goes back only because it expired. (A commit on an abandoned connection arrives
\* after a later one and puts the offset back.)
CommittedOffsetsGrow ==
  [][\A p \in Tracked : durable'.offsets[p] = 0 \/ durable'.offsets[p] >= durable.offsets[p]]_vars

\* A current member starts where the last acknowledged commit says. (A deposed coordinator answers
\* OffsetFetch from memory.)
MembersStartAtTheCommittedOffset ==
  [][\A c \in Clients, p \in Tracked :
       client[c].st = "fetching" /\ client'[c].st = "stable" /\ Current(c) /\ p \in client[c].owned
         => client'[c].pos[p] >= promised[p]]_vars

================================================================================
