// From the mapping as written to the flat program. All mistakes are gathered.
#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "ecs/program.hpp"
#include "ecs/targets.hpp"

#include <algorithm>
#include <limits>

namespace cistern::ecs {
namespace {

constexpr std::string_view kOptionPrefix = "option.";
constexpr std::string_view kTargetPrefix = "to.";
constexpr std::string_view kMetaPrefix = "cistern.meta.";
constexpr int kMaxGroupDepth = 32;

std::string json_string(std::string_view text) {
  std::string json;
  codec::append_json_string(json, text);
  return json;
}

class Compiler {
 public:
  Compiler(const MappingText& mapping, const FunctionTable& functions, const ViewOptions& options,
           Mistakes& mistakes)
      : mapping_(mapping), options_(options), mistakes_(mistakes), targets_(mistakes) {
    program_->functions = functions;
  }

  void use_reader(const ReaderTable& readers) {
    if (mapping_.reader.empty()) return;
    const auto found = readers.find(mapping_.reader);
    if (found != readers.end()) {
      program_->reader = found->second;
      return;
    }
    std::vector<std::string> names;
    for (const auto& [name, reader] : readers)
      names.push_back(name);
    std::string what = "no reader is named `" + mapping_.reader + "`";
    if (const auto near = nearest_word(mapping_.reader, names)) what += "; `" + *near + "` is one";
    mistakes_.add(mapping_.place, what);
  }

  std::unique_ptr<const Program> run() {
    program_->streams = mapping_.streams;
    program_->module_json = json_string(mapping_.module);
    program_->dataset_json = json_string(mapping_.dataset);
    program_->keys.emplace_back();
    add_builtins();
    add_known();
    add_tables();
    add_rules(mapping_.rules, 0);
    add_related();
    program_->plan = targets_.plan(mapping_.place, mapping_.vendor_key);
    program_->targets = targets_.take();
    return std::move(program_);
  }

 private:
  void add_builtins() {
    Builtins& to = program_->builtins;
    to.timestamp = targets_.builtin("@timestamp", false, false);
    to.id = targets_.builtin("event.id", false, false);
    to.kind = targets_.builtin("event.kind", false, false);
    targets_.builtin("event.category", true, false);
    to.type = targets_.builtin("event.type", true, false);
    to.action = targets_.builtin("event.action", false, false);
    to.outcome = targets_.builtin("event.outcome", false, false);
    to.provider = targets_.builtin("event.provider", false, false);
    to.created = targets_.builtin("event.created", false, true);
    to.ingested = targets_.builtin("event.ingested", false, true);
    to.dataset = targets_.builtin("event.dataset", false, true);
    to.module = targets_.builtin("event.module", false, true);
    to.original = targets_.builtin("event.original", false, true);
    to.original_encoding = targets_.builtin("cistern.original_encoding", false, true);
    to.ecs_version = targets_.builtin("ecs.version", false, true);
    to.cistern_id = targets_.builtin("cistern.id", false, true);
    to.connector = targets_.builtin("cistern.connector", false, true);
    to.stream = targets_.builtin("cistern.stream", false, true);
    to.sequence = targets_.builtin("cistern.sequence", false, true);
    to.meta = targets_.builtin("cistern.meta", false, true);
    to.timestamp_from = targets_.builtin("cistern.timestamp_from", false, true);
    for (const char* name : {"related.ip", "related.user", "related.hosts", "related.hash"}) {
      targets_.builtin(name, true, false);
    }
  }

  void add_known() {
    for (const auto& path : mapping_.known) {
      std::size_t level = 0;
      std::size_t from = 0;
      // `event.UserId` declares the members of `event`: what else it holds is drift as well.
      for (std::size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', from)) {
        program_->keys[level].declare(path.substr(0, from));
        program_->keys[level].entry(path.substr(from, dot - from)).known = true;
        level = child_level(level, path.substr(from, dot - from));
        from = dot + 1;
      }
      program_->keys[level].declare(path.substr(0, from));
      program_->keys[level].entry(path.substr(from)).known = true;
    }
  }

