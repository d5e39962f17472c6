#include "ecs/evaluate.hpp"

#include "base/bytes.hpp"
#include "codec/json_scan.hpp"
#include "ecs/convert.hpp"
#include "ecs/endpoint.hpp"
#include "ecs/function_sink.hpp"
#include "ecs/numeric_time.hpp"

#include <algorithm>

namespace cistern::ecs {
namespace {

class Evaluation {
 public:
  Evaluation(const Program& program, ViewScratch& scratch) : program_(program), scratch_(scratch) {}

  bool run() {
    for (std::size_t at = 0; at < program_.ops.size();) {
      const Op& op = program_.ops[at];
      if (op.kind == Op::Kind::drop) return false;
      if (op.kind == Op::Kind::branch && !holds(op)) {
        at = op.jump;
        continue;
      }
      step(op);
      ++at;
    }
    relate();
    return true;
  }

 private:
  void step(const Op& op) {
    switch (op.kind) {
      case Op::Kind::copy:
        copy(op);
        break;
      case Op::Kind::add:
        add(op);
        break;
      case Op::Kind::set:
        assign(op.constants);
        break;
      case Op::Kind::lookup:
        lookup(op);
        break;
      case Op::Kind::split:
        split(op);
        break;
      case Op::Kind::endpoint:
        endpoint(op);
        break;
      case Op::Kind::call:
        call(op);
        break;
      case Op::Kind::drop:
      case Op::Kind::branch:
        break;
    }
  }

  bool holds(const Op& op) {
    return std::all_of(op.tests.begin(), op.tests.end(),
                       [this](const Test& test) { return holds(test); });
  }

  bool holds(const Test& test) {
    if (test.target) {
      const TargetValue& value = scratch_.values[*test.target];
      const bool present = !value.json.empty() || value.first != 0;
      return present == (test.kind == TestText::Kind::present);
    }
    const SlotValue& slot = scratch_.slots[test.slot];
    if (test.kind == TestText::Kind::present) return !is_blank(slot.json);
    if (test.kind == TestText::Kind::absent) return is_blank(slot.json);
    const bool among = !slot.json.empty() && is_among(test);
    return among == (test.kind == TestText::Kind::equals);
  }

  bool is_among(const Test& test) {
    const std::string_view text = text_of(scratch_, test.slot);
    const NameBits& bits = scratch_.slots[test.slot].bits;
    return std::any_of(test.values.begin(), test.values.end(),
                       [&](const Name& value) { return value.equals(text, bits); });
  }

  /// The source is there and says something.
  const SlotValue* source(const Op& op) {
    const SlotValue& slot = scratch_.slots[op.slot];
    return is_blank(slot.json) ? nullptr : &slot;
  }

  void wrong_type(const Op& op) { scratch_.count_wrong_type(program_.slots[op.slot].path); }

  void copy(const Op& op) {
    const SlotValue* const slot = source(op);
    if (slot == nullptr) return;
    const std::string_view json = convert(op.conversion, slot->json, scratch_);
    if (json.empty()) {
      if (op.conversion == Conversion::time && is_zero_time(slot->json)) return;
      return wrong_type(op);
    }
    bool copied = false;
    for (const TargetId target : op.targets)
      copied = set_value(scratch_, target, json) || copied;
    // What stands word for word in an ECS field is not repeated below the vendor's key.
    if (copied && !op.keep && json.data() == slot->json.data() &&
        program_.slots[op.slot].top_level) {
      leave_out(slot->field);
    }
  }

  void leave_out(std::uint32_t field) {
    if (scratch_.fields[field].state == Field::State::kept) {
      scratch_.fields[field].state = Field::State::left_out;
    }
  }

  void add(const Op& op) {
    const SlotValue* const slot = source(op);
    if (slot == nullptr) return;
    if (!add_each(op, slot->json, op.member)) wrong_type(op);
  }

  /// The value or each element of an array, or that member of them. False: some were of a type that
  /// the conversion does not take.
  bool add_each(const Op& op, std::string_view json, std::string_view member) {
    if (json.front() != '[') return add_member(op, json, member);
    bool all = true;
    for (codec::JsonElements elements(json); elements.next();) {
      all = add_member(op, elements.value(), member) && all;
    }
    return all;
  }

