#include "journal/segment/group_builder.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "journal/segment/envelope.hpp"

#include <algorithm>

namespace cistern::journal {
namespace {

constexpr std::size_t kKeptCapacity = 8U << 20;

void widen(StreamTotals& totals, TimePoint time) {
  if (time == TimePoint{}) return;
  if (totals.oldest == TimePoint{} || time < totals.oldest) totals.oldest = time;
  totals.newest = std::max(totals.newest, time);
}

void append_field(std::string& out, std::string_view name, std::string_view text) {
  out.clear();
  codec::append_json_string(out, name);
  out += ':';
  codec::append_json_string(out, is_utf8(text) ? std::string{text} : excerpt(text, text.size()));
}

}  // namespace

void GroupBuilder::begin(std::uint64_t group, Sequence first) {
  // The memory of an ordinary group is used again, that of a huge one is given back.
  if (lines_.capacity() > kKeptCapacity) lines_ = std::string{};
  lines_.clear();
  control_ = GroupControl{};
  control_.group = group;
  control_.first = first;
  control_.last = first - 1;
  table_.clear();
  outcomes_.clear();
  identities_.clear();
  raw_bytes_ = 0;
  changed_ = false;
}

void GroupBuilder::release_memory() {
  if (!empty()) return;
  lines_ = std::string{};
  table_ = GroupIdentities{};
  known_ = std::vector<bool>{};
  identities_ = {};
}

Status GroupBuilder::add(PendingCommit& pending, const Remembered& remembered) {
  const Commit& commit = pending.commit;
  known_.assign(commit.records.size(), false);
  if (commit.dedupe) {
    // All questions that can fail come first, so that a failure leaves the group as it was.
    for (std::size_t i = 0; i < commit.records.size(); ++i) {
      const Identity& identity = commit.records[i].identity;
      if (identity.is_zero()) continue;
      auto known = remembered(identity);
      if (!known) return fail(known.error());
      known_[i] = *known;
    }
  }
  append_field(connector_text_, "connector", commit.connector);
  append_field(received_text_, "received", format_time(pending.received));
  CommitResult result;
  result.per_coverage.resize(commit.coverage.size());
  for (std::size_t i = 0; i < commit.records.size(); ++i) {
    const Record& record = commit.records[i];
    const bool remember = commit.dedupe && !record.identity.is_zero();
    CoverageCounts unnamed;
    CoverageCounts& counts =
        commit.coverage.empty() ? unnamed : result.per_coverage[record.coverage];
    if (remember && (known_[i] || !table_.insert(record.identity))) {
      ++counts.duplicates;
      ++result.duplicates;
      StreamTotals& totals = totals_of(commit.connector, record.stream);
      ++totals.duplicates;
      continue;
    }
    store(record, remember, pending);
    if (result.first == 0) result.first = control_.last;
    ++counts.stored;
    ++result.stored;
  }
  ConnectorPart& part = part_of(commit.connector);
  part.state.insert(part.state.end(), commit.state.begin(), commit.state.end());
  for (std::size_t i = 0; i < commit.coverage.size(); ++i) {
    part.coverage.push_back({commit.connector, commit.coverage[i], result.per_coverage[i].stored,
                             result.per_coverage[i].duplicates, pending.received});
  }
  outcomes_.push_back({std::move(pending.done), std::move(result)});
  changed_ = true;
  return {};
}

void GroupBuilder::store(const Record& record, bool remember, const PendingCommit& pending) {
  const Sequence sequence = ++control_.last;
  Identity identity = record.identity;
  if (identity.is_zero()) identity = make_identity({store_id_, std::to_string(sequence)});
  append_line(lines_, sequence, identity, connector_text_, received_text_, record);
  if (remember) {
    identities_.push_back(identity);
    if (!control_.remember.empty() && control_.remember.back().second + 1 == sequence) {
      control_.remember.back().second = sequence;
    } else {
      control_.remember.emplace_back(sequence, sequence);
    }
  }
  if (sequence == control_.first) control_.received_from = control_.received_to = pending.received;
  control_.received_from = std::min(control_.received_from, pending.received);
  control_.received_to = std::max(control_.received_to, pending.received);
  raw_bytes_ += record.raw.size();
  StreamTotals& totals = totals_of(pending.commit.connector, record.stream);
  ++totals.events;
  if (!record.problem.empty()) ++totals.problems;
  totals.bytes += record.raw.size();
  totals.last_received = std::max(totals.last_received, pending.received);
  widen(totals, record.time);
}

/// Neighbours are mostly of one stream, so the last answer is tried first.
StreamTotals& GroupBuilder::totals_of(const std::string& connector, std::string_view stream) {
  const auto matches = [&](const StreamTotals& totals) {
    return totals.stream == stream && totals.connector == connector;
  };
  if (last_totals_ < control_.streams.size() && matches(control_.streams[last_totals_])) {
    return control_.streams[last_totals_];
  }
  auto found = std::find_if(control_.streams.begin(), control_.streams.end(), matches);
  if (found == control_.streams.end()) {
    StreamTotals totals;
    totals.connector = connector;
    totals.stream = stream;
    found = control_.streams.insert(control_.streams.end(), std::move(totals));
  }
  last_totals_ = static_cast<std::size_t>(found - control_.streams.begin());
  return *found;
}

ConnectorPart& GroupBuilder::part_of(const std::string& connector) {
  for (ConnectorPart& part : control_.connectors) {
    if (part.connector == connector) return part;
  }
  control_.connectors.push_back({connector, {}, {}});
  return control_.connectors.back();
}

void GroupBuilder::add_cursor(std::string name, Cursor cursor) {
  // Only the last move of a name counts.
  std::erase_if(control_.cursors, [&](const NamedCursor& named) { return named.first == name; });
  control_.cursors.emplace_back(std::move(name), std::move(cursor));
  changed_ = true;
}

void GroupBuilder::add_set_aside(SetAside item) {
  control_.set_aside.push_back(std::move(item));
  changed_ = true;
}

void GroupBuilder::add_missing(Hole hole) {
  control_.missing.push_back(std::move(hole));
  changed_ = true;
}

void GroupBuilder::reopen(const ConnectorPart& part) {
  auto& rows = part_of(part.connector).coverage;
  rows.insert(rows.end(), part.coverage.begin(), part.coverage.end());
  changed_ = true;
}

void GroupBuilder::add_edit(StoreEdit edit) {
  control_.edits.push_back(std::move(edit));
  changed_ = true;
}

void GroupBuilder::set_removed_before(Sequence sequence) {
  control_.removed_before = sequence;
  changed_ = true;
}

}  // namespace cistern::journal