  /// The level behind a name, made if needed.
  std::size_t child_level(std::size_t level, const std::string& name) {
    KeyEntry& entry = program_->keys[level].entry(name);
    if (entry.child < 0) {
      entry.child = static_cast<std::int32_t>(program_->keys.size());
      level = program_->keys.size();
      program_->keys.emplace_back();  // ends the life of `entry`
      return level;
    }
    return static_cast<std::size_t>(entry.child);
  }

  /// The slot of a source path, made if needed.
  SlotId slot(const Place& place, const std::string& path) {
    if (const auto found = slots_.find(path); found != slots_.end()) return found->second;
    if (path.empty() || path.front() == '.' || path.back() == '.' ||
        path.find("..") != std::string::npos || path.size() > 512) {
      mistakes_.add(place, "`" + excerpt(path, 60) + "` is not a field of the record");
      return 0;
    }
    const auto id = static_cast<SlotId>(program_->slots.size());
    const bool of_meta = path.starts_with(kMetaPrefix);
    std::size_t level = of_meta ? meta_level() : 0;
    std::size_t from = of_meta ? kMetaPrefix.size() : 0;
    for (;;) {
      const std::size_t dot = path.find('.', from);
      const std::string name = path.substr(from, dot - from);
      KeyEntry& entry = program_->keys[level].entry(name);
      if (program_->keys[level].declares() && !entry.known) {
        mistakes_.add(place, "`" + path.substr(0, dot) + "` is not in the list `known`");
        entry.known = true;
      }
      if (dot == std::string::npos) {
        entry.slot = id;
        break;
      }
      level = child_level(level, name);
      from = dot + 1;
    }
    program_->slots.push_back({path, path.find('.') == std::string::npos});
    slots_.emplace(path, id);
    return id;
  }

  /// The level of the envelope's meta, made if needed.
  std::size_t meta_level() {
    if (program_->meta_keys < 0) {
      program_->meta_keys = static_cast<std::int32_t>(program_->keys.size());
      program_->keys.emplace_back();
    }
    return static_cast<std::size_t>(program_->meta_keys);
  }

  Table compile_table(const TableText& text, bool ignore_case) {
    Table table;
    for (const auto& [key, entry] : text.entries) {
      TableResult result;
      result.json = entry.value;
      result.constants = constants(text.place, entry.assignments);
      table.add(ignore_case ? lower_case(key) : key, std::move(result));
    }
    return table;
  }

  void add_tables() {
    for (const auto& [name, text] : mapping_.tables) {
      // Compiled once more for each rule that ignores case; the tables are small.
      table_ids_[name] = program_->tables.size();
      program_->tables.push_back(compile_table(text, false));
    }
  }

  std::vector<Constant> constants(const Place& place, const std::vector<Assignment>& assignments) {
    std::vector<Constant> compiled;
    for (const auto& assignment : assignments) {
      const TargetId id = targets_.use(place, assignment.target, assignment.list);
      for (const auto& json : assignment.values)
        compiled.push_back({id, json});
    }
    return compiled;
  }

  void add_rules(const std::vector<RuleText>& rules, int depth) {
    if (depth > kMaxGroupDepth) {
      mistakes_.add(rules.front().place, "rules are nested more than 32 deep");
      return;
    }
    for (const auto& rule : rules)
      add_rule(rule, depth);
  }

  void add_rule(const RuleText& rule, int depth) {
    std::optional<std::size_t> branch;
    if (!rule.when.empty()) {
      std::vector<Test> tests;
      if (!compile_condition(rule.when, tests)) return;
      if (!tests.empty()) {
        Op op;
        op.kind = Op::Kind::branch;
        op.tests = std::move(tests);
        branch = program_->ops.size();
        program_->ops.push_back(std::move(op));
      }
    }
    if (rule.verb == Verb::group) {
      if (!rule.rules.empty()) add_rules(rule.rules, depth + 1);
    } else {
      program_->ops.push_back(compile_rule(rule));
    }
    if (branch) program_->ops[*branch].jump = static_cast<std::uint32_t>(program_->ops.size());
  }

