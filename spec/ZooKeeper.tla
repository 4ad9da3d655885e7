----------------------------- MODULE ZooKeeper -----------------------------
\* Copyright 2026 The Gregor Authors.
\* SPDX-License-Identifier: Apache-2.0
(***************************************************************************)
(* The coordination service, as far as a Kafka cluster leans on it.        *)
(*                                                                         *)
(* A tree of znodes is kept by a service that never forgets and that does  *)
(* one change after the other. A client holds a session. The service ends  *)
(* a session from which it has not heard for long enough, and only then    *)
(* does the client, when it asks again, learn that its session is over: in *)
(* between it believes things that are no longer so. A process that died   *)
(* and was started again has a new session while the old one lives on.     *)
(*                                                                         *)
(* A znode has data, a version that counts the changes of its data, the    *)
(* number of the change that created it (czxid), and, if it is ephemeral,  *)
(* the session with which it will go. A multi is a list of changes of      *)
(* which all happen or none: it fails if a znode to be created is there,   *)
(* if one to be set, removed or checked is not, or has another version     *)
(* than the one named.                                                     *)
(*                                                                         *)
(* Reads come with a watch. When the znode changes, comes or goes, the     *)
(* watch is spent and a notice is on its way to the client. How long it    *)
(* takes is up to the model that uses this module: until the client takes  *)
(* the notice and reads again it acts on what it read before. That is also *)
(* what a read from a server that lags behind amounts to: an answer that   *)
(* was true, taken early and used late. Several changes may hide behind    *)
(* one notice; between a notice and the next read no watch is set.         *)
(*                                                                         *)
(* Simplifications. Paths are a fixed set without parents: whoever watches *)
(* the children of a znode in Kafka watches each possible child here.      *)
(* Only creations are numbered, as czxids are all that anyone compares.    *)
(* A client's own change does not send it a notice: the reply tells it the *)
(* same. Notices of different paths are not ordered, because Kafka's       *)
(* clients read the newest state when they handle a notice, not the state  *)
(* that it was about.                                                      *)
(***************************************************************************)
EXTENDS Integers, FiniteSets, Sequences

CONSTANTS
  Clients,      \* the processes that hold sessions
  Paths,        \* where znodes can be
  None          \* no znode, no owner, no data

VARIABLES
  znodes,       \* path -> znode or None
  zxid,         \* number of the last change that created something
  live,         \* the sessions <<client, number>> that the service holds to be alive
  session,      \* client -> number of the session that its process uses; 0: it has none
  watches,      \* client -> the paths on which its session has a watch set
  notices       \* client -> the paths whose watch was spent, and of which it has not heard yet

zkVars == <<znodes, zxid, live, session, watches, notices>>

-----------------------------------------------------------------------------
(* Changes, as data. A version of AnyVersion is not compared.              *)

AnyVersion == -1

Create(path, data)               == [op |-> "create", path |-> path, data |-> data, owner |-> None]
CreateEphemeral(path, data, own) == [op |-> "create", path |-> path, data |-> data, owner |-> own]
SetData(path, data, version) ==
  [op |-> "set", path |-> path, data |-> data, version |-> version]
Remove(path, version)            == [op |-> "remove", path |-> path, version |-> version]
Check(path, version)             == [op |-> "check", path |-> path, version |-> version]

Possible(tree, change) ==
  LET node == tree[change.path]
  IN IF change.op = "create"
     THEN node = None
     ELSE /\ node # None
          /\ change.version \in {AnyVersion, node.version}

AfterChange(tree, change) ==
  LET path == change.path
  IN CASE change.op = "create" ->
            [tree EXCEPT ![path] = [data |-> change.data, version |-> 0,
                                    czxid |-> zxid + 1, owner |-> change.owner]]
       [] change.op = "set" ->
            [tree EXCEPT ![path].data = change.data, ![path].version = @ + 1]
       [] change.op = "remove" -> [tree EXCEPT ![path] = None]
       [] change.op = "check"  -> tree

\* The tree after all changes, or None when one of them is not possible.
RECURSIVE AfterAll(_, _)
AfterAll(tree, changes) ==
  IF changes = <<>> THEN tree
  ELSE IF Possible(tree, Head(changes))
       THEN AfterAll(AfterChange(tree, Head(changes)), Tail(changes))
       ELSE None

-----------------------------------------------------------------------------
(* What the service does.                                                  *)

SessionOf(c) == <<c, session[c]>>

HasSession(c) == session[c] # 0 /\ SessionOf(c) \in live

\* Watches of others on what has changed are spent. The writer, if any, knows already.
Notify(tree, writer) ==
  LET spent(c) == IF c = writer THEN {} ELSE {p \in watches[c] : znodes[p] # tree[p]}
  IN /\ watches' = [c \in Clients |-> watches[c] \ spent(c)]
     /\ notices' = [c \in Clients |-> notices[c] \cup spent(c)]

WouldSucceed(changes) == AfterAll(znodes, changes) # None

\* The multi happens.
Commit(c, changes) ==
  /\ HasSession(c)
  /\ WouldSucceed(changes)
  /\ znodes' = AfterAll(znodes, changes)
  /\ zxid' = IF \E i \in DOMAIN changes : changes[i].op = "create" THEN zxid + 1 ELSE zxid
  /\ Notify(znodes', c)
  /\ UNCHANGED <<live, session>>

\* The client reads `paths` and sets watches on them; what it reads is znodes as it is now.
ReadAndWatch(c, paths) ==
  /\ HasSession(c)
  /\ watches' = [watches EXCEPT ![c] = @ \cup paths]
  /\ notices' = [notices EXCEPT ![c] = @ \ paths]
  /\ UNCHANGED <<znodes, zxid, live, session>>

\* The service gives up a session: its ephemeral znodes go with it, and so do its watches.
EndSession(s) ==
  LET tree == [p \in Paths |-> IF znodes[p] # None /\ znodes[p].owner = s THEN None ELSE znodes[p]]
  IN /\ s \in live
     /\ live' = live \ {s}
     /\ znodes' = tree
     /\ Notify(tree, None)
     /\ UNCHANGED <<zxid, session>>

\* A process begins a new session: a new process, or one that heard that its session is over.
OpenSession(c) ==
  /\ session' = [session EXCEPT ![c] = @ + 1]
  /\ live' = live \cup {<<c, session[c] + 1>>}
  /\ watches' = [watches EXCEPT ![c] = {}]
  /\ notices' = [notices EXCEPT ![c] = {}]
  /\ UNCHANGED <<znodes, zxid>>

ZkInit ==
  /\ znodes = [p \in Paths |-> None]
  /\ zxid = 0
  /\ live = {}
  /\ session = [c \in Clients |-> 0]
  /\ watches = [c \in Clients |-> {}]
  /\ notices = [c \in Clients |-> {}]

-----------------------------------------------------------------------------
(* Properties: what the service promises.                                  *)

\* An ephemeral znode never outlives its session.
EphemeralsBelongToLiveSessions ==
  \A p \in Paths : znodes[p] # None /\ znodes[p].owner # None => znodes[p].owner \in live

\* A watch speaks once: after its notice it must be set again.
WatchesSpeakOnce == \A c \in Clients : watches[c] \cap notices[c] = {}

\* Two znodes at one path, one after the other, are told apart by their numbers, and every change
\* of data can be told by the version.
ChangesAreVisible ==
  [][\A p \in Paths :
       /\ znodes[p] # None /\ znodes'[p] # None
       /\ znodes[p] # znodes'[p]
       => \/ znodes'[p].czxid > znodes[p].czxid
          \/ znodes'[p].czxid = znodes[p].czxid /\ znodes'[p].version > znodes[p].version]_zkVars

\* The end of a session is final.
SessionsDoNotReturn == [][\A s \in live' \ live : s \notin live /\ s[2] > session[s[1]]]_zkVars
=============================================================================
