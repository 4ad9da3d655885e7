---------------------------- MODULE PartitionLog ----------------------------
\* Copyright 2026 The Gregor Authors.
\* SPDX-License-Identifier: Apache-2.0
(***************************************************************************)
(* What a partition promises, without a word about how.                    *)
(*                                                                         *)
(* A partition is one log. A producer hands over a record; at one instant  *)
(* between that call and its answer the record is put at the end of the    *)
(* log, and the answer is its place (its offset). Offsets are dense: the   *)
(* log is a sequence, so there is no hole and no place is used twice. A    *)
(* record that was sent once is in the log at most once. Consumers look at *)
(* the log through a view, which is always a beginning of the log: a view  *)
(* may lag, but it never shows what is not in the log, and never shows a   *)
(* record at another place. So the log is linearizable: the order of the   *)
(* offsets is the order of the instants.                                   *)
(*                                                                         *)
(* What an answer means depends on the acks that the producer asked for:   *)
(*   all   the record is in the log, at this offset, and stays there.      *)
(*   one   if the record is in the log or ever gets there, then at this    *)
(*         offset. It may as well never get there.                         *)
(*   zero  there is no answer. If the record gets there, then once.        *)
(*                                                                         *)
(* A log can lose its end in one way only, the action Lose: an election    *)
(* that was allowed to prefer an available partition to a complete one.    *)
(* Where MayLose is FALSE there is no such step, and an acknowledged       *)
(* record stays for ever.                                                  *)
(*                                                                         *)
(* Replication.tla shows that leaders, followers, epochs and high          *)
(* watermarks implement this: its property ImplementsPartitionLog.         *)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets, TLC

CONSTANTS
  MaxRecords, \* records are numbered in the order in which producers send them, 1..MaxRecords
  AcksLevels, \* what producers ask for: a subset of {"zero", "one", "all"}
  Viewers,    \* whoever looks at the log: anything that answers a consumer's fetch
  MayLose     \* whether an election is ever allowed to lose the end of the log

VARIABLES
  sent,       \* the acks that were asked for record 1, record 2, …: what producers handed over
  entries,    \* the log: a sequence of record numbers
  answers,    \* what producers were told: from the number of a record to its offset
  views       \* for each viewer the beginning of the log that it may show now

vars == <<sent, entries, answers, views>>

IsPrefix(a, b) == Len(a) <= Len(b) /\ SubSeq(b, 1, Len(a)) = a
Prefixes(s) == {SubSeq(s, 1, n) : n \in 0..Len(s)}
Elements(s) == {s[i] : i \in DOMAIN s}
Offsets == 0..(MaxRecords - 1)
Extend(f, g) == g @@ f

\* The offset of what lies at position i: offsets start at 0, sequences at 1.
OffsetOf(i) == i - 1

\* "My record is where the broker said, or nowhere."
AnswersHold(log, told) ==
  \A i \in DOMAIN log : log[i] \in DOMAIN told => told[log[i]] = OffsetOf(i)

Init ==
  /\ sent = <<>>
  /\ entries = <<>>
  /\ answers = <<>>   \* the function without arguments
  /\ views = [viewer \in Viewers |-> <<>>]

-----------------------------------------------------------------------------
\* A producer hands over a record; with acks=1 the answer may come at once.
Send ==
  /\ Len(sent) < MaxRecords
  /\ \E acks \in AcksLevels :
       /\ sent' = Append(sent, acks)
       /\ \/ answers' = answers
          \/ /\ acks = "one"
             /\ \E offset \in Offsets :
                  answers' = Extend(answers, Len(sent) + 1 :> offset)
  /\ UNCHANGED <<entries, views>>

\* Records that were sent and are not in the log yet.
Waiting == DOMAIN sent \ Elements(entries)

\* The records get their places at the end of the log, each one place: the instant that
\* linearizability is about.
Place(batch) ==
  /\ entries' = entries \o batch
  /\ Cardinality(Elements(batch)) = Len(batch)
  /\ AnswersHold(entries', answers)

\* Producers that asked for acks=all are told where their records are.
AnswerAll(ids) ==
  /\ \A id \in ids : sent[id] = "all" /\ id \in Elements(entries')
  /\ answers' = Extend(answers,
       [id \in ids |-> OffsetOf(CHOOSE i \in DOMAIN entries' : entries'[i] = id)])

\* Viewers see more, or less: another broker answers, one that lags.
Look == views' \in [Viewers -> Prefixes(entries')]

\* All of this in one step, or any part of it: each part may also be empty.
Proceed ==
  /\ \E n \in 0..Cardinality(Waiting) : \E batch \in [1..n -> Waiting] : Place(batch)
  /\ \E ids \in SUBSET (DOMAIN sent \ DOMAIN answers) : AnswerAll(ids)
  /\ Look
  /\ UNCHANGED sent

\* An election that may lose: the log is cut, and the answers about what was cut are void.
Lose ==
  /\ MayLose
  /\ entries' \in Prefixes(entries)
  /\ LET cut == Elements(entries) \ Elements(entries') IN
     answers' = [id \in DOMAIN answers \ cut |-> answers[id]]
  /\ Look
  /\ UNCHANGED sent

Next == Send \/ Proceed \/ Lose

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------
\* Properties. Here they are easy; that Replication has them is the point.

TypeOk ==
  /\ sent \in Seq(AcksLevels)
  /\ DOMAIN answers \subseteq DOMAIN sent
  /\ \A id \in DOMAIN answers : answers[id] \in Offsets
  /\ Elements(entries) \subseteq DOMAIN sent

\* "My record is where the broker said, or nowhere."
AnsweredOffsetsHold == AnswersHold(entries, answers)

\* "With acks=all it is not nowhere."
AcksAllMeansStored ==
  \A id \in DOMAIN answers : sent[id] = "all" => id \in Elements(entries)

\* "A record that I sent once is there once."
NoDuplicates ==
  \A i, j \in DOMAIN entries : entries[i] = entries[j] => i = j

\* "Nobody reads what is not in the log."
ViewsAreBeginnings == \A viewer \in Viewers : IsPrefix(views[viewer], entries)

\* "What is in the log stays, at its place."
AppendOnly == [][~MayLose => IsPrefix(entries, entries')]_vars

\* "What I was told stays true."
AnswersStay == [][~MayLose =>
  \A id \in DOMAIN answers : id \in DOMAIN answers' /\ answers'[id] = answers[id]]_vars
=============================================================================
