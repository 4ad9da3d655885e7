// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "coordination/tree_file.h"

#include <fmt/format.h>

#include <iterator>
#include <set>
#include <utility>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/overloaded.h"
#include "base/parse_number.h"

namespace gregor::coordination {

namespace {

using base::Overloaded;

constexpr std::string_view snapshot_head = "gregor-coordination 1\n";
constexpr std::size_t checksum_digits = 8;

std::string checksum_of(std::string_view text) {
  return fmt::format("{:08x}", base::crc32c(base::as_bytes(text)));
}

void append_word(std::string& to, std::string_view text) {
  for (const char c : text) {
    if (c > ' ' && c < 0x7f && c != '%')
      to += c;
    else
      fmt::format_to(std::back_inserter(to), "%{:02x}", static_cast<unsigned char>(c));
  }
}

void append_words(std::string& to, std::string_view what, std::string_view path) {
  to += what;
  to += ' ';
  append_word(to, path);
}

void append_words(std::string& to, std::string_view what, std::string_view path,
                  std::string_view data) {
  append_words(to, what, path);
  to += " =";
  append_word(to, data);
}

// Takes the words of one line off its front. Any fault makes it bad, and everything it gives from
// then on is empty or zero.
class Words {
 public:
  explicit Words(std::string_view line) : rest_(line) {}

  [[nodiscard]] bool good() const { return good_; }
  // The line is used up and nothing was wrong with it.
  [[nodiscard]] bool done() const { return good_ && rest_.empty() && !open_; }

  std::string_view raw() {
    const std::size_t space = rest_.find(' ');
    const std::string_view word = rest_.substr(0, space);
    open_ = space != std::string_view::npos;
    rest_.remove_prefix(open_ ? space + 1 : rest_.size());
    if (word.empty()) good_ = false;
    return good_ ? word : std::string_view{};
  }

  std::string text() { return unescape(raw()); }

  std::string data() {
    const std::string_view word = raw();
    if (!word.starts_with('=')) {
      good_ = false;
      return {};
    }
    return unescape(word.substr(1));
  }

  template <class Number>
  Number number() {
    const auto value = base::parse_number<Number>(raw());
    if (!value) good_ = false;
    return good_ ? *value : Number{};
  }

  Zxid zxid() { return Zxid(number<std::int64_t>()); }
  SessionId session() { return SessionId(number<std::int64_t>()); }

 private:
  std::string unescape(std::string_view word) {
    std::string out;
    out.reserve(word.size());
    for (std::size_t at = 0; at < word.size(); ++at) {
      if (word[at] != '%') {
        out += word[at];
        continue;
      }
      const std::string_view digits = word.substr(at + 1, 2);
      const auto byte = base::parse_hex<unsigned char>(digits);
      if (digits.size() != 2 || !byte) {
        good_ = false;
        return {};
      }
      out += static_cast<char>(*byte);
      at += 2;
    }
    return out;
  }