  /// Tests on options are decided now. False: the rule can never apply.
  bool compile_condition(const ConditionText& condition, std::vector<Test>& tests) {
    bool possible = true;
    for (const auto& test : condition) {
      if (test.field.compare(0, kOptionPrefix.size(), kOptionPrefix) == 0) {
        possible = holds_for_option(test) && possible;
        continue;
      }
      if (test.field.compare(0, kTargetPrefix.size(), kTargetPrefix) == 0) {
        tests.push_back(target_test(test));
        continue;
      }
      tests.push_back({test.kind, slot(test.place, test.field), {}, std::nullopt});
      for (const auto& value : test.values)
        tests.back().values.emplace_back(value);
      if (test.kind == TestText::Kind::equals && test.values.empty()) {
        mistakes_.add(test.place, "no value to compare `" + test.field + "` with");
      }
    }
    return possible;
  }

  Test target_test(const TestText& test) {
    const std::string path = test.field.substr(kTargetPrefix.size());
    if (test.kind != TestText::Kind::present && test.kind != TestText::Kind::absent) {
      mistakes_.add(test.place,
                    "of a field that rules set only `present` or `absent` can be asked");
    }
    return {test.kind, 0, {}, targets_.use(test.place, path, targets_.is_set(path))};
  }

  [[nodiscard]] bool holds_for_option(const TestText& test) const {
    const auto found = options_.texts.find(test.field.substr(kOptionPrefix.size()));
    const std::string value = found == options_.texts.end() ? std::string() : found->second;
    const bool among =
        std::find(test.values.begin(), test.values.end(), value) != test.values.end();
    switch (test.kind) {
      case TestText::Kind::equals:
        return among;
      case TestText::Kind::differs:
        return !among;
      case TestText::Kind::present:
        return !value.empty();
      case TestText::Kind::absent:
        return value.empty();
    }
    return false;
  }

  Op compile_rule(const RuleText& rule) {
    Op op;
    op.conversion = rule.conversion;
    op.keep = rule.keep;
    op.ignore_case = rule.ignore_case;
    op.redacts = rule.redacts;
    op.in_place = rule.in_place;
    op.separator = rule.separator;
    op.member = rule.member;
    if (!rule.source.empty()) op.slot = slot(rule.place, rule.source);
    switch (rule.verb) {
      case Verb::copy:
        op.kind = Op::Kind::copy;
        use_targets(rule, false, op);
        break;
      case Verb::add:
        op.kind = Op::Kind::add;
        use_targets(rule, true, op);
        break;
      case Verb::split:
        op.kind = Op::Kind::split;
        use_targets(rule, false, op);
        break;
      case Verb::set:
        op.kind = Op::Kind::set;
        op.constants = constants(rule.place, rule.constants);
        break;
      case Verb::lookup:
        compile_lookup(rule, op);
        break;
      case Verb::endpoint:
        op.kind = Op::Kind::endpoint;
        op.targets.push_back(targets_.use(rule.place, "network.type", false));
        for (const auto& path : rule.targets) {
          op.endpoints.push_back({targets_.use(rule.place, path + ".address", false),
                                  targets_.use(rule.place, path + ".ip", false),
                                  targets_.use(rule.place, path + ".port", false),
                                  targets_.use(rule.place, path + ".domain", false)});
        }
        break;
      case Verb::call:
        compile_call(rule, op);
        break;
      case Verb::drop:
      case Verb::group:
        op.kind = Op::Kind::drop;
        break;
    }
    return op;
  }

  void use_targets(const RuleText& rule, bool set, Op& op) {
    for (const auto& path : rule.targets)
      op.targets.push_back(targets_.use(rule.place, path, set));
  }