  bool add_member(const Op& op, std::string_view json, std::string_view member) {
    if (is_blank(json)) return true;
    if (member.empty()) return op.separator.empty() ? add_one(op, json) : add_parts(op, json);
    if (json.front() != '{') return false;
    std::string_view value;
    for (codec::JsonMembers members(json); members.next();) {
      if (members.key() == member) value = members.value();
    }
    return is_blank(value) || add_each(op, value, {});
  }

  /// The parts of a text, without the blanks around them.
  bool add_parts(const Op& op, std::string_view json) {
    if (json.front() != '"') return false;
    std::string_view left = scalar_text(json, scratch_);
    bool all = true;
    for (bool more = true; more;) {
      const std::size_t at = left.find(op.separator);
      more = at != std::string_view::npos;
      std::string_view part = left.substr(0, at);
      if (more) left.remove_prefix(at + op.separator.size());
      while (!part.empty() && part.front() == ' ')
        part.remove_prefix(1);
      while (!part.empty() && part.back() == ' ')
        part.remove_suffix(1);
      if (!part.empty()) all = add_one(op, scratch_.arena.json_string(part)) && all;
    }
    return all;
  }

  bool add_one(const Op& op, std::string_view value) {
    const std::string_view json = convert(op.conversion, value, scratch_);
    if (json.empty()) return false;
    for (const TargetId target : op.targets)
      add_value(scratch_, target, json);
    return true;
  }

  void assign(const std::vector<Constant>& constants) {
    for (const Constant& constant : constants)
      put(constant.target, constant.json);
  }

  void put(TargetId target, std::string_view json) {
    if (program_.targets[target].set) {
      add_value(scratch_, target, json);
    } else {
      set_value(scratch_, target, json);
    }
  }

  void lookup(const Op& op) {
    if (source(op) == nullptr) return;
    std::string_view key = text_of(scratch_, op.slot);
    if (op.ignore_case) key = scratch_.arena.copy(lower_case(key));
    const Table& table = program_.tables[op.table];
    const TableResult* const found = table.find(key);
    if (found == nullptr) return;
    if (!found->json.empty()) {
      for (const TargetId target : op.targets)
        put(target, found->json);
    }
    assign(found->constants);
  }

  /// All parts or none: a text without the separator gives nothing. A third target gets the whole.
  void split(const Op& op) {
    const SlotValue* const slot = source(op);
    if (slot == nullptr) return;
    if (slot->json.front() != '"') return wrong_type(op);
    const std::string_view text = text_of(scratch_, op.slot);
    // The last occurrence: a name may hold the separator, a domain may not.
    const std::size_t at = text.rfind(op.separator);
    if (at == std::string_view::npos || at == 0 || at + op.separator.size() == text.size()) return;
    const std::string_view parts[] = {text.substr(0, at), text.substr(at + op.separator.size())};
    for (std::size_t i = 0; i < op.targets.size(); ++i) {
      set_value(scratch_, op.targets[i],
                i < std::size(parts) ? scratch_.arena.json_string(parts[i]) : slot->json);
    }
  }

  void endpoint(const Op& op) {
    const SlotValue* const slot = source(op);
    if (slot == nullptr) return;
    if (slot->json.front() != '"') return wrong_type(op);
    const auto endpoint = parse_endpoint(text_of(scratch_, op.slot));
    if (!endpoint) return;
    const std::string_view host =
        scratch_.arena.json_string(endpoint->ip ? endpoint->ip->text : endpoint->domain);
    bool whole = false;
    for (const EndpointTargets& to : op.endpoints) {
      // An address and a port of two different sources would describe a peer that never was.
      if (!set_value(scratch_, to.address, host)) continue;
      whole = host == slot->json;
      set_value(scratch_, endpoint->ip ? to.ip : to.domain, host);
      if (endpoint->ip) {
        set_value(scratch_, op.targets.front(), endpoint->ip->v6 ? "\"ipv6\"" : "\"ipv4\"");
      }
      if (endpoint->port) {
        set_value(scratch_, to.port, scratch_.arena.copy(std::to_string(*endpoint->port)));
      }
    }
    if (whole && program_.slots[op.slot].top_level) leave_out(slot->field);
  }

