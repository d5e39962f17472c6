#include "ecs/extract.hpp"

#include "codec/json_scan.hpp"

namespace cistern::ecs {
namespace {

class Extraction {
 public:
  Extraction(const Program& program, ViewScratch& scratch) : program_(program), scratch_(scratch) {}

  void meta(std::string_view json) { object(program_.meta_keys, 0, json); }

  bool record(std::string_view raw) {
    codec::JsonMembers members(raw);
    while (members.next()) {
      const auto number = static_cast<std::uint32_t>(scratch_.fields.size());
      const std::string_view member = members.member();
      scratch_.fields.push_back({member.data(), member.data() + member.size(),
                                 static_cast<std::uint32_t>(members.key().size() + 2)});
      std::string_view key = members.key();
      std::int32_t found = program_.keys.front().find(key);
      if (found < 0) {
        key = plain(key);
        found = program_.keys.front().find(key);
      }
      if (found < 0) {
        unknown(key, number);
      } else {
        known(found, number, members);
      }
    }
    const std::string_view rest = members.rest();
    return !members.damaged() && codec::skip_json_space(rest.data(), rest.data() + rest.size()) ==
                                     rest.data() + rest.size();
  }

 private:
  /// A key without escapes; keys with escapes are rare.
  std::string_view plain(std::string_view key) {
    if (key.find('\\') == std::string_view::npos) return key;
    scratch_.text.clear();
    codec::append_unescaped(scratch_.text, key);
    return scratch_.arena.copy(scratch_.text);
  }

  void known(std::int32_t found, std::uint32_t number, const codec::JsonMembers& member) {
    const KeyTable& table = program_.keys.front();
    const KeyEntry& entry = table.at(found);
    if (table.declares() && !entry.known) scratch_.count_unknown(table.name(found));
    std::uint32_t& before = scratch_.field_of_key[static_cast<std::size_t>(found)];
    if (before != 0) scratch_.fields[before - 1].state = Field::State::left_out;
    if (before != 0 && entry.child >= 0) clear(entry.child);
    before = number + 1;
    take(entry, number, member);
  }

  void unknown(std::string_view key, std::uint32_t number) {
    if (program_.keys.front().declares()) scratch_.count_unknown(key);
    // Targets are numbered from 0, so no set shares this owner.
    constexpr std::uint32_t kUnknownKeys = 0xFFFFFFFF;
    const std::uint32_t before = scratch_.index.find_or_add(kUnknownKeys, key, number);
    if (before == number) return;
    // Keeping the first of several unknown values in their place is enough: the last one wins.
    scratch_.fields[before].state = Field::State::left_out;
    std::swap(scratch_.fields[before], scratch_.fields[number]);
  }

  void take(const KeyEntry& entry, std::uint32_t number, const codec::JsonMembers& member) {
    const std::string_view value = member.value();
    if (entry.slot >= 0) {
      SlotValue& slot = scratch_.slots[static_cast<std::size_t>(entry.slot)];
      slot = {};
      if (value != "null") slot.json = value;
      slot.field = number;
      slot.escaped = member.escaped();
      scratch_.filled.push_back(static_cast<SlotId>(entry.slot));
    }
    if (entry.child >= 0 && value.front() == '{') object(entry.child, number, value);
  }

  void object(std::int32_t level, std::uint32_t number, std::string_view json) {
    const KeyTable& table = program_.keys[static_cast<std::size_t>(level)];
    for (codec::JsonMembers members(json); members.next();) {
      std::string_view key = members.key();
      std::int32_t found = table.find(key);
      if (found < 0) {
        key = plain(key);
        found = table.find(key);
      }
      if (found >= 0) take(table.at(found), number, members);
      if (table.declares() && (found < 0 || !table.at(found).known)) unknown_inside(table, key);
    }
  }

  void unknown_inside(const KeyTable& table, std::string_view key) {
    std::string name = table.prefix();
    name += key;
    scratch_.count_unknown(name);
  }

  /// Forgets what an earlier value of a repeated key held.
  void clear(std::int32_t level) {
    for (const KeyEntry& entry : program_.keys[static_cast<std::size_t>(level)].entries()) {
      if (entry.slot >= 0) scratch_.slots[static_cast<std::size_t>(entry.slot)] = {};
      if (entry.child >= 0) clear(entry.child);
    }
  }

  const Program& program_;
  ViewScratch& scratch_;
};

}  // namespace

bool extract(const Program& program, std::string_view raw, ViewScratch& scratch) {
  return Extraction(program, scratch).record(raw);
}

void extract_meta(const Program& program, std::string_view meta, ViewScratch& scratch) {
  if (program.meta_keys >= 0 && !meta.empty()) Extraction(program, scratch).meta(meta);
}

}  // namespace cistern::ecs
