// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "coordination/tree_file.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "base/crc32c.h"
#include "coordination/random_changes.h"

namespace gregor::coordination {
namespace {

using test::Happening;
constexpr model::Timestamp now{1795174649580};

// What a process did: its tree, the journal it wrote, and where each entry of it ends.
struct History {
  ZnodeTree tree;
  std::string journal;
  std::vector<std::size_t> ends{0};
  std::vector<ZnodeTree> trees{ZnodeTree()};  // after each entry

  void add(const Outcome& outcome) {
    if (!outcome.transaction) return;
    journal += encode_entry(*outcome.transaction);
    ends.push_back(journal.size());
    trees.push_back(tree);
  }
};

History history_of(const std::vector<Happening>& happenings) {
  History history;
  std::vector<SessionId> live;
  for (const Happening& happening : happenings) {
    if (live.empty() || happening.kind == Happening::Kind::open) {
      const Outcome opened = history.tree.open_session(now);
      live.push_back(opened.transaction->session);
      history.add(opened);
      continue;
    }
    const auto who = live.begin() + static_cast<std::ptrdiff_t>(happening.session % live.size());
    if (happening.kind == Happening::Kind::end) {
      history.add(history.tree.end_session(*who, now));
      live.erase(who);
    } else {
      history.add(history.tree.handle(*who, {RequestId{1}, Multi{happening.changes}}, now));
    }
  }
  return history;
}

// As a restart finds it: all sessions have ended.
void end_sessions(ZnodeTree& tree) {
  while (!tree.sessions().empty()) tree.end_session(tree.sessions().begin()->first, now);
}

void expect_same(const ZnodeTree& a, const ZnodeTree& b) {
  RC_ASSERT(a.last_zxid() == b.last_zxid());
  RC_ASSERT(a.sessions() == b.sessions());
  RC_ASSERT(a.znodes() == b.znodes());
}

RC_GTEST_PROP(TreeFile, SnapshotsComeBackAsTheyWere, (const std::vector<Happening>& happenings)) {
  const History history = history_of(happenings);
  const auto back = decode_snapshot(encode_snapshot(history.tree));
  RC_ASSERT(back.has_value());
  expect_same(*back, history.tree);
}

RC_GTEST_PROP(TreeFile, EntriesComeBackAsTheyWere, (const std::vector<Happening>& happenings)) {
  const History history = history_of(happenings);
  for (std::size_t at = 1; at < history.ends.size(); ++at) {
    const std::size_t begin = history.ends[at - 1];
    const std::string_view line =
        std::string_view(history.journal).substr(begin, history.ends[at] - begin - 1);
    const auto entry = decode_entry(line);
    RC_ASSERT(entry.has_value());
    RC_ASSERT(encode_entry(*entry) == std::string(line) + "\n");
  }
}

RC_GTEST_PROP(TreeFile, SnapshotAndJournalMakeTheTreeAgain,
              (const std::vector<Happening>& happenings)) {
  History history = history_of(happenings);
  const std::size_t at = *rc::gen::inRange<std::size_t>(0, history.trees.size());
  const std::size_t from = *rc::gen::inRange<std::size_t>(0, at + 1);  // not cut since the snapshot
  const auto loaded = load_tree(encode_snapshot(history.trees[at]),
                                std::string_view(history.journal).substr(history.ends[from]), now);
  RC_ASSERT(loaded.has_value());
  RC_ASSERT(loaded->journal_bytes == history.journal.size() - history.ends[from]);
  RC_ASSERT(loaded->ended.size() == history.tree.sessions().size());
  end_sessions(history.tree);
  expect_same(loaded->tree, history.tree);
}

RC_GTEST_PROP(TreeFile, ATornJournalIsCutAtItsLastGoodEntry,
              (const std::vector<Happening>& happenings, const std::string& garbage)) {
  History history = history_of(happenings);
  const std::size_t size = *rc::gen::inRange<std::size_t>(0, history.journal.size() + 1);
  const auto loaded = load_tree(std::nullopt, history.journal.substr(0, size) + garbage, now);
  RC_ASSERT(loaded.has_value());
  const auto good =
      std::upper_bound(history.ends.begin(), history.ends.end(), size) - history.ends.begin() - 1;
  RC_ASSERT(loaded->journal_bytes == history.ends[static_cast<std::size_t>(good)]);
  ZnodeTree expected = history.trees[static_cast<std::size_t>(good)];
  end_sessions(expected);
  expect_same(loaded->tree, expected);
}

RC_GTEST_PROP(TreeFile, ADamagedJournalIsRefusedOrLosesItsEnd,
              (const std::vector<Happening>& happenings)) {
  const History history = history_of(happenings);
  RC_PRE(!history.journal.empty());
  std::string damaged = history.journal;
  const std::size_t at = *rc::gen::inRange<std::size_t>(0, damaged.size());
  damaged[at] = static_cast<char>(damaged[at] ^ (1 << *rc::gen::inRange(0, 8)));
  const auto loaded = load_tree(std::nullopt, damaged, now);
  const bool in_last_entry = history.ends.size() < 2 || at >= history.ends[history.ends.size() - 2];
  // A line end that is gone joins two entries: the last but one then fails with the last.
  const bool joins_last =
      history.ends.size() > 2 && at + 1 == history.ends[history.ends.size() - 2];
  RC_ASSERT(loaded.has_value() == (in_last_entry || joins_last));
  if (loaded) RC_ASSERT(loaded->journal_bytes < history.journal.size());
}

RC_GTEST_PROP(TreeFile, ADamagedSnapshotIsRefused, (const std::vector<Happening>& happenings)) {
  std::string snapshot = encode_snapshot(history_of(happenings).tree);
  const std::size_t at = *rc::gen::inRange<std::size_t>(0, snapshot.size());
  if (*rc::gen::arbitrary<bool>())
    snapshot[at] = static_cast<char>(snapshot[at] ^ (1 << *rc::gen::inRange(0, 8)));
  else
    snapshot.resize(at);
  RC_ASSERT(!decode_snapshot(snapshot).has_value());
}

RC_GTEST_PROP(TreeFile, AnyTextIsAnsweredWithAnError, (const std::string& text)) {
  RC_ASSERT(!decode_snapshot(text).has_value());
  RC_ASSERT(!decode_entry(text).has_value());
}

TEST(TreeFile, IsReadByPeople) {
  ZnodeTree tree;
  std::string journal;
  const auto keep = [&](const Outcome& outcome) { journal += encode_entry(*outcome.transaction); };
  keep(tree.open_session(now));
  const SessionId session{1};
  const auto change = [&](Multi multi) { keep(tree.handle(session, {RequestId{1}, multi}, now)); };
  change({{Create{"/controller_epoch", "1"}, Create{"/a b%", "", CreateMode::ephemeral}}});
  change({{SetData{"/controller_epoch", "2 \n"}, Remove{"/a b%"}}});
  keep(tree.end_session(session, now));
  EXPECT_EQ(journal,
            "63c41edc 1 1795174649580 1 open\n"
            "912f3c88 2 1795174649580 1 create /controller_epoch =1 ephemeral /a%20b%25 =\n"
            "45bfe4ab 3 1795174649580 1 set /controller_epoch =2%20%0a remove /a%20b%25\n"
            "28804c36 4 1795174649580 1 end\n");
  EXPECT_EQ(encode_snapshot(tree),
            "gregor-coordination 1\n"
            "zxid 4\n"
            "znode / 0 0 0 0 3 0 2 0 =\n"
            "znode /controller_epoch 2 1795174649580 3 1795174649580 2 1 0 0 =2%20%0a\n"
            "end 9950fe91\n");
}

// Good checksums, but no tree: written by a broken program, or by hand.
TEST(TreeFile, ASnapshotThatIsNoTreeIsRefused) {
  const auto decodes = [](const std::string& lines) {
    const std::string body = "gregor-coordination 1\n" + lines;
    return decode_snapshot(body + fmt::format("end {:08x}\n", base::crc32c(base::as_bytes(body))))
        .has_value();
  };
  const std::string root = "zxid 9\nznode / 0 0 0 0 0 0 1 0 =\n";
  EXPECT_TRUE(decodes(root));
  EXPECT_TRUE(decodes(root + "session 7\nznode /a 1 0 1 0 1 0 0 7 =\n"));
  for (const char* lines : {"znode /a 1 0 1 0 1 0 0 7 =\n",             // owner is no session
                            "znode a 1 0 1 0 1 0 0 0 =\n",              // no path
                            "znode /a/b 1 0 1 0 1 0 0 0 =\n",           // no parent
                            "znode /a 1 0 10 0 1 1 0 0 =\n",            // newer than the tree
                            "znode /a 1 0 1 0 1 -1 0 0 =\n",            // negative version
                            "znode /a 1 0 1 0 1 0 0 0\n",               // no data
                            "znode /a 1 0 1 0 1 0 0 0 x\n",             // data without its mark
                            "znode /a 1 0 1 0 1 0 0 0 =%4\n",           // half an escape
                            "znode /a 1 0 1 0 1 0 0 0 = more\n",        // one word too many
                            "znode /a 1 0 1 0 1 0 0 99999999999 = \n",  // a space at the end
                            "znode /a 1 0 1 0 1 0 99999999999 0 =\n",   // no 32-bit number
                            "znode / 0 0 0 0 0 0 1 0 =\n",              // twice
                            "session 7\nsession 7\n", "zxid 9\n", "\n", "node /a\n"})
    EXPECT_FALSE(decodes(root + lines)) << lines;
  EXPECT_FALSE(decodes("znode / 0 0 0 0 0 0 1 0 =\n"));
  EXPECT_FALSE(decodes("zxid 9\n"));
}

TEST(TreeFile, AJournalThatLostAnEntryIsRefused) {
  ZnodeTree tree;
  const std::string first = encode_entry(*tree.open_session(now).transaction);
  const std::string second = encode_entry(*tree.open_session(now).transaction);
  const std::string third = encode_entry(*tree.open_session(now).transaction);
  EXPECT_TRUE(load_tree(std::nullopt, first + second + third, now).has_value());
  EXPECT_FALSE(load_tree(std::nullopt, first + third, now).has_value());
  EXPECT_FALSE(load_tree(std::nullopt, first + first, now).has_value());
  EXPECT_FALSE(load_tree(std::nullopt, second, now).has_value());
}

}  // namespace
}  // namespace gregor::coordination
