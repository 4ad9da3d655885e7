------------------------- MODULE ControllerActions -------------------------
\* Copyright 2026 The Gregor Authors.
\* SPDX-License-Identifier: Apache-2.0
(***************************************************************************)
(* What the processes of a cluster do: the state and the actions of        *)
(* ControllerElection.tla, where the story is told and the properties are. *)
(***************************************************************************)
EXTENDS ZooKeeper

CONSTANTS
  Topics,        \* names of topics; each has one partition, with a replica on each broker
  Unclean,       \* unclean.leader.election.enable
  Budget         \* how often each kind of fault and of wish may come; a record of numbers

VARIABLES
  phase,         \* broker -> what its process is about: down, starting, electing, standby,
                 \*   loading, active
  lost,          \* broker -> the client library replaced its session, and it has not heard yet
  epoch,         \* broker -> the broker epoch that it knows to be its own; 0: none yet
  office,        \* broker -> controller epoch and the version of its znode: held, or stood for
  image,         \* broker -> as the controller: registrations and partitions as it read them
  newest,        \* broker -> the newest controller epoch that its process has heard of
  replica,       \* broker -> topic -> the state that its replica acts on
  metadata,      \* broker -> topic -> the state that it tells clients
  proposed,      \* broker -> topic -> in-sync replicas that it asked for as a leader; {}: none
  requests,      \* requests and replies under way
  spent,         \* how much of the budget is used up
  broken         \* ghost: which of the rules of single steps (below) a step has broken

local == <<phase, lost, epoch, office, image>>
held == <<newest, replica, metadata, proposed>>
vars == <<zkVars, local, held, requests, spent, broken>>

Brokers == Clients

ControllerPath == <<"controller">>
EpochPath == <<"controller_epoch">>
BrokerPath(b) == <<"brokers", b>>
TopicPath(t) == <<"topics", t>>
StatePath(t) == <<"partitions", t>>
KafkaPaths == {ControllerPath, EpochPath} \cup {BrokerPath(b) : b \in Brokers}
              \cup {TopicPath(t) : t \in Topics} \cup {StatePath(t) : t \in Topics}

\* The state of a partition. id is the incarnation of its topic, the czxid of the topic's znode;
\* version is that of the state's znode, the partition epoch; gone: that incarnation and all before
\* it were deleted.
Gone(id) ==
  [id |-> id, gone |-> TRUE, leader |-> None, leaderEpoch |-> 0, isr |-> {}, version |-> 0]
Nothing == Gone(0)
\* What a process that was started again finds: a folder of that incarnation.
OnDisk(id) ==
  [id |-> id, gone |-> FALSE, leader |-> None, leaderEpoch |-> -1, isr |-> {}, version |-> -1]

Newer(p, q) ==
  \/ p.id > q.id
  \/ /\ p.id = q.id /\ ~q.gone
     /\ \/ p.gone
        \/ p.leaderEpoch > q.leaderEpoch
        \/ p.leaderEpoch = q.leaderEpoch /\ p.version > q.version

InTree(tree, t) ==
  IF tree[TopicPath(t)] = None THEN Nothing
  ELSE LET state == tree[StatePath(t)]
       IN [id |-> tree[TopicPath(t)].czxid, gone |-> FALSE, leader |-> state.data.leader,
           leaderEpoch |-> state.data.leaderEpoch, isr |-> state.data.isr,
           version |-> state.version]

Topic(t) == InTree(znodes, t)

Registered(b) == IF znodes[BrokerPath(b)] = None THEN 0 ELSE znodes[BrokerPath(b)].czxid

NoOffice == [epoch |-> 0, version |-> -1]
NoImage == [alive |-> [b \in Brokers |-> 0], part |-> [t \in Topics |-> Nothing]]
NewestEpoch == znodes[EpochPath].data
InOffice(b) == phase[b] \in {"loading", "active"}

Spend(kinds) == /\ \A k \in kinds : spent[k] < Budget[k]
                /\ spent' = [k \in DOMAIN spent |-> spent[k] + IF k \in kinds THEN 1 ELSE 0]

Judge(rule, holds) == IF holds THEN {} ELSE {rule}

-----------------------------------------------------------------------------
(* Processes and sessions.                                                 *)

NewLife(b) == /\ lost' = [lost EXCEPT ![b] = FALSE]
              /\ office' = [office EXCEPT ![b] = NoOffice]
              /\ image' = [image EXCEPT ![b] = NoImage]

