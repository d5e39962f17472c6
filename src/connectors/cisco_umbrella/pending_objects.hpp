// Objects that are known and not done.
#pragma once

#include "base/result.hpp"
#include "connectors/cisco_umbrella/ledger.hpp"
#include "connectors/cisco_umbrella/object_read.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace cistern::connectors::cisco_umbrella {

struct PendingObject {
  ObjectKey name;
  Progress done;                    ///< With the version and size that were listed.
  bool durable = false;             ///< The position holds its progress.
  std::uint64_t number = 0;         ///< In the order of being found.
  std::optional<ObjectEnd> before;  ///< How an earlier version ended.
  unsigned attempts = 0;            ///< That failed, in a row.
  unsigned unreadable = 0;          ///< Times that its bytes were not what they should be.
  TimePoint failing_since{};
  std::optional<Failure> failure;
  Report::Kind standing = Report::Kind::retrying;  ///< How the failure is told.
  bool oversize_told = false;
  bool late = false;  ///< Its row in the ledger says that it is being read.
};

/// Hands objects out in the order of their keys, because the oldest are purged first. One that
/// failed waits by itself and stands in nobody's way.
class PendingObjects {
 public:
  /// Names kept while more is to be found: listing waits beyond it. One page may still come.
  static constexpr std::size_t kEnough = 2000;

  void add(std::string key, PendingObject object);
  [[nodiscard]] bool contains(std::string_view key) const { return all_.contains(key); }
  [[nodiscard]] PendingObject& at(std::string_view key) { return all_.find(key)->second; }
  [[nodiscard]] const PendingObject& at(std::string_view key) const {
    return all_.find(key)->second;
  }
  [[nodiscard]] std::size_t size() const { return all_.size(); }
  [[nodiscard]] bool full() const { return all_.size() >= kEnough; }

  /// The next one to be read: a failed one whose time has come, else the first by key.
  std::optional<std::string> take(TimePoint now);
  [[nodiscard]] bool ready(TimePoint now) const;
  /// Again at once.
  void put_back(const std::string& key) { waiting_.insert(key); }
  /// Not before that time.
  void defer(const std::string& key, TimePoint until) { deferred_.emplace(until, key); }
  void remove(const std::string& key);

  [[nodiscard]] std::optional<TimePoint> next_deferred() const;
  /// Least time of availability of all in here.
  [[nodiscard]] std::optional<TimePoint> oldest() const;
  /// Least number of all in here; they are numbered as they are found.
  [[nodiscard]] std::optional<std::uint64_t> first_number() const;
  [[nodiscard]] std::uint64_t last_number() const { return last_number_; }
  /// The one that has been failing for longest, if it failed more than once or needs a person.
  [[nodiscard]] const PendingObject* oldest_failing() const;

 private:
  std::map<std::string, PendingObject, std::less<>> all_;
  std::set<std::string> waiting_;
  std::set<std::pair<TimePoint, std::string>> deferred_;
  std::set<std::pair<TimePoint, std::string>> by_age_;
  std::set<std::uint64_t> numbers_;
  std::uint64_t last_number_ = 0;
};

}  // namespace cistern::connectors::cisco_umbrella