  std::string_view rest_;
  bool good_ = true;
  bool open_ = true;  // a space promised one more word
};

std::unexpected<model::Error> corrupt(std::string detail) {
  return model::fail(model::ErrorCode::corrupt_message, std::move(detail));
}

Znode decode_znode(Words& words) {
  Znode znode;
  znode.czxid = words.zxid();
  znode.ctime = words.number<std::int64_t>();
  znode.mzxid = words.zxid();
  znode.mtime = words.number<std::int64_t>();
  znode.pzxid = words.zxid();
  znode.version = words.number<std::int32_t>();
  znode.creates = words.number<std::int32_t>();
  znode.owner = words.session();
  znode.data = words.data();
  return znode;
}

std::optional<Committed> decode_change(Words& words) {
  const std::string_view what = words.raw();
  if (what == "open") return SessionOpened{};
  if (what == "end") return SessionEnded{};
  std::string path = words.text();
  if (what == "remove") return ZnodeRemoved{std::move(path)};
  std::string data = words.data();
  if (what == "create") return ZnodeCreated{std::move(path), std::move(data), false};
  if (what == "ephemeral") return ZnodeCreated{std::move(path), std::move(data), true};
  if (what == "set") return ZnodeSet{std::move(path), std::move(data)};
  return std::nullopt;
}

}  // namespace

std::string encode_snapshot(const ZnodeTree& tree) {
  std::string out(snapshot_head);
  const auto to = std::back_inserter(out);
  fmt::format_to(to, "zxid {}\n", tree.last_zxid().value());
  for (const auto& [session, owned] : tree.sessions())
    fmt::format_to(to, "session {}\n", session.value());
  for (const auto& [path, znode] : tree.znodes()) {
    append_words(out, "znode", path);
    fmt::format_to(to, " {} {} {} {} {} {} {} {} =", znode.czxid.value(), znode.ctime,
                   znode.mzxid.value(), znode.mtime, znode.pzxid.value(), znode.version,
                   znode.creates, znode.owner.value());
    append_word(out, znode.data);
    out += '\n';
  }
  return out += "end " + checksum_of(out) + "\n";
}

model::Result<ZnodeTree> decode_snapshot(std::string_view snapshot) {
  if (!snapshot.starts_with(snapshot_head))
    return corrupt("a snapshot of the coordination tree must begin with 'gregor-coordination 1'");
  const std::size_t end_bytes = std::string_view("end \n").size() + checksum_digits;
  if (snapshot.size() < snapshot_head.size() + end_bytes)
    return corrupt("the snapshot of the coordination tree has no end");
  const std::string_view body = snapshot.substr(0, snapshot.size() - end_bytes);
  if (snapshot.substr(body.size()) != "end " + checksum_of(body) + "\n" || !body.ends_with('\n'))
    return corrupt("the snapshot of the coordination tree fails its checksum, or has no end");

  std::optional<Zxid> last_zxid;
  std::set<SessionId> sessions;
  ZnodeTree::Znodes znodes;
  for (std::size_t at = snapshot_head.size(), number = 2; at < body.size(); ++number) {
    const std::size_t end = body.find('\n', at);
    Words words(body.substr(at, end - at));
    at = end + 1;
    const std::string_view what = words.raw();
    bool fits = true;
    if (what == "zxid" && !last_zxid) {
      last_zxid = words.zxid();
    } else if (what == "session") {
      fits = sessions.insert(words.session()).second;
    } else if (what == "znode") {
      std::string path = words.text();
      fits = znodes.try_emplace(std::move(path), decode_znode(words)).second;
    } else {
      fits = false;
    }
    if (!fits || !words.done())
      return corrupt(fmt::format("line {} of the snapshot of the coordination tree", number));
  }
  if (!last_zxid) return corrupt("the snapshot of the coordination tree names no zxid");
  return ZnodeTree::restore(*last_zxid, std::move(znodes), sessions);
}

std::string encode_entry(const Transaction& transaction) {
  std::string out = fmt::format("{} {} {}", transaction.zxid.value(), transaction.time.value(),
                                transaction.session.value());
  for (const Committed& change : transaction.changes) {
    out += ' ';
    std::visit(
        Overloaded{[&](const SessionOpened&) { out += "open"; },
                   [&](const SessionEnded&) { out += "end"; },
                   [&](const ZnodeCreated& created) {
                     append_words(out, created.ephemeral ? "ephemeral" : "create", created.path,
                                  created.data);
                   },
                   [&](const ZnodeRemoved& removed) { append_words(out, "remove", removed.path); },
                   [&](const ZnodeSet& set) { append_words(out, "set", set.path, set.data); }},
        change);
  }
  return checksum_of(out) + " " + out + "\n";
}

model::Result<Transaction> decode_entry(std::string_view line) {
  if (line.size() <= checksum_digits || line[checksum_digits] != ' ') return corrupt("no checksum");
  const std::string_view content = line.substr(checksum_digits + 1);
  if (line.substr(0, checksum_digits) != checksum_of(content)) return corrupt("wrong checksum");
  Words words(content);
  Transaction transaction;
  transaction.zxid = words.zxid();
  transaction.time = model::Timestamp(words.number<std::int64_t>());
  transaction.session = words.session();
  while (words.good() && !words.done()) {
    auto change = decode_change(words);
    if (!change || !words.good()) return corrupt("unknown or incomplete change");
    transaction.changes.push_back(std::move(*change));
  }
  if (!words.good() || transaction.changes.empty()) return corrupt("malformed entry");
  return transaction;
}

model::Result<LoadedTree> load_tree(std::optional<std::string_view> snapshot,
                                    std::string_view journal, model::Timestamp now) {
  LoadedTree loaded;
  if (snapshot) {
    auto tree = decode_snapshot(*snapshot);
    if (!tree) return model::fail(std::move(tree.error()));
    loaded.tree = std::move(*tree);
  }
  const Zxid snapshot_zxid = loaded.tree.last_zxid();
  std::optional<std::string> bad;  // the first bad line
  for (std::size_t at = 0; at < journal.size();) {
    const std::size_t end = journal.find('\n', at);
    if (end == std::string_view::npos) break;  // torn
    auto entry = decode_entry(journal.substr(at, end - at));
    if (entry && bad) return corrupt(*bad + ", with good entries behind it");
    if (!entry && !bad)
      bad =
          fmt::format("entry at byte {} of the coordination journal: {}", at, entry.error().detail);
    if (entry && entry->zxid > snapshot_zxid) {
      if (auto done = loaded.tree.replay(*entry); !done)
        return corrupt(fmt::format("entry at byte {} of the coordination journal: {}", at,
                                   done.error().detail));
    }
    at = end + 1;
    if (!bad) loaded.journal_bytes = at;
  }
  while (!loaded.tree.sessions().empty()) {
    const SessionId session = loaded.tree.sessions().begin()->first;
    loaded.ended.push_back(*loaded.tree.end_session(session, now).transaction);
  }
  return loaded;
}

}  // namespace gregor::coordination
