--------------------------- MODULE MC_ZooKeeper ---------------------------
\* Copyright 2026 The Gregor Authors.
\* SPDX-License-Identifier: Apache-2.0
(***************************************************************************)
(* Clients that use the service in the ways in which brokers do, to see    *)
(* that it holds what it promises: a lock made of an ephemeral znode, a    *)
(* counter that is counted up only while the lock is held, two znodes that *)
(* change in one multi; and a cache that each client keeps of lock and     *)
(* counter by reads and watches. Anyone may take the counters away.        *)
(***************************************************************************)
EXTENDS ZooKeeper, TLC

CONSTANTS MaxSessions, MaxCount, MaxCreations

VARIABLES
  cache,        \* client -> path -> what it read last; only true of what it watches
  counted       \* ghost: how often a client was told that its count went through

vars == <<znodes, zxid, live, session, watches, notices, cache, counted>>

Lock == "lock"
Counter == "counter"
Twin == "twin"
AllPaths == {Lock, Counter, Twin}
Symmetry == Permutations(Clients)

Init ==
  /\ ZkInit
  /\ cache = [c \in Clients |-> [p \in Paths |-> None]]
  /\ counted = 0

Open(c) ==
  /\ session[c] < MaxSessions
  /\ ~HasSession(c)
  /\ OpenSession(c)
  /\ cache' = [cache EXCEPT ![c] = [p \in Paths |-> None]]
  /\ UNCHANGED counted

Expire(s) == EndSession(s) /\ UNCHANGED <<cache, counted>>

Read(c, p) ==
  /\ p \notin watches[c]
  /\ ReadAndWatch(c, {p})
  /\ cache' = [cache EXCEPT ![c][p] = znodes[p]]
  /\ UNCHANGED counted

\* A multi went through: the client knows what it wrote, of what it keeps in its cache.
Write(c, changes) ==
  /\ Commit(c, changes)
  /\ LET written == {changes[i].path : i \in DOMAIN changes}
     IN cache' = [cache EXCEPT ![c] = [p \in Paths |->
                    IF p \in written \cap (watches[c] \cup notices[c]) THEN znodes'[p] ELSE @[p]]]

TakeLock(c) ==
  /\ zxid < MaxCreations
  /\ Write(c, <<CreateEphemeral(Lock, c, SessionOf(c))>>)
  /\ UNCHANGED counted

MakeTwins(c) ==
  /\ zxid < MaxCreations
  /\ Write(c, <<Create(Counter, 0), Create(Twin, 0)>>)
  /\ UNCHANGED counted

\* On what it has read, however long ago.
Count(c) ==
  /\ cache[c][Counter] # None
  /\ cache[c][Counter].data < MaxCount
  /\ LET next == cache[c][Counter].data + 1
     IN Write(c, <<SetData(Counter, next, cache[c][Counter].version), Check(Lock, AnyVersion),
                   SetData(Twin, next, AnyVersion)>>)
  /\ counted' = counted + 1

RemoveTwins(c) ==
  /\ cache[c][Counter] # None
  /\ Write(c, <<Remove(Twin, AnyVersion), Remove(Counter, cache[c][Counter].version)>>)
  /\ counted' = 0

Next ==
  \/ \E c \in Clients :
       \/ Open(c) \/ TakeLock(c) \/ MakeTwins(c) \/ Count(c) \/ RemoveTwins(c)
       \/ \E p \in {Lock, Counter} : Read(c, p)
  \/ \E s \in live : Expire(s)

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------

\* Nobody is left with old news without a notice under way.
NoSilentChange ==
  \A c \in Clients : HasSession(c) =>
    \A p \in watches[c] : cache[c][p] = znodes[p]

\* Compare and set loses no update: everyone who was told that it counted has been counted.
NoLostUpdate == znodes[Counter] # None => znodes[Counter].data = counted

\* A multi happens whole or not at all.
MultiIsWhole ==
  (znodes[Counter] = None <=> znodes[Twin] = None)
  /\ (znodes[Counter] # None => znodes[Counter].data = znodes[Twin].data)

\* For the check that the model gets anywhere: a client with old news and without the lock.
NeverStale == ~\E c \in Clients : HasSession(c) /\ notices[c] # {} /\ znodes[Counter] # None
                                 /\ cache[c][Counter] # None /\ cache[c][Counter] # znodes[Counter]
=============================================================================
