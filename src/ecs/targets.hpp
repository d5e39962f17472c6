// The fields that a mapping may set, numbered, and the order in which they are written.
#pragma once

#include "ecs/program.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::ecs {

class TargetList {
 public:
  explicit TargetList(Mistakes& mistakes);

  /// The target of that path for a rule; reports paths that are malformed, reserved for the engine,
  /// or used as a single field here and as a set elsewhere.
  TargetId use(const Place& place, const std::string& path, bool set);

  /// A target of the engine's own.
  TargetId builtin(const std::string& path, bool set, bool reserved);

  /// Whether the path names a set, as far as is known yet.
  [[nodiscard]] bool is_set(std::string_view path) const;

  /// Orders everything for writing, with the vendor's object at `vendor_key`; reports fields that
  /// are a value and an object at once.
  Plan plan(const Place& place, const std::string& vendor_key);

  std::vector<Target> take() { return std::move(targets_); }

 private:
  struct Node;
  void add_fields(const std::map<std::string, Node>& children, std::vector<ObjectId>& path,
                  Plan& plan);

  Mistakes& mistakes_;
  std::vector<Target> targets_;
  std::vector<Place> places_;
  std::vector<bool> reserved_;
  std::map<std::string, TargetId, std::less<>> by_path_;
};

}  // namespace cistern::ecs
