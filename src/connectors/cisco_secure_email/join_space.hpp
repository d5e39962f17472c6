// One log of one appliance, as it is joined: which stretches of it are known, what is open, and
// what becomes due when.
#pragma once

#include "base/derive.hpp"
#include "connectors/cisco_secure_email/join_apply.hpp"
#include "connectors/cisco_secure_email/join_event.hpp"
#include "connectors/cisco_secure_email/join_table.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cistern::connectors::cisco_secure_email {

/// Times of the joiner, in seconds of the log's own clock.
struct JoinTimes {
  std::int64_t grace = 5;       ///< After the end of a message: late replies.
  std::int64_t keep_told = 60;  ///< A told message is kept: what comes later is a revision.
  std::int64_t keep_quarantined = 14 * 86400;  ///< The same while it lies in a quarantine.
  std::int64_t receiving = 60;           ///< After its connection closed before it was received.
  std::int64_t idle = 30 * 60;           ///< Without a line: told as it stands, and kept.
  std::int64_t expire = 35 * 86400;      ///< Without a line: told as expired, and forgotten.
  std::int64_t connection = 10 * 60;     ///< A closed connection is kept.
  std::int64_t idle_connection = 86400;  ///< One without lines or messages is kept.
  /// A file that begins so long after another one's end, and was waited for, may well be the next.
  std::int64_t adjacent = 5;
};

struct JoinBounds {
  std::size_t messages = 200'000;
  std::int64_t message_bytes = 256LL << 20;
  std::size_t connections = 50'000;
  std::size_t deliveries = 20'000;
  std::size_t spans = 512;
  std::size_t held_bytes = 8192;  ///< Of a line at the edge of a file; a longer one is not glued.
};

using Incidents = std::map<std::string, std::uint64_t, std::less<>>;

/// One line as it was read from the store.
struct LogLine {
  std::string_view text;     ///< With its header; continuation lines joined with '\n'.
  std::string_view body;     ///< Behind the header; empty when there is none.
  std::int64_t seconds = 0;  ///< Since the epoch; 0 for a text without header.
  bool has_header = false;
  std::string_view file;
  std::string_view file_facts;
  std::uint64_t line = 0;
  Sequence sequence = 0;
};

/// Lines may come in any order of their files; inside a file they come in order. The same lines
/// give the same events in whatever order the files come, but for what time-outs decide.
class JoinSpace {
 public:
  JoinSpace(std::uint64_t id, std::string appliance, std::string log, const JoinTimes& times,
            const JoinBounds& bounds, Incidents& incidents);
  JoinSpace(const JoinSpace&) = delete;
  JoinSpace& operator=(const JoinSpace&) = delete;

  [[nodiscard]] const std::string& appliance() const { return appliance_; }
  [[nodiscard]] const std::string& log() const { return log_; }

  void add(const LogLine& line);
  /// No older file is waited for any more: what lies between two known stretches is missing.
  void give_up_gaps();
  /// Nothing has come for a while: what has ended need not wait for late lines.
  void rest();
  [[nodiscard]] bool has_gaps() const;
  /// Tells what is due; true: something is left.
  bool settle(DerivedRecords& out, std::uint64_t most_bytes);

  [[nodiscard]] std::uint64_t unsaved_bytes() const;
  void save(StateDelta& delta);
  /// One saved entry: its key without the space's number, such as "m" and 7001.
  bool restore(char table, std::uint64_t number, std::string_view text);
  /// Behind the last of restore().
  void restored();
  [[nodiscard]] std::uint64_t open() const { return messages_.size(); }
  [[nodiscard]] std::uint64_t weight() const;
  /// Whether a message may not go on for another without bound.
  static constexpr std::size_t kMostAncestors = 16;

 private:
  enum class Kind : std::uint8_t { message, connection, delivery };
  static constexpr std::int64_t kAnyTime = -1;
  struct Ref {
    Kind kind;
    std::uint64_t number;
    std::int64_t at = kAnyTime;  ///< The bucket that it comes from: an older one does not count.
  };
  enum class What : std::uint8_t { wait, blocked, tell, snapshot, expire, forget };
  struct Judgement {
    What what = What::wait;
    std::int64_t at = INT64_MAX;
  };