\* The process dies, its disk stays. ZooKeeper does not know yet.
Crash(b) ==
  /\ phase[b] # "down"
  /\ Spend({"crash"})
  /\ phase' = [phase EXCEPT ![b] = "down"]
  /\ epoch' = [epoch EXCEPT ![b] = 0]
  /\ NewLife(b)
  /\ newest' = [newest EXCEPT ![b] = 0]
  /\ replica' = [replica EXCEPT ![b] = [t \in Topics |->
                   IF @[t].gone THEN Nothing ELSE OnDisk(@[t].id)]]
  /\ metadata' = [metadata EXCEPT ![b] = [t \in Topics |-> Nothing]]
  /\ proposed' = [proposed EXCEPT ![b] = [t \in Topics |-> {}]]
  /\ watches' = [watches EXCEPT ![b] = {}]
  /\ notices' = [notices EXCEPT ![b] = {}]
  /\ UNCHANGED <<znodes, zxid, live, session, requests, broken>>

Start(b) ==
  /\ phase[b] = "down"
  /\ OpenSession(b)
  /\ phase' = [phase EXCEPT ![b] = "starting"]
  /\ UNCHANGED <<lost, epoch, office, image, held, requests, spent, broken>>

\* The session of a process that is no more, or that got another, runs out in the end.
ExpireAbandoned(s) ==
  /\ phase[s[1]] = "down" \/ session[s[1]] # s[2]
  /\ EndSession(s)
  /\ UNCHANGED <<local, held, requests, spent, broken>>

\* The session of a living process: it was paused, or cut off.
Expire(s) ==
  /\ phase[s[1]] # "down" /\ session[s[1]] = s[2]
  /\ Spend({"expiry"})
  /\ EndSession(s)
  /\ UNCHANGED <<local, held, requests, broken>>

\* The client library finds its session ended, and opens a new one.
Reconnect(b) ==
  /\ phase[b] # "down" /\ ~HasSession(b)
  /\ OpenSession(b)
  /\ lost' = [lost EXCEPT ![b] = TRUE]
  /\ UNCHANGED <<phase, epoch, office, image, held, requests, spent, broken>>

\* The broker hears of it: whatever it was, it is no more.
LearnExpiry(b) ==
  /\ lost[b]
  /\ NewLife(b)
  /\ phase' = [phase EXCEPT ![b] = "starting"]
  /\ UNCHANGED <<zkVars, epoch, held, requests, spent, broken>>

-----------------------------------------------------------------------------
(* Registration and election.                                              *)

\* A registration of an older session has to go first.
Register(b) ==
  /\ phase[b] = "starting" /\ ~lost[b]
  /\ Commit(b, <<CreateEphemeral(BrokerPath(b), None, SessionOf(b))>>)
  /\ UNCHANGED <<local, held, requests, spent, broken>>

LearnRegistration(b) ==
  /\ phase[b] = "starting" /\ ~lost[b] /\ HasSession(b)
  /\ znodes[BrokerPath(b)] # None /\ znodes[BrokerPath(b)].owner = SessionOf(b)
  /\ epoch' = [epoch EXCEPT ![b] = Registered(b)]
  /\ phase' = [phase EXCEPT ![b] = "electing"]
  /\ UNCHANGED <<zkVars, lost, office, image, held, requests, spent, broken>>

\* Is there a controller? If not, or if it is this very session, which was not told that it won,
\* the broker goes on to stand for the next epoch.
ReadController(b) ==
  /\ phase[b] = "electing" /\ ~lost[b] /\ office[b] = NoOffice
  /\ ReadAndWatch(b, {ControllerPath})
  /\ IF znodes[ControllerPath] # None /\ znodes[ControllerPath].owner # SessionOf(b)
     THEN /\ phase' = [phase EXCEPT ![b] = "standby"]
          /\ UNCHANGED office
     ELSE /\ office' = [office EXCEPT ![b] = [epoch |-> NewestEpoch + 1,
                                             version |-> znodes[EpochPath].version]]
          /\ UNCHANGED phase
  /\ UNCHANGED <<lost, epoch, image, held, requests, spent, broken>>

