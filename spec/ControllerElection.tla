------------------------- MODULE ControllerElection -------------------------
\* Copyright 2026 The Gregor Authors.
\* SPDX-License-Identifier: Apache-2.0
(***************************************************************************)
(* One broker of a cluster is its controller. It decides who leads each    *)
(* partition and who is in sync, writes that into ZooKeeper and tells all  *)
(* brokers. This is the story of how it comes to office, how it is kept    *)
(* from doing harm when it is no longer in office without knowing, and how *)
(* what it says reaches brokers that crash, come back, and hear late.      *)
(*                                                                         *)
(* A process starts, opens a session and registers its broker by an        *)
(* ephemeral znode. The number of the change that created it (czxid) is    *)
(* the broker's epoch: it names this registration and no other. Then the   *)
(* broker stands for election: in one multi it makes the ephemeral         *)
(* /controller and counts /controller_epoch up, on the version it has      *)
(* read. The winner reads the tree and tells every registered broker what  *)
(* it found. It watches registrations. When a broker is gone it takes it   *)
(* out of the in-sync replicas and elects new leaders from those that      *)
(* remain; a broker that came back as another registration first counts as *)
(* gone. Each write is a multi that checks the version of                  *)
(* /controller_epoch, so that it fails once there is a newer controller;   *)
(* and it names the version of the state that the controller has read.     *)
(*                                                                         *)
(* A session may end while its process is alive. The client library gets a *)
(* new one on its own, and for a while the controller goes on with the     *)
(* office of its old session: a zombie.                                    *)
(*                                                                         *)
(* The controller's requests travel as long as they like, overtake each    *)
(* other, arrive twice, and are lost if there is nobody left to send them  *)
(* again. They are LeaderAndIsr and StopReplica for those who hold a       *)
(* replica and UpdateMetadata for all. Each has the epoch of the           *)
(* controller and that of the broker's registration, and each state in     *)
(* them has a place in the order of all states that the partition ever     *)
(* had: by the incarnation of the topic, then by leader epoch, then by     *)
(* partition epoch. Brokers refuse requests of older controllers or for    *)
(* older registrations, and take only states that are newer than theirs.   *)
(*                                                                         *)
(* Where this is not what Kafka does: Kafka compares leader epochs in      *)
(* LeaderAndIsr only, believes each UpdateMetadata that the controller     *)
(* epoch does not forbid, and deletes at each StopReplica of a topic that  *)
(* is being deleted; a topic's id tells incarnations apart but does not    *)
(* order them. Here the topic's incarnation is the czxid of its znode,     *)
(* just as the broker's epoch is, and a controller that comes to office    *)
(* tells also what is no longer there (docs/findings.md).                  *)
(*                                                                         *)
(* Leaders ask for changes of the in-sync replicas by AlterPartition. What *)
(* they know about their followers is a matter for Replication.tla; here   *)
(* they ask for anything.                                                  *)
(***************************************************************************)
EXTENDS ControllerActions, TLC

-----------------------------------------------------------------------------
(* The specification.                                                      *)

\* A cluster at work: every broker registered, in some order, c the controller, each topic led by l.
Orders == {o \in [Brokers -> 1 .. Cardinality(Brokers)] :
             \A x, y \in Brokers : x # y => o[x] # o[y]}
AfterBrokers == Cardinality(Brokers) + 1

FirstState(l) ==
  [id |-> AfterBrokers + 1, gone |-> FALSE, leader |-> l, leaderEpoch |-> 0, isr |-> Brokers,
   version |-> 0]

FirstTree(c, l, order) ==
  LET node(data, number, owner) ==
        [data |-> data, version |-> 0, czxid |-> number, owner |-> owner]
      state == [leader |-> l, leaderEpoch |-> 0, isr |-> Brokers, controllerEpoch |-> 1]
  IN [p \in Paths |->
        CASE p = ControllerPath -> node(c, AfterBrokers, <<c, 1>>)
          [] p = EpochPath -> [node(1, 0, None) EXCEPT !.version = 1]
          [] p[1] = "brokers" -> node(None, order[p[2]], <<p[2], 1>>)
          [] p[1] = "topics" -> node(None, AfterBrokers + 1, None)
          [] p[1] = "partitions" -> node(state, AfterBrokers + 1, None)]

Running ==
  /\ \E c, l \in Brokers, order \in Orders :
       LET known == [b \in Brokers |-> [t \in Topics |-> FirstState(l)]]
       IN /\ znodes = FirstTree(c, l, order)
          /\ epoch = order
          /\ phase = [b \in Brokers |-> IF b = c THEN "active" ELSE "standby"]
          /\ office = [b \in Brokers |-> IF b = c THEN [epoch |-> 1, version |-> 1] ELSE NoOffice]
          /\ image = [b \in Brokers |-> IF b # c THEN NoImage
                                        ELSE [alive |-> order, part |-> known[c]]]
          /\ watches = [b \in Brokers |-> {ControllerPath} \cup
                          IF b = c THEN {BrokerPath(x) : x \in Brokers} ELSE {}]
          /\ replica = known /\ metadata = known
  /\ zxid = AfterBrokers + 1
  /\ session = [b \in Brokers |-> 1]
  /\ live = {<<b, 1>> : b \in Brokers}
  /\ notices = [b \in Brokers |-> {}]
  /\ lost = [b \in Brokers |-> FALSE]
  /\ newest = [b \in Brokers |-> 1]
  /\ proposed = [b \in Brokers |-> [t \in Topics |-> {}]]
  /\ requests = {}
  /\ spent = [k \in DOMAIN Budget |-> 0]
  /\ broken = {}

Faults ==
  \/ \E b \in Brokers : Crash(b)
  \/ \E s \in live : Expire(s)
  \/ \E m \in requests : Lose(m)

Wishes ==
  \E t \in Topics :
    \/ \E c, l \in Brokers : CreateTopic(c, t, l)
    \/ \E c \in Brokers : DeleteTopic(c, t)
    \/ \E b, f \in Brokers :
         \/ ProposeIsr(b, t, replica[b][t].isr \ {f}, None, 0)
         \/ Listens(f) /\ ProposeIsr(b, t, replica[b][t].isr \cup {f}, f, epoch[f])

Heal ==
  \/ \E b \in Brokers :
       \/ Start(b) \/ Reconnect(b) \/ LearnExpiry(b)
       \/ Register(b) \/ LearnRegistration(b)
       \/ ReadController(b) \/ TakeOffice(b) \/ LoseElection(b) \/ Resign(b) \/ Load(b)
       \/ \E x \in Brokers : LoseBroker(b, x) \/ WelcomeBroker(b, x)
       \/ \E t \in Topics, l \in Brokers \cup {None} : ElectLeader(b, t, l)
       \/ \E m \in requests : CommitIsr(b, m) \/ RefuseIsr(b, m)
  \/ \E s \in live : ExpireAbandoned(s)
  \/ \E m \in requests :
       HandlePartitionRequest(m) \/ HandleUpdateMetadata(m) \/ HandleAlterPartitionReply(m)
  \/ Refuse

Next == Faults \/ Wishes \/ Heal

Spec == Running /\ [][Next]_vars

\* Only what heals is fair; faults and wishes come as often as the budget allows, or not at all.
FairSpec == Spec /\ WF_vars(Heal)

-----------------------------------------------------------------------------
(* Controllers.                                                            *)

\* C1. No epoch has two controllers.
OneControllerPerEpoch ==
  \A b, c \in Brokers :
    InOffice(b) /\ InOffice(c) /\ office[b].epoch = office[c].epoch => b = c

\* C2. Controller epochs are counted one by one, each on the version of the one before.
ControllerEpochRises ==
  [][znodes'[EpochPath] # znodes[EpochPath] =>
       /\ znodes'[EpochPath].data = znodes[EpochPath].data + 1
       /\ znodes'[EpochPath].version = znodes[EpochPath].version + 1]_vars

\* C3. Only the newest controller changes partitions, as those who read them can see.
WritesAreFenced ==
  /\ "C3 fenced" \notin broken
  /\ \A t \in Topics : znodes[StatePath(t)] # None =>
       znodes[StatePath(t)].data.controllerEpoch <= NewestEpoch

\* C12. The controller decides on what is: its image of a partition is the tree's.
DecidesOnWhatItRead == "C12 read" \notin broken

\* C10. A registration ends with its session and not before, so that no broker is registered twice.
RegistrationsEndWithSessions ==
  [][\A b \in Brokers :
       LET old == znodes[BrokerPath(b)]
       IN old # None /\ znodes'[BrokerPath(b)] # old => old.owner \notin live']_vars

-----------------------------------------------------------------------------
(* Partitions.                                                             *)

\* C5. Another leader has another epoch; epochs and versions of an incarnation never fall.
LeaderEpochRises ==
  [][\A t \in Topics :
       LET old == Topic(t)
           new == InTree(znodes', t)
       IN old.id = new.id /\ ~old.gone /\ ~new.gone /\ old # new =>
            /\ new.leaderEpoch >= old.leaderEpoch /\ new.version = old.version + 1
            /\ new.leader # old.leader => new.leaderEpoch > old.leaderEpoch]_vars

\* C6. The leader is in sync. No leader: nobody in sync was alive.
LeaderInIsr == \A t \in Topics : Topic(t).leader # None => Topic(t).leader \in Topic(t).isr

\* C7. There is always somebody who has all that was acknowledged.
IsrIsNeverEmpty == \A t \in Topics : Topic(t).gone \/ Topic(t).isr # {}

\* C8. Whoever is elected or joins was alive as far as the controller could know: if it was not,
\* the notice that tells so is on its way, or was due to a session that has ended.
ElectsTheLiving == "C8 living" \notin broken

\* C13. A leader from outside of the in-sync replicas only if that is allowed, and needed.
UncleanOnlyIfAllowed == "C13 clean" \notin broken

\* C9. A change of the in-sync replicas applies to the very state that its leader knew.
IsrChangesCompareAndSet == "C9 compare and set" \notin broken

-----------------------------------------------------------------------------
(* Requests.                                                               *)

\* C4. No request of an older controller, or for an older registration, has an effect.
RequestsAreFenced == "C4 fenced" \notin broken

\* C11. Whatever is delayed, repeated or overtaken: what a process knows of a partition never goes
\* back, as a leader, as a follower, or as one that is asked by clients.
KnowledgeGoesForward ==
  [][\A b \in Brokers, t \in Topics :
       phase'[b] # "down" =>
         /\ ~Newer(replica[b][t], replica'[b][t])
         /\ ~Newer(metadata[b][t], metadata'[b][t])]_vars

\* C11. One leader per leader epoch, also among those that only believe to lead.
OneLeaderPerEpoch ==
  \A b, c \in Brokers, t \in Topics :
    /\ replica[b][t].leader = b /\ replica[c][t].leader = c
    /\ replica[b][t].id = replica[c][t].id /\ replica[b][t].leaderEpoch = replica[c][t].leaderEpoch
    => b = c

\* C14. What was meant for a deleted topic does nothing to the one that has its name now.
IncarnationsAreApart ==
  /\ "C14 incarnation" \notin broken
  /\ \A b \in Brokers, t \in Topics :
       \/ znodes[TopicPath(t)] = None
       \/ replica[b][t].gone => replica[b][t].id < Topic(t).id

-----------------------------------------------------------------------------
(* Healing.                                                                *)

\* Exactly one controller, and it holds the newest epoch.
OneController ==
  \E c \in Brokers : /\ phase[c] = "active" /\ office[c].epoch = NewestEpoch
                     /\ \A b \in Brokers \ {c} : phase[b] = "standby"

EveryPartitionIsLed ==
  \A t \in Topics :
    Topic(t).gone \/ (Topic(t).leader # None /\ Registered(Topic(t).leader) # 0)

Agrees(p, t) ==
  IF Topic(t).gone THEN p.gone
  ELSE p.id = Topic(t).id /\ p.leader = Topic(t).leader /\ p.leaderEpoch = Topic(t).leaderEpoch

\* Brokers know, and tell clients, what the tree says; leaders know their in-sync replicas.
EveryoneKnows ==
  \A b \in Brokers, t \in Topics :
    /\ Agrees(metadata[b][t], t) /\ Agrees(replica[b][t], t)
    /\ ~metadata[b][t].gone => metadata[b][t] = Topic(t)
    /\ ~replica[b][t].gone /\ replica[b][t].leader = b => replica[b][t].isr = Topic(t).isr

Converged == OneController /\ EveryPartitionIsLed /\ EveryoneKnows

\* Nothing is left to be done only where all is well.
QuietOnlyWhenWell == ENABLED <<Heal>>_vars \/ Converged

EventuallyOneController == <>[]OneController
EventuallyEveryPartitionIsLed == <>[]EveryPartitionIsLed
EventuallyEveryoneKnows == <>[]EveryoneKnows
=============================================================================
