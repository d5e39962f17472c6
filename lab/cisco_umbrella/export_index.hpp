// The export's objects by name and by time, as far as they have been uploaded.
#pragma once

#include "lab/cisco_umbrella/export_plan.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::lab {

/// Safe to call from any thread. `now` is the time up to when uploads have happened.
class ExportIndex {
 public:
  ExportIndex(const ExportPlan& plan, Duration retention) : plan_(plan), retention_(retention) {}

  /// The first object above `after` that begins with `prefix` and is there.
  std::optional<std::string> next(std::string_view after, std::string_view prefix, TimePoint now);
  std::optional<ExportObject> find(const std::string& name, TimePoint now);
  /// Uploaded after `from`, up to `until`, in the order of their upload.
  std::vector<ExportObject> uploaded(TimePoint from, TimePoint until);
  /// All that were uploaded by then, also what has been purged, by name; and since when each purged
  /// one is gone.
  struct Row {
    ExportObject object;
    std::optional<TimePoint> purged;
  };
  std::vector<Row> all(TimePoint now);

  /// An object that somebody asked for: late, or of any size.
  void plant(ExportObject object);
  /// Another version: the same rows and some more. False when there is no such object.
  bool replace(const std::string& name, std::uint64_t more_rows, TimePoint now);
  /// Gone at once. False when there is no such object.
  bool purge(const std::string& name, TimePoint now);
  void set_retention(Duration retention);

  /// What a restart needs: planted objects, further rows, purged names.
  [[nodiscard]] std::vector<ExportObject> planted() const;
  [[nodiscard]] std::map<std::string, std::uint64_t> replaced() const;
  [[nodiscard]] std::map<std::string, TimePoint> purged() const;
  void restore(std::vector<ExportObject> planted, std::map<std::string, std::uint64_t> replaced,
               std::map<std::string, TimePoint> purged);

 private:
  void advance(TimePoint now);
  void add(ExportObject object);
  [[nodiscard]] std::optional<TimePoint> gone_since(const ExportObject& object,
                                                    TimePoint now) const;

  const ExportPlan& plan_;
  Duration retention_;
  mutable std::mutex mutex_;
  std::uint64_t slots_ = 0;  // That have been added.
  std::map<std::string, ExportObject, std::less<>> objects_;
  std::multimap<TimePoint, std::string> by_upload_;
  std::vector<ExportObject> planted_;
  std::map<std::string, std::uint64_t> replaced_;
  std::map<std::string, TimePoint> purged_;
};

}  // namespace cistern::lab
