// A joiner that a test feeds with lines, and the events that it makes.
#pragma once

#include "connectors/cisco_secure_email/joiner.hpp"
#include "mail_day.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace cistern::test {

using namespace connectors::cisco_secure_email;

/// Plays journal and driver: keeps lines in the order in which they came, drops those that it has
/// already, makes events, state and place durable together, and forgets the rest at a crash.
class JoinHarness {
 public:
  explicit JoinHarness(JoinerOptions options = {}) : options_(options) { start(); }

  void push(const LogFile& file, std::size_t records = SIZE_MAX) {
    for (std::size_t i = 0; i < std::min(records, file.records.size()); ++i)
      line(file.records[i], file.id, i + 1);
  }
  void line(const std::string& text, const std::string& file, std::size_t number) {
    if (!seen_.emplace(file, number).second) return;
    lines_.push_back({R"({"appliance":"esa1","host":"esa.example.com","log":"mail_logs","line":)" +
                          std::to_string(number) + R"(,"offset_seconds":0,"file_id":")" + file +
                          "\"}",
                      text});
    while (next_ < lines_.size())
      read_one();
  }
  /// Several lines of one file that all were said in that second.
  void say(std::int64_t at, const std::vector<std::string>& texts) {
    for (const auto& text : texts)
      line(asctime_of(at) + " Info: " + text, "file", ++said_);
  }
  void commit() {
    StateDelta delta;
    joiner_->save(delta);
    std::size_t bytes = 0;
    for (auto& change : delta) {
      bytes += change.key.size() + (change.value ? change.value->size() : 0);
      if (change.value) {
        saved_[change.key] = *change.value;
      } else {
        saved_.erase(change.key);
      }
    }
    most_state = std::max(most_state, bytes);
    place_ = next_;
    for (auto& event : fresh_)
      durable_.push_back(std::move(event));
    fresh_.clear();
  }
  /// What was not committed is gone and read again.
  void crash() {
    fresh_.clear();
    next_ = place_;
    start();
    while (next_ < lines_.size())
      read_one();
  }
  void restart() {
    commit();
    crash();
  }
  /// No line comes for so long.
  void pause(std::chrono::seconds time) {
    joiner_->on_time(now_);
    now_ += time;
    joiner_->on_time(now_);
    settle();
  }

  [[nodiscard]] const std::vector<boost::json::object>& events() {
    commit();
    parsed_.clear();
    std::set<std::string> identities;
    for (const auto& [identity, raw] : durable_) {
      EXPECT_TRUE(identities.insert(identity).second) << "twice: " << raw;
      parsed_.push_back(boost::json::parse(raw).as_object());
    }
    return parsed_;
  }
  [[nodiscard]] Joiner& joiner() { return *joiner_; }
  [[nodiscard]] const Position& saved() const { return saved_; }
  std::size_t most_state = 0;
  std::uint64_t commit_bytes = 4ULL << 20;

 private:
  void start() {
    joiner_ = std::make_unique<Joiner>(options_);
    const auto status = joiner_->restore(saved_);
    ASSERT_TRUE(status.has_value()) << status.error().sentence();
    settle();
  }
  void read_one() {
    const auto& [meta, text] = lines_[next_];
    ++next_;
    joiner_->on_event(
        {.sequence = next_, .stream = "mail", .meta = meta, .raw = text, .form = RawForm::text});
    settle();
    if (joiner_->unsaved_bytes() >= commit_bytes) commit();
  }
  void settle() {
    bool left = true;
    while (left) {
      DerivedRecords out;
      left = joiner_->settle(out, commit_bytes);
      std::vector<DerivedRecords::Entry> entries;
      const std::string bytes = out.take(entries);
      std::size_t at = 0;
      for (const auto& entry : entries) {
        fresh_.emplace_back(to_hex(entry.identity),
                            bytes.substr(at + entry.meta_size, entry.raw_size));
        at += entry.meta_size + entry.raw_size;
      }
      if (left) commit();
    }
  }

  JoinerOptions options_;
  std::unique_ptr<Joiner> joiner_;
  std::vector<std::pair<std::string, std::string>> lines_;
  std::set<std::pair<std::string, std::size_t>> seen_;
  std::size_t next_ = 0;
  std::size_t place_ = 0;
  std::size_t said_ = 0;
  Position saved_;
  std::vector<std::pair<std::string, std::string>> fresh_;
  std::vector<std::pair<std::string, std::string>> durable_;
  std::vector<boost::json::object> parsed_;
  TimePoint now_{std::chrono::seconds{1'710'800'000}};
};

/// The text at a path such as {"client", "ip"}; numbers as digits; empty when there is none.
inline std::string text_at(const boost::json::object& event,
                           std::initializer_list<const char*> path) {
  const boost::json::value* value = nullptr;
  const boost::json::object* object = &event;
  for (const char* name : path) {
    value = object == nullptr ? nullptr : object->if_contains(name);
    if (value == nullptr) return {};
    object = value->if_object();
  }
  if (value->is_string()) return std::string{value->get_string()};
  return boost::json::serialize(*value);
}

}  // namespace cistern::test
