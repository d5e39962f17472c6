#include "ecs/function_sink.hpp"

#include "ecs/evaluate.hpp"

#include <algorithm>

namespace cistern::ecs {
namespace {

/// Members of objects made by functions are told apart by the replacement they belong to; targets
/// are numbered below this.
constexpr std::uint32_t kMemberOwners = 0x10000;

}  // namespace

void FunctionSink::set_json(std::string_view field, std::string_view json) {
  put(field, scratch_.arena.copy(json), false);
}

void FunctionSink::set_string(std::string_view field, std::string_view text) {
  put(field, scratch_.arena.json_string(text), false);
}

void FunctionSink::add_string(std::string_view field, std::string_view text) {
  put(field, scratch_.arena.json_string(text), true);
}

void FunctionSink::put(std::string_view field, std::string_view json, bool set) {
  if (op_.in_place && !field.empty() && field.front() == '.') {
    put_in_place(field.substr(1), json);
    return;
  }
  const auto found = std::find_if(op_.gives.begin(), op_.gives.end(),
                                  [field](const auto& give) { return give.first == field; });
  if (found == op_.gives.end()) {
    undeclared_ = field;
  } else if (set) {
    add_value(scratch_, found->second, json);
  } else {
    set_value(scratch_, found->second, json);
  }
}

void FunctionSink::put_in_place(std::string_view name, std::string_view json) {
  if (!replaces_) {
    replaces_ = true;
    replacement_ = static_cast<std::uint32_t>(scratch_.replacements.size());
    scratch_.replacements.emplace_back();
  }
  Replacement& to = scratch_.replacements[replacement_];
  if (name.empty()) {
    to.whole = json;
    return;
  }
  const auto number = static_cast<std::uint32_t>(scratch_.members.size());
  Member member;
  member.key_json = scratch_.arena.json_string(name);
  member.json = json;
  const std::uint32_t first =
      scratch_.index.find_or_add(kMemberOwners + replacement_, member.key_json, number);
  member.repeated = first != number;
  scratch_.members.push_back(member);
  if (member.repeated) {
    // Later values of a key are chained behind the first in reverse; the writer turns them round.
    scratch_.members[number].same = scratch_.members[first].same;
    scratch_.members[first].same = number + 1;
    return;
  }
  if (to.last != 0) scratch_.members[to.last - 1].next = number + 1;
  to.last = number + 1;
  if (to.first == 0) to.first = number + 1;
}

}  // namespace cistern::ecs
