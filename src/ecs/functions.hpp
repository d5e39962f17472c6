// Named functions that mappings call for shapes which the closed set of verbs cannot express.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace cistern::ecs {

/// Receives what a function produces, field by field. Values are JSON texts.
class FieldSink {
 public:
  virtual ~FieldSink() = default;
  /// Sets the ECS or vendor field of that dotted name (below the call's target when it starts with
  /// '.'); `json` is a valid JSON value and is copied.
  virtual void set_json(std::string_view field, std::string_view json) = 0;
  virtual void set_string(std::string_view field, std::string_view text) = 0;
  /// Adds to a set-valued field such as related.ip; repeated values are kept once.
  virtual void add_string(std::string_view field, std::string_view text) = 0;
};

/// `json` is the raw JSON value of the source field. Returns false if the shape was not understood;
/// the value is then kept as it was and counted as drift. Pure and thread-safe.
using FieldFunction = std::function<bool(std::string_view json, FieldSink& sink)>;

using FunctionTable = std::map<std::string, FieldFunction, std::less<>>;

}  // namespace cistern::ecs
