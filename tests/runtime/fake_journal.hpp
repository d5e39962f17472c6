// A journal in memory whose answers the test may hold back or refuse.
#pragma once

#include "journal/journal.hpp"

#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace cistern::test {

class FakeJournal : public journal::Journal {
 public:
  struct Move {
    std::string name;
    journal::Cursor cursor;
    bool urgent = false;
    Moved done;
  };

  // ---- what the test does ----

  /// Adds a group of events of one connector; each raw is {"n":<sequence>}.
  void append(std::size_t events, const std::string& connector = "source") {
    std::vector<std::string> raws;
    for (std::size_t i = 0; i < events; ++i) {
      raws.push_back("{\"n\":" + std::to_string(last_ + 1 + i) + "}");
    }
    append_raw(raws, connector);
  }
  void append_raw(const std::vector<std::string>& raws, const std::string& connector = "source") {
    auto group = std::make_shared<journal::Group>();
    group->first = last_ + 1;
    group->last = last_ + raws.size();
    std::vector<std::pair<std::size_t, std::size_t>> places;
    for (std::size_t i = 0; i < raws.size(); ++i) {
      group->lines += "{\"seq\":" + std::to_string(group->first + i) + ",\"raw\":";
      places.emplace_back(group->lines.size(), raws[i].size());
      group->lines += raws[i] + "}\n";
    }
    names_.push_back(connector);
    for (std::size_t i = 0; i < raws.size(); ++i) {
      journal::Envelope envelope;
      envelope.sequence = group->first + i;
      envelope.id = "00112233445566778899aabbccddeeff";
      envelope.connector = names_.back();
      envelope.stream = "stream";
      envelope.received = "2026-03-02T09:00:00.000Z";
      envelope.raw = std::string_view{group->lines}.substr(places[i].first, places[i].second);
      group->envelopes.push_back(envelope);
    }
    std::map<std::uint64_t, std::function<void(Sequence)>> listeners;
    {
      const std::lock_guard lock(mutex_);
      last_ = group->last;
      groups_.push_back(std::move(group));
      listeners = listeners_;
    }
    for (const auto& [id, listener] : listeners)
      listener(last_);
  }
  void add_hole(Sequence from, Sequence to, const std::string& reason) {
    const std::lock_guard lock(mutex_);
    hole_ = journal::Hole{from, to, reason};
    last_ = std::max(last_, to);
  }
  /// Answers the oldest commit that waits.
  void answer_commit(Result<CommitResult> result) {
    auto done = std::move(waiting_commits.front());
    waiting_commits.pop_front();
    done(std::move(result));
  }
  /// Makes the oldest cursor move that waits durable, or refuses it.
  void answer_move(const Status& status = {}) {
    Move move;
    {
      const std::lock_guard lock(mutex_);
      move = std::move(waiting_moves.front());
      waiting_moves.pop_front();
      if (status) cursors_[move.name] = move.cursor;
    }
    move.done(status);
  }

  std::vector<Commit> commits;
  std::deque<Committed> waiting_commits;
  std::deque<Move> waiting_moves;
  std::vector<journal::SetAside> aside;
  std::vector<Move> moves;
  std::vector<journal::StoreEdit> edits;
  std::vector<journal::Renamed> former_names;
  bool hold_commits = false;  ///< Answered only by answer_commit().
  bool hold_moves = false;    ///< Answered only by answer_move().
  Status position_status;
  Position stored_position;
  StoreDamage lost;
  std::map<std::uint64_t, std::function<void()>> damage_listeners;
  journal::Health::State state = journal::Health::State::writing;

  // ---- the interface ----

