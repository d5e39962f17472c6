// What a collector has asked of the export, and so is owed.
//
// The listing that reaches furthest back says from which name on a folder is wanted: everything
// behind it is owed, whether it is asked for or not. A queue that is read makes owed what is
// uploaded from the lab's start on.
#pragma once

#include "base/time.hpp"
#include "codec/json.hpp"

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include <boost/json/fwd.hpp>

namespace cistern::lab {

/// Safe to call from any thread.
class UmbrellaDemand {
 public:
  /// A listing below `folder` ("dnslogs") for names above `from`. Whether that changed anything.
  bool listed(const std::string& bucket, const std::string& folder, const std::string& from);
  bool queue_read();
  /// An object was given in full or in part. Not remembered beyond this lab's life.
  void gave(const std::string& bucket, const std::string& name);

  [[nodiscard]] bool wants(const std::string& bucket) const;
  /// `from_start`: it was uploaded after the lab's start. `gone`: it has been purged since; then
  /// it is owed only if it was asked for before.
  [[nodiscard]] bool owes(const std::string& bucket, const std::string& own_bucket,
                          const std::string& folder, const std::string& name, bool from_start,
                          bool gone) const;

  void write(codec::JsonWriter& writer) const;
  /// Throws when a member is missing or of another type.
  void read(const boost::json::object& object);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::map<std::string, std::string>> floors_;  // By bucket and folder.
  std::map<std::string, std::set<std::string>> given_;
  bool queue_read_ = false;
};

}  // namespace cistern::lab