  void compile_lookup(const RuleText& rule, Op& op) {
    op.kind = Op::Kind::lookup;
    for (const auto& path : rule.targets) {
      op.targets.push_back(targets_.use(rule.place, path, targets_.is_set(path)));
    }
    const TableText* text = &rule.inline_table;
    if (!rule.option_table.empty()) {
      op.table = program_->tables.size();
      program_->tables.push_back(option_table(rule.option_table, rule.ignore_case));
    } else if (!rule.table.empty()) {
      const auto found = mapping_.tables.find(rule.table);
      if (found == mapping_.tables.end()) {
        mistakes_.add(rule.place, "no table is named `" + rule.table + "`");
        return;
      }
      text = &found->second;
      op.table = table_ids_[rule.table];
      if (rule.ignore_case) {
        op.table = program_->tables.size();
        program_->tables.push_back(compile_table(*text, true));
      }
    } else {
      op.table = program_->tables.size();
      program_->tables.push_back(compile_table(*text, rule.ignore_case));
    }
    check_table(rule, program_->tables[op.table], op);
  }

  void check_table(const RuleText& rule, const Table& table, const Op& op) {
    for (const TableResult& result : table.results()) {
      if (!result.json.empty() && op.targets.empty()) {
        mistakes_.add(rule.place, "`lookup` needs `to`: the table gives plain values");
        return;
      }
    }
  }

  Table option_table(const std::string& name, bool ignore_case) {
    Table table;
    const auto found = options_.tables.find(name);
    if (found == options_.tables.end()) return table;
    for (const auto& [key, value] : found->second) {
      table.add(ignore_case ? lower_case(key) : key, TableResult{json_string(value), {}});
    }
    return table;
  }

  void compile_call(const RuleText& rule, Op& op) {
    op.kind = Op::Kind::call;
    const auto found = program_->functions.find(rule.function);
    if (found == program_->functions.end()) {
      std::vector<std::string> names;
      for (const auto& [name, function] : program_->functions)
        names.push_back(name);
      std::string what = "no function is named `" + rule.function + "`";
      if (const auto near = nearest_word(rule.function, names)) what += "; `" + *near + "` is one";
      mistakes_.add(rule.place, what);
      return;
    }
    op.function = &found->second;
    if (rule.in_place && rule.source.starts_with(kMetaPrefix)) {
      mistakes_.add(rule.place, "`in_place` replaces fields of the record, not of its meta");
    }
    if (rule.in_place && !rule.targets.empty()) {
      mistakes_.add(rule.place, "`call` has either `to` or `in_place`");
    }
    const auto give = [&](const std::string& name, bool set) {
      const std::string prefix = rule.targets.empty() ? std::string() : rule.targets.front();
      const std::string path = name.front() == '.' ? prefix + name : name;
      op.gives.emplace_back(name, targets_.use(rule.place, path, set));
    };
    for (const auto& name : rule.gives)
      give(name, false);
    for (const auto& name : rule.gives_sets)
      give(name, true);
  }

  void add_related() {
    for (const auto& [kind, fields] : mapping_.related) {
      Related related;
      related.set = targets_.use(mapping_.place, "related." + kind, true);
      for (const auto& field : fields) {
        related.sources.push_back(targets_.use(mapping_.place, field, targets_.is_set(field)));
      }
      program_->related.push_back(std::move(related));
    }
  }

  const MappingText& mapping_;
  const ViewOptions& options_;
  Mistakes& mistakes_;
  TargetList targets_;
  std::unique_ptr<Program> program_ = std::make_unique<Program>();
  std::map<std::string, SlotId> slots_;
  std::map<std::string, std::size_t> table_ids_;
};

}  // namespace

std::unique_ptr<const Program> compile_program(const MappingText& mapping,
                                               const FunctionTable& functions,
                                               const ReaderTable& readers,
                                               const ViewOptions& options, Mistakes& mistakes) {
  Compiler compiler(mapping, functions, options, mistakes);
  compiler.use_reader(readers);
  return compiler.run();
}

}  // namespace cistern::ecs