  // Stretches (join_space_files.cpp).
  Span& span_for(const LogLine& line, std::int64_t seconds);
  void take_banner(Span& span, const LogLine& line);
  void take_fragment(Span& span, std::string_view text);
  void release(Span& span);
  void advance(Span& span, std::int64_t seconds);
  void join_neighbours();
  static std::optional<std::int64_t> torn_at(const Span& left, const Span& right);
  static std::optional<std::int64_t> distance(const Span& left, const Span& right);
  static bool inside(const Span& part, const Span& whole);
  [[nodiscard]] bool grows(const Span& left, const Span& right) const;
  [[nodiscard]] bool follows(const Span& left, const Span& right) const;
  [[nodiscard]] bool adjacent(const Span& left, const Span& right) const;
  void merge(Span& left, Span& right, bool gap);
  void absorb(Span& whole, Span& part);
  void glue(Span& left, Span& right, bool gap);
  void bound_spans();
  void place(Span& span, std::int64_t seconds);
  void sort_spans();
  [[nodiscard]] const Span* span_of(std::int64_t seconds) const;
  void pop_due(std::int64_t from, std::int64_t to);
  void unblock();

  // Lines (join_space_lines.cpp).
  void apply_text(std::string_view text, LineKey key, Sequence sequence);
  void apply(std::string_view body, LineKey key, Sequence sequence);
  void apply_connection(const MailLine& line, LineKey key);
  void apply_delivery(const MailLine& line, LineKey key);
  void apply_message(const MailLine& line, LineKey key, Sequence sequence);
  void apply_link(const MailLine& line, LineKey key, Sequence sequence);
  Message* message_for(std::uint64_t mid, LineKey key, bool starts);
  void begin_new_life(Message& old);
  void note(Message& message, LineKey key, Sequence sequence, const LineApplier::Change& change);
  void hold_connection(Message& message, std::uint64_t icid, LineKey key);
  void plan(Message& message);

  // Decisions (join_space_decide.cpp).
  void schedule(Entry& entry, Kind kind, std::int64_t at);
  void wait_until(Entry& entry, Kind kind, std::int64_t at);
  void block(Entry& entry, Kind kind);
  void look_at(const Ref& ref, DerivedRecords& out);
  [[nodiscard]] Judgement judge(const Message& message) const;
  [[nodiscard]] Judgement judge_told(const Message& message) const;
  [[nodiscard]] Judgement judge_ended(const Message& message) const;
  [[nodiscard]] Judgement judge_open(const Message& message) const;
  [[nodiscard]] bool head_known(const MessageView& view) const;
  [[nodiscard]] bool folded(const Message& message) const;
  [[nodiscard]] static bool has_heirs(const Message& message);
  [[nodiscard]] std::int64_t clock_at(std::int64_t seconds) const;
  [[nodiscard]] bool reached(std::int64_t from, std::int64_t to) const;
  [[nodiscard]] MessageView view_of(const Message& message) const;
  void explain(MessageView& view) const;
  void act(Message& message, const Judgement& judgement, DerivedRecords& out);
  void tell(Message& message, DerivedRecords& out, bool partial, std::string_view reason);
  void forget(Message& message);
  void look_at_connection(Connection& connection);
  void look_at_delivery(Delivery& delivery);
  bool make_room(DerivedRecords& out);
  void incident(std::string_view name) { ++incidents_[std::string{name}]; }

  const std::uint64_t id_;
  const std::string appliance_;
  const std::string log_;
  const JoinTimes& times_;
  const JoinBounds& bounds_;
  Incidents& incidents_;
  LineApplier applier_;

  JoinTable<Message> messages_;
  JoinTable<Connection> connections_;
  JoinTable<Delivery> deliveries_;
  JoinTable<Span> spans_;
  std::vector<Span*> order_;  ///< By beginning.
  Span* current_ = nullptr;   ///< Whose file the last line was of.
  std::uint64_t next_span_ = 1;
  std::uint64_t past_lives_ = 0;
  std::vector<std::pair<std::int64_t, std::int64_t>> gaps_;  ///< That were given up.
  bool own_changed_ = true;
  bool own_saved_ = false;
  bool resting_ = false;

  std::map<std::int64_t, std::vector<Ref>> due_;
  std::vector<Ref> blocked_;
  std::deque<Ref> ready_;
  std::string buffer_;
};

}  // namespace cistern::connectors::cisco_secure_email