CampaignOf(b) ==
  LET ours == znodes[ControllerPath] # None /\ znodes[ControllerPath].owner = SessionOf(b)
  IN (IF ours THEN <<>> ELSE <<CreateEphemeral(ControllerPath, b, SessionOf(b))>>)
     \o <<SetData(EpochPath, office[b].epoch, office[b].version)>>

TakeOffice(b) ==
  /\ phase[b] = "electing" /\ ~lost[b] /\ office[b] # NoOffice
  /\ Commit(b, CampaignOf(b))
  /\ \/ /\ phase' = [phase EXCEPT ![b] = "loading"]
        /\ office' = [office EXCEPT ![b].version = @ + 1]
        /\ UNCHANGED spent
     \/ /\ Spend({"lostReply"})                 \* it won without knowing
        /\ office' = [office EXCEPT ![b] = NoOffice]
        /\ UNCHANGED phase
  /\ UNCHANGED <<lost, epoch, image, held, requests, broken>>

\* Another was faster.
LoseElection(b) ==
  /\ phase[b] = "electing" /\ ~lost[b] /\ office[b] # NoOffice
  /\ HasSession(b) /\ ~WouldSucceed(CampaignOf(b))
  /\ office' = [office EXCEPT ![b] = NoOffice]
  /\ UNCHANGED <<zkVars, phase, lost, epoch, image, held, requests, spent, broken>>

\* /controller has changed hands; or a write failed because there is a newer epoch.
Resign(b) ==
  /\ phase[b] \in {"standby", "loading", "active"} /\ ~lost[b] /\ HasSession(b)
  /\ \/ ControllerPath \in notices[b]
     \/ InOffice(b) /\ znodes[EpochPath].version # office[b].version
  /\ phase' = [phase EXCEPT ![b] = "electing"]
  /\ NewLife(b)
  /\ watches' = [watches EXCEPT ![b] = {}]      \* what comes of the others it no longer minds
  /\ notices' = [notices EXCEPT ![b] = {}]
  /\ UNCHANGED <<znodes, zxid, live, session, epoch, held, requests, spent, broken>>

-----------------------------------------------------------------------------
(* The controller tells brokers.                                           *)

Request(c, type, b, brokerEpoch, t, part) ==
  [type |-> type, to |-> b, controllerEpoch |-> office[c].epoch, brokerEpoch |-> brokerEpoch,
   topic |-> t, part |-> part]

\* What broker b must hear when the state of topic t is part.
Tell(c, b, brokerEpoch, t, part) ==
  {Request(c, IF part.gone THEN "StopReplica" ELSE "LeaderAndIsr", b, brokerEpoch, t, part),
   Request(c, "UpdateMetadata", b, brokerEpoch, t, part)}