  void call(const Op& op) {
    const SlotValue* const slot = source(op);
    if (slot == nullptr) return;
    FunctionSink sink(op, scratch_);
    if (!(*op.function)(slot->json, sink)) return wrong_type(op);
    if (!sink.undeclared().empty()) {
      scratch_.count_wrong_type(program_.slots[op.slot].path + " (undeclared result)");
    }
    if (sink.replaces() && replace(op, *slot, sink.replacement())) {
      scratch_.redacted = scratch_.redacted || op.redacts;
    }
  }

  /// False: something else stands in the value's place already.
  bool replace(const Op& op, const SlotValue& slot, std::uint32_t replacement) {
    Field& field = scratch_.fields[slot.field];
    if (field.state != Field::State::kept) return false;
    if (program_.slots[op.slot].top_level) {
      field.state = Field::State::replaced;
      field.replacement = replacement;
      return true;
    }
    const char* const begin = slot.json.data();
    std::vector<Splice>& splices = scratch_.splices;
    const auto after = std::find_if(splices.begin(), splices.end(), [begin](const Splice& other) {
      return other.json.data() + other.json.size() > begin;
    });
    if (after != splices.end() && after->json.data() < begin + slot.json.size()) return false;
    splices.insert(after, {slot.json, replacement});
    return true;
  }

  void relate() {
    for (const Related& related : program_.related) {
      for (const TargetId source : related.sources) {
        const TargetValue& value = scratch_.values[source];
        if (!value.json.empty()) add_value(scratch_, related.set, value.json);
        for (std::uint32_t at = value.first; at != 0; at = scratch_.entries[at - 1].next) {
          add_value(scratch_, related.set, std::string_view(scratch_.entries[at - 1].json));
        }
      }
    }
  }

  const Program& program_;
  ViewScratch& scratch_;
};

}  // namespace

bool set_value(ViewScratch& scratch, TargetId target, std::string_view json) {
  TargetValue& value = scratch.values[target];
  if (!value.json.empty()) return false;
  value.json = json;
  if (!json.empty()) scratch.mark(target);
  return true;
}

void add_value(ViewScratch& scratch, TargetId target, std::string_view json) {
  // Most sets hold one to four values; larger ones are indexed, so that a long list of recipients
  // costs no square of its length.
  constexpr std::uint32_t kCompared = 8;
  TargetValue& value = scratch.values[target];
  const auto number = static_cast<std::uint32_t>(scratch.entries.size());
  if (value.count < kCompared) {
    for (std::uint32_t at = value.first; at != 0; at = scratch.entries[at - 1].next) {
      if (scratch.entries[at - 1].json == json) return;
    }
  } else {
    for (std::uint32_t at = value.count == kCompared ? value.first : 0; at != 0;
         at = scratch.entries[at - 1].next) {
      scratch.index.find_or_add(target, scratch.entries[at - 1].json, at - 1);
    }
    if (scratch.index.find_or_add(target, json, number) != number) return;
  }
  scratch.entries.push_back({json, 0});
  if (value.last != 0) scratch.entries[value.last - 1].next = number + 1;
  value.last = number + 1;
  if (value.first == 0) {
    value.first = number + 1;
    scratch.mark(target);
  }
  ++value.count;
}

std::string_view text_of(ViewScratch& scratch, SlotId id) {
  SlotValue& slot = scratch.slots[id];
  if (slot.text_known) return slot.text;
  slot.text_known = true;
  if (slot.json.empty() || slot.json.front() == '{' || slot.json.front() == '[') return slot.text;
  if (slot.json.front() == '"' && !slot.escaped) {
    slot.text = slot.json.substr(1, slot.json.size() - 2);
  } else {
    slot.text = scalar_text(slot.json, scratch);
  }
  slot.bits = NameBits(slot.text);
  return slot.text;
}

bool evaluate(const Program& program, ViewScratch& scratch) {
  return Evaluation(program, scratch).run();
}

}  // namespace cistern::ecs
