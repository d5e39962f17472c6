// A compiled mapping: a flat program over numbered source slots and numbered target fields.
#pragma once

#include "ecs/functions.hpp"
#include "ecs/key_table.hpp"
#include "ecs/mapping.hpp"
#include "ecs/readers.hpp"
#include "ecs/view.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cistern::ecs {

using SlotId = std::uint16_t;
using TargetId = std::uint16_t;

struct Slot {
  std::string path;
  bool top_level = false;
};

struct Target {
  std::string path;
  bool set = false;  ///< Holds a list of different values.
};

struct Test {
  TestText::Kind kind = TestText::Kind::equals;
  SlotId slot = 0;
  std::vector<Name> values;
  std::optional<TargetId> target;  ///< Looked at instead of a slot, for presence only.
};

struct Constant {
  TargetId target = 0;
  std::string json;
};

struct TableResult {
  std::string json;                 ///< For the rule's own target; may be empty.
  std::vector<Constant> constants;  ///< For the targets that the table names.
};

/// A table of a `lookup`.
class Table {
 public:
  /// Of equal keys the first one counts.
  void add(std::string_view key, TableResult result) {
    if (keys_.add(key) == results_.size()) results_.push_back(std::move(result));
  }
  /// What the table gives for the key, or null.
  [[nodiscard]] const TableResult* find(std::string_view key) const {
    const std::int32_t number = keys_.find(key);
    return number < 0 ? nullptr : &results_[static_cast<std::size_t>(number)];
  }
  [[nodiscard]] const std::vector<TableResult>& results() const { return results_; }

 private:
  NameIndex keys_;
  std::vector<TableResult> results_;
};

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
  std::string member;  ///< add: of each element this member counts.
  std::vector<EndpointTargets> endpoints;
  const FieldFunction* function = nullptr;
  std::vector<std::pair<std::string, TargetId>> gives;  ///< As the function calls them.
};

/// An object of the document; 0 is the document itself.
using ObjectId = std::uint32_t;

/// One field of the document; the plan holds all of them in the order of the output.
struct PlanField {
  enum class Kind : std::uint8_t { field, set, vendor };
  Kind kind = Kind::field;
  TargetId target = 0;
  std::string prefix;          ///< `,"name":`
  std::vector<ObjectId> path;  ///< The objects around it, outermost first, without 0.
  ObjectId parent = 0;         ///< The last of them.
};

struct Plan {
  std::vector<PlanField> fields;
  std::vector<std::string> objects;   ///< Their prefixes, `,"name":{`.
  std::vector<std::uint16_t> places;  ///< By target: its field.
  std::uint16_t vendor = 0;           ///< The field that holds the rest of the record.
};

/// Targets that the engine fills by itself.
struct Builtins {
  TargetId timestamp, id, kind, type, action, outcome, created, ingested, dataset, module, provider,
      original, original_encoding, ecs_version, cistern_id, connector, stream, sequence, meta,
      timestamp_from;
};

struct Related {
  TargetId set = 0;
  std::vector<TargetId> sources;
};

struct Program {
  std::vector<std::string> streams;
  std::string module_json;
  std::string dataset_json;
  RecordReader reader;          ///< Of records of text; may be empty.
  std::vector<KeyTable> keys;   ///< keys[0]: the record's own level.
  std::int32_t meta_keys = -1;  ///< The level of the envelope's meta, or -1.
  std::vector<Slot> slots;
  std::vector<Target> targets;
  Builtins builtins{};
  std::vector<Op> ops;
  std::vector<Table> tables;
  std::vector<Related> related;
  Plan plan;
  FunctionTable functions;  ///< Ops point into it.
};

/// Nothing where there are mistakes.
std::unique_ptr<const Program> compile_program(const MappingText& mapping,
                                               const FunctionTable& functions,
                                               const ReaderTable& readers,
                                               const ViewOptions& options, Mistakes& mistakes);

}  // namespace cistern::ecs