TellAll(c, alive, t, part) ==
  UNION {Tell(c, b, alive[b], t, part) : b \in {x \in Brokers : alive[x] # 0}}

\* Everything, also what is gone: a topic that is not there now, and is ever made, is made later.
Everything(c, b, brokerEpoch, parts) ==
  UNION {Tell(c, b, brokerEpoch, t, IF parts[t].gone THEN Gone(zxid) ELSE parts[t]) : t \in Topics}

\* The new controller has read the tree, and takes over. So does one that lost track of it.
Load(c) ==
  LET alive == [b \in Brokers |-> Registered(b)]
      parts == [t \in Topics |-> Topic(t)]
  IN /\ phase[c] = "loading" /\ ~lost[c]
     /\ ControllerPath \notin notices[c]
     /\ ReadAndWatch(c, {BrokerPath(b) : b \in Brokers})
     /\ phase' = [phase EXCEPT ![c] = "active"]
     /\ image' = [image EXCEPT ![c] = [alive |-> alive, part |-> parts]]
     /\ requests' = requests \cup
          UNION {Everything(c, b, alive[b], parts) : b \in {x \in Brokers : alive[x] # 0}}
     /\ UNCHANGED <<lost, epoch, office, held, spent, broken>>

-----------------------------------------------------------------------------
(* The controller decides.                                                 *)

\* A multi of changes to topic t, after which its state is `part`, known to all whom it concerns.
\* When the reply is lost the controller reads the tree again.
Decide(c, t, changes, part, told, wish, verdict) ==
  LET known == image[c].part[t]
  IN /\ phase[c] = "active"
     /\ Commit(c, <<Check(EpochPath, office[c].version)>> \o changes)
     /\ \/ /\ image' = [image EXCEPT ![c].part[t] = part]
           /\ requests' = told
           /\ Spend(wish)
           /\ UNCHANGED phase
        \/ /\ Spend(wish \cup {"lostReply"})
           /\ phase' = [phase EXCEPT ![c] = "loading"]
           /\ image' = [image EXCEPT ![c] = NoImage]
           /\ UNCHANGED requests
     /\ broken' = broken \cup verdict
          \cup Judge("C3 fenced", office[c].epoch = NewestEpoch)
          \cup Judge("C12 read", known = Topic(t))
     /\ UNCHANGED <<lost, epoch, office, held>>

StateData(c, part) ==
  [leader |-> part.leader, leaderEpoch |-> part.leaderEpoch, isr |-> part.isr,
   controllerEpoch |-> office[c].epoch]

\* Who may lead the partition, as far as the controller knows: those in sync and alive; nobody,
\* or anybody alive, when there are none.
Alive(c) == {b \in Brokers : image[c].alive[b] # 0}
LiveIsr(c, t) == image[c].part[t].isr \cap Alive(c)
Candidates(c, t) ==
  LET leader == image[c].part[t].leader
  IN IF leader \in LiveIsr(c, t) THEN {leader}
     ELSE IF LiveIsr(c, t) # {} THEN LiveIsr(c, t)
     ELSE IF Unclean /\ Alive(c) # {} THEN Alive(c)
     ELSE {None}

\* Brokers that are gone leave the in-sync replicas, but never the last of them.
Elected(c, t, leader) ==
  LET old == image[c].part[t]
  IN [old EXCEPT !.leader = leader, !.leaderEpoch = @ + 1, !.version = @ + 1,
                 !.isr = IF LiveIsr(c, t) # {} THEN LiveIsr(c, t)
                         ELSE IF leader # None THEN {leader} ELSE @]

NeedsElection(c, t) ==
  LET old == image[c].part[t]
  IN /\ ~old.gone
     /\ \E l \in Candidates(c, t) :
          Elected(c, t, l).leader # old.leader \/ Elected(c, t, l).isr # old.isr

\* The controller is right about a broker, or a notice is on its way to tell it better.
RightAbout(c, b) ==
  image[c].alive[b] = Registered(b) \/ BrokerPath(b) \in notices[c] \/ lost[c]

ElectLeader(c, t, leader) ==
  LET old == image[c].part[t]
      new == Elected(c, t, leader)
  IN /\ NeedsElection(c, t) /\ leader \in Candidates(c, t)
     /\ Decide(c, t, <<SetData(StatePath(t), StateData(c, new), old.version)>>, new,
               requests \cup TellAll(c, image[c].alive, t, new), {},
               Judge("C8 living", \A b \in (new.isr \cup {leader}) \ {None} :
                                    leader # None => b \in Alive(c) /\ RightAbout(c, b))
               \cup Judge("C13 clean", \/ leader \in old.isr \cup {None}
                                       \/ Unclean /\ \A b \in old.isr : image[c].alive[b] = 0))

CreateTopic(c, t, leader) ==
  LET new == [id |-> zxid + 1, gone |-> FALSE, leader |-> leader, leaderEpoch |-> 0,
              isr |-> Alive(c), version |-> 0]
  IN /\ image[c].part[t].gone /\ leader \in Alive(c)
     /\ Decide(c, t, <<Create(TopicPath(t), None), Create(StatePath(t), StateData(c, new))>>, new,
               requests \cup TellAll(c, image[c].alive, t, new), {"create"}, {})

DeleteTopic(c, t) ==
  LET old == image[c].part[t]
  IN /\ ~old.gone
     /\ Decide(c, t, <<Remove(StatePath(t), old.version), Remove(TopicPath(t), AnyVersion)>>,
               Nothing,
               requests \cup TellAll(c, image[c].alive, t, Gone(old.id)), {"delete"}, {})

\* A notice about broker b. If it is gone, or registered anew, it counts as gone now.
LoseBroker(c, b) ==
  /\ phase[c] = "active" /\ ~lost[c] /\ HasSession(c)
  /\ BrokerPath(b) \in notices[c]
  /\ image[c].alive[b] # 0 /\ image[c].alive[b] # Registered(b)
  /\ image' = [image EXCEPT ![c].alive[b] = 0]
  /\ IF Registered(b) = 0 THEN ReadAndWatch(c, {BrokerPath(b)}) ELSE UNCHANGED zkVars
  /\ UNCHANGED <<phase, lost, epoch, office, held, requests, spent, broken>>

\* It is there, and all that had to be done about its absence is done: it is told everything.
WelcomeBroker(c, b) ==
  /\ phase[c] = "active" /\ ~lost[c]
  /\ BrokerPath(b) \in notices[c]
  /\ image[c].alive[b] = 0
  /\ Registered(b) # 0 => \A t \in Topics : ~NeedsElection(c, t)
  /\ ReadAndWatch(c, {BrokerPath(b)})
  /\ image' = [image EXCEPT ![c].alive[b] = Registered(b)]
  /\ requests' = requests \cup
       IF Registered(b) = 0 THEN {} ELSE Everything(c, b, Registered(b), image[c].part)
  /\ UNCHANGED <<phase, lost, epoch, office, held, spent, broken>>

-----------------------------------------------------------------------------
(* Brokers listen.                                                         *)

\* Registered once, a broker listens for as long as its process lives.
Listens(b) == phase[b] # "down" /\ epoch[b] # 0

\* For an older registration, or from an older controller. A request for a newer registration
\* than the broker knows of is for the one that it is about to hear of.
Refused(m) == m.brokerEpoch < epoch[m.to] \/ m.controllerEpoch < newest[m.to]

ControlRequest(m) == m.type \in {"LeaderAndIsr", "StopReplica", "UpdateMetadata"}

\* What will be refused whenever it comes: epochs only rise.
Hopeless == {m \in requests : ControlRequest(m) /\ Listens(m.to) /\ Refused(m)}

Refuse ==
  /\ Hopeless # {}
  /\ requests' = requests \ Hopeless
  /\ UNCHANGED <<zkVars, local, held, spent, broken>>

\* A request is heard; it may come again.
Receive(m) ==
  /\ Listens(m.to) /\ ~Refused(m)
  /\ newest' = [newest EXCEPT ![m.to] = m.controllerEpoch]
  /\ \/ requests' = requests \ {m} /\ UNCHANGED spent
     \/ requests' = requests /\ Spend({"duplicate"})

\* What everyone may judge who sees the whole cluster.
JudgeRequest(m, old, takes) ==
  Judge("C4 fenced", m.brokerEpoch >= epoch[m.to] /\ m.controllerEpoch >= newest[m.to])
  \cup Judge("C14 incarnation", takes => m.part.id >= old.id)

\* BecomeLeader, BecomeFollower, or the replica is deleted.
HandlePartitionRequest(m) ==
  LET old == replica[m.to][m.topic]
      takes == Newer(m.part, old)
  IN /\ m.type \in {"LeaderAndIsr", "StopReplica"}
     /\ Receive(m)
     /\ replica' = IF takes THEN [replica EXCEPT ![m.to][m.topic] = m.part] ELSE replica
     /\ proposed' = IF takes THEN [proposed EXCEPT ![m.to][m.topic] = {}] ELSE proposed
     /\ broken' = broken \cup JudgeRequest(m, old, takes)
     /\ UNCHANGED <<zkVars, local, metadata>>

HandleUpdateMetadata(m) ==
  LET old == metadata[m.to][m.topic]
      takes == Newer(m.part, old)
  IN /\ m.type = "UpdateMetadata"
     /\ Receive(m)
     /\ metadata' = IF takes THEN [metadata EXCEPT ![m.to][m.topic] = m.part] ELSE metadata
     /\ broken' = broken \cup JudgeRequest(m, old, takes)
     /\ UNCHANGED <<zkVars, local, replica, proposed>>

\* A controller sends again what was not answered, unless it is out of office, or knows that the
\* receiver is gone.
Lose(m) ==
  /\ ControlRequest(m)
  /\ ~\E c \in Brokers : /\ InOffice(c) /\ office[c].epoch = m.controllerEpoch
                          /\ image[c].alive[m.to] = m.brokerEpoch
  /\ Spend({"loss"})
  /\ requests' = requests \ {m}
  /\ UNCHANGED <<zkVars, local, held, broken>>

-----------------------------------------------------------------------------
(* In-sync replicas change.                                                *)

Proposal(b, t, isr, joiner, joinerEpoch) ==
  LET r == replica[b][t]
  IN [type |-> "AlterPartition", from |-> b, brokerEpoch |-> epoch[b], topic |-> t,
      id |-> r.id, leaderEpoch |-> r.leaderEpoch, version |-> r.version, isr |-> isr,
      joiner |-> joiner, joinerEpoch |-> joinerEpoch]

\* A leader asks to drop a follower, or to admit one that fetched as the registration joinerEpoch.
\* Until it hears what came of it, it reckons with both.
ProposeIsr(b, t, isr, joiner, joinerEpoch) ==
  LET r == replica[b][t]
  IN /\ Listens(b) /\ ~r.gone /\ r.leader = b /\ proposed[b][t] = {}
     /\ \/ joiner = None /\ \E f \in r.isr \ {b} : isr = r.isr \ {f}
        \/ joiner \notin r.isr /\ isr = r.isr \cup {joiner}
     /\ Spend({"propose"})
     /\ proposed' = [proposed EXCEPT ![b][t] = isr]
     /\ requests' = requests \cup {Proposal(b, t, isr, joiner, joinerEpoch)}
     /\ UNCHANGED <<zkVars, local, newest, replica, metadata, broken>>

Answer(m, part) ==
  [type |-> "AlterPartitionReply", to |-> m.from, brokerEpoch |-> m.brokerEpoch, topic |-> m.topic,
   id |-> m.id, leaderEpoch |-> m.leaderEpoch, version |-> m.version, part |-> part]

\* The state it is about is the one that the controller has; who asks and who joins are alive in
\* the registration that is meant, and so are all others.
Acceptable(c, m) ==
  LET p == image[c].part[m.topic]
  IN /\ ~p.gone /\ p.id = m.id /\ p.leaderEpoch = m.leaderEpoch /\ p.version = m.version
     /\ image[c].alive[m.from] = m.brokerEpoch
     /\ m.isr \subseteq Alive(c)
     /\ m.joiner # None => image[c].alive[m.joiner] = m.joinerEpoch

CommitIsr(c, m) ==
  LET t == m.topic
      new == [image[c].part[t] EXCEPT !.isr = m.isr, !.version = @ + 1]
      now == Topic(t)
  IN /\ m.type = "AlterPartition" /\ phase[c] = "active"
     /\ Acceptable(c, m)
     /\ Decide(c, t, <<SetData(StatePath(t), StateData(c, new), image[c].part[t].version)>>, new,
               (requests \ {m}) \cup {Answer(m, new)} \cup
                 {r \in TellAll(c, image[c].alive, t, new) : r.type = "UpdateMetadata"}, {},
               Judge("C9 compare and set", /\ now.id = m.id /\ now.leaderEpoch = m.leaderEpoch
                                           /\ now.version = m.version)
               \cup Judge("C8 living", m.joiner # None =>
                            \/ m.joinerEpoch = Registered(m.joiner)
                            \/ BrokerPath(m.joiner) \in notices[c] \/ lost[c]))

\* What it is about is no longer so, or cannot be: the leader is told what is.
RefuseIsr(c, m) ==
  /\ m.type = "AlterPartition" /\ phase[c] = "active"
  /\ ~Acceptable(c, m)
  /\ requests' = (requests \ {m}) \cup {Answer(m, image[c].part[m.topic])}
  /\ UNCHANGED <<zkVars, local, held, spent, broken>>

\* The leader takes the state that it is told if that is newer. Either way the answer is final.
HandleAlterPartitionReply(m) ==
  LET b == m.to
      r == replica[b][m.topic]
      current == epoch[b] = m.brokerEpoch /\ proposed[b][m.topic] # {}
                 /\ r.id = m.id /\ r.leaderEpoch = m.leaderEpoch /\ r.version = m.version
      adopts == /\ m.part.id = r.id /\ ~m.part.gone
                /\ m.part.leaderEpoch = r.leaderEpoch /\ m.part.version > r.version
  IN /\ m.type = "AlterPartitionReply" /\ phase[b] # "down"
     /\ requests' = requests \ {m}
     /\ IF current
        THEN /\ proposed' = [proposed EXCEPT ![b][m.topic] = {}]
             /\ replica' = IF adopts THEN [replica EXCEPT ![b][m.topic] = m.part] ELSE replica
        ELSE UNCHANGED <<proposed, replica>>
     /\ UNCHANGED <<zkVars, local, newest, metadata, spent, broken>>
=============================================================================
