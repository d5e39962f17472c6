// A compiled mapping: a flat program over numbered source slots and numbered target fields.
#pragma once

#include "ecs/functions.hpp"
#include "ecs/key_table.hpp"
#include "ecs/mapping.hpp"
#include "ecs/view.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace cistern::ecs {

using SlotId = std::uint16_t;
using TargetId = std::uint16_t;

/// For keys that mappings write; what is looked up cannot make chains longer.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return quick_hash(text); }
};

struct Slot {
  std::string path;
  bool top_level = false;
};

struct Target {
  std::string path;
  bool set = false;  ///< Holds a list of different values.
};

/// A text of at most seven bytes and its length as one number; 0 for a longer one.
inline std::uint64_t pack(std::string_view text) {
  std::uint64_t packed = 0;
  if (text.size() > 7) return 0;
  for (const char c : text)
    packed = (packed << 8) | static_cast<unsigned char>(c);
  return packed | (std::uint64_t{text.size() + 1} << 56);
}

struct Test {
  TestText::Kind kind = TestText::Kind::equals;
  SlotId slot = 0;
  std::vector<std::string> values;
  std::vector<std::uint64_t> packed;  ///< The values by pack(), so that most compare as numbers.
  std::optional<TargetId> target;     ///< Looked at instead of a slot, for presence only.
};

struct Constant {
  TargetId target = 0;
  std::string json;
};

struct TableResult {
  std::string json;                 ///< For the rule's own target; may be empty.
  std::vector<Constant> constants;  ///< For the targets that the table names.
};

using Table = std::unordered_map<std::string, TableResult, TextHash, std::equal_to<>>;

struct EndpointTargets {
  TargetId address = 0;
  TargetId ip = 0;
  TargetId port = 0;
  TargetId domain = 0;
};

struct Op {
  enum class Kind : std::uint8_t { copy, add, set, lookup, split, endpoint, call, drop, branch };
  Kind kind = Kind::set;
  Conversion conversion = Conversion::none;
  bool keep = false;
  bool ignore_case = false;
  bool redacts = false;
  bool in_place = false;
  SlotId slot = 0;
  std::uint32_t jump = 0;   ///< branch: where to go on when a test fails.
  std::vector<Test> tests;  ///< branch
  std::vector<TargetId> targets;
  std::vector<Constant> constants;
  std::size_t table = 0;
  std::string separator;
  std::vector<EndpointTargets> endpoints;
  const FieldFunction* function = nullptr;
  std::vector<std::pair<std::string, TargetId>> gives;  ///< As the function calls them.
};

/// One step of writing the document, in the order of the output.
struct PlanStep {
  enum class Kind : std::uint8_t { open, close, field, set, vendor };
  Kind kind = Kind::field;
  std::string prefix;  ///< `"name":`
  TargetId target = 0;
  std::uint32_t close = 0;  ///< open: the step that closes the object.
  std::uint16_t first = 0;  ///< open: places of the targets in the object,
  std::uint16_t last = 0;   ///< one past the last.
  bool always = false;      ///< open: the vendor's object lies within.
};

/// Targets that the engine fills by itself.
struct Builtins {
  TargetId timestamp, id, kind, type, action, outcome, created, ingested, dataset, module, provider,
      original, ecs_version, cistern_id, connector, stream, sequence, meta, timestamp_from;
};

struct Related {
  TargetId set = 0;
  std::vector<TargetId> sources;
};

struct Program {
  std::vector<std::string> streams;
  std::string module_json;
  std::string dataset_json;
  bool declares_known = false;
  std::vector<KeyTable> keys;  ///< keys[0]: the record's own level.
  std::vector<Slot> slots;
  std::vector<Target> targets;
  Builtins builtins{};
  std::vector<Op> ops;
  std::vector<Table> tables;
  std::vector<Related> related;
  std::vector<PlanStep> plan;
  std::vector<std::uint16_t> plan_places;  ///< By target: its number in the order of the plan.
  FunctionTable functions;                 ///< Ops point into it.
};

/// Nothing where there are mistakes.
std::unique_ptr<const Program> compile_program(const MappingText& mapping,
                                               const FunctionTable& functions,
                                               const ViewOptions& options, Mistakes& mistakes);

}  // namespace cistern::ecs