  void commit(Commit commit, Committed done) override {
    std::uint64_t stored = commit.records.size();
    commits.push_back(std::move(commit));
    if (hold_commits) {
      waiting_commits.push_back(std::move(done));
      return;
    }
    done(CommitResult{.first = 1, .stored = stored, .duplicates = 0, .per_coverage = {}});
  }
  void move_cursor(std::string name, journal::Cursor cursor, bool urgent, Moved done) override {
    {
      const std::lock_guard lock(mutex_);
      moves.push_back({name, cursor, urgent, {}});
      if (hold_moves) {
        waiting_moves.push_back({name, cursor, urgent, std::move(done)});
        return;
      }
      cursors_[name] = cursor;
    }
    done({});
  }
  void set_aside(journal::SetAside item, Moved done) override {
    {
      const std::lock_guard lock(mutex_);
      aside.push_back(std::move(item));
    }
    done({});
  }
  void edit(journal::StoreEdit edit, Moved done) override {
    {
      const std::lock_guard lock(mutex_);
      edits.push_back(edit);
      if (edit.kind == journal::StoreEdit::Kind::drop_set_aside) {
        std::erase_if(aside, [&](const auto& item) { return item.id == edit.id; });
      }
      if (edit.kind == journal::StoreEdit::Kind::forget_reader) cursors_.erase(edit.name);
    }
    done({});
  }
  Result<std::vector<journal::Renamed>> renamed() override { return former_names; }
  std::unique_ptr<journal::Reader> reader() override { return std::make_unique<FakeReader>(*this); }
  std::uint64_t on_append(std::function<void(Sequence)> listener) override {
    const std::lock_guard lock(mutex_);
    listeners_[++last_listener_] = std::move(listener);
    return last_listener_;
  }
  std::uint64_t on_damage(std::function<void()> listener) override {
    const std::lock_guard lock(mutex_);
    damage_listeners[++last_listener_] = std::move(listener);
    return last_listener_;
  }
  void remove_listener(std::uint64_t id) override {
    const std::lock_guard lock(mutex_);
    listeners_.erase(id);
    damage_listeners.erase(id);
  }
  Result<Position> position(const std::string&) override {
    if (!position_status) return fail(position_status.error());
    return stored_position;
  }
  Result<std::optional<journal::Cursor>> cursor(const std::string& name) override {
    const std::lock_guard lock(mutex_);
    const auto found = cursors_.find(name);
    if (found == cursors_.end()) return std::optional<journal::Cursor>{};
    return std::optional<journal::Cursor>{found->second};
  }
  Result<std::vector<std::pair<std::string, journal::Cursor>>> cursors() override {
    const std::lock_guard lock(mutex_);
    return std::vector<std::pair<std::string, journal::Cursor>>(cursors_.begin(), cursors_.end());
  }
  Result<Sequence> sequence_at(TimePoint) override { return Sequence{3}; }
  Result<std::vector<journal::LedgerRow>> ledger(const std::string& connector) override {
    journal::LedgerRow row;
    row.connector = connector.empty() ? "source" : connector;
    row.coverage.stream = "stream";
    row.coverage.kind = "window";
    row.stored = 7;
    return std::vector<journal::LedgerRow>{row};
  }
  Result<StoreDamage> damage(const std::string&) override { return lost; }
  Result<std::vector<journal::StreamTotals>> totals() override {
    return std::vector<journal::StreamTotals>{};
  }
  Result<std::vector<journal::SetAside>> set_aside_list() override {
    const std::lock_guard lock(mutex_);
    return aside;
  }
  Result<std::vector<std::string>> connectors() override { return std::vector<std::string>{}; }
  Result<std::optional<Sequence>> find(const Identity&) override {
    return std::optional<Sequence>{1};
  }
  [[nodiscard]] journal::Health health() const override {
    const std::lock_guard lock(mutex_);
    journal::Health health;
    health.state = state;
    health.last = last_;
    health.failure.code = "file/no-space";
    health.failure.cause = "the disk is full";
    return health;
  }
  [[nodiscard]] std::string store_id() const override { return "store"; }
  void close() override {}

 private:
  class FakeReader final : public journal::Reader {
   public:
    explicit FakeReader(FakeJournal& journal) : journal_(journal) {}
    Result<journal::ReadResult> read(Sequence next) override {
      const std::lock_guard lock(journal_.mutex_);
      journal::ReadResult result;
      if (journal_.hole_ && next <= journal_.hole_->to && next >= journal_.hole_->from) {
        result.hole = journal_.hole_;
      }
      for (const auto& group : journal_.groups_) {
        if (group->last < next) continue;
        result.group = group;
        break;
      }
      return result;
    }

   private:
    FakeJournal& journal_;
  };

  mutable std::mutex mutex_;
  std::deque<std::string> names_;
  std::vector<std::shared_ptr<const journal::Group>> groups_;
  std::map<std::string, journal::Cursor> cursors_;
  std::map<std::uint64_t, std::function<void(Sequence)>> listeners_;
  std::uint64_t last_listener_ = 0;
  Sequence last_ = 0;
  std::optional<journal::Hole> hole_;
};

}  // namespace cistern::test
