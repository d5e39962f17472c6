#include "ecs/scratch.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"

#include <algorithm>
#include <bit>

namespace cistern::ecs {
namespace {

constexpr std::size_t kBlock = 64UL * 1024;
/// A single enormous record must not keep its memory for ever.
constexpr std::size_t kKeptBlocks = 16;
constexpr std::size_t kMaxDriftNames = 256;
constexpr std::size_t kMaxNameLength = 120;

void count(std::map<std::string, std::uint64_t, std::less<>>& names, std::string_view name,
           std::uint64_t& left_out) {
  const auto found = names.find(name);
  if (found != names.end()) {
    ++found->second;
  } else if (names.size() < kMaxDriftNames) {
    names.emplace(excerpt(name, kMaxNameLength), 1);
  } else {
    ++left_out;
  }
}

}  // namespace

void Arena::reset() {
  if (blocks_.size() > kKeptBlocks) blocks_.resize(kKeptBlocks);
  block_ = 0;
  used_ = 0;
}

char* Arena::allocate(std::size_t size) {
  while (block_ < blocks_.size() && blocks_[block_].size - used_ < size) {
    ++block_;
    used_ = 0;
  }
  if (block_ == blocks_.size()) {
    const std::size_t block_size = std::max(kBlock, size);
    blocks_.push_back({std::make_unique<char[]>(block_size), block_size});
    used_ = 0;
  }
  char* const bytes = blocks_[block_].bytes.get() + used_;
  used_ += size;
  return bytes;
}

std::string_view Arena::copy(std::string_view text) {
  if (text.empty()) return {};
  char* const bytes = allocate(text.size());
  std::memcpy(bytes, text.data(), text.size());
  return {bytes, text.size()};
}

std::string_view Arena::json_string(std::string_view text) {
  if (!codec::needs_json_escape(text)) return quoted(text);
  text_.clear();
  codec::append_json_string(text_, text);
  return copy(text_);
}

std::string_view Arena::quoted(std::string_view escaped) {
  char* const bytes = allocate(escaped.size() + 2);
  bytes[0] = '"';
  if (!escaped.empty()) std::memcpy(bytes + 1, escaped.data(), escaped.size());
  bytes[escaped.size() + 1] = '"';
  return {bytes, escaped.size() + 2};
}

void TextIndex::reset() {
  ++generation_;
  used_ = 0;
}

std::uint32_t TextIndex::find_or_add(std::uint32_t owner, std::string_view text,
                                     std::uint32_t number) {
  if (used_ * 2 >= places_.size()) grow();
  const std::size_t mask = places_.size() - 1;
  std::size_t at = (std::hash<std::string_view>{}(text) + owner * 0x9E3779B9UL) & mask;
  while (places_[at].generation == generation_) {
    if (places_[at].owner == owner && places_[at].text == text) return places_[at].number;
    at = (at + 1) & mask;
  }
  places_[at] = {text, owner, number, generation_};
  ++used_;
  return number;
}

void TextIndex::grow() {
  const std::vector<Place> before = std::move(places_);
  places_ = std::vector<Place>(before.size() * 2);
  const std::uint32_t generation = generation_;
  generation_ = 1;
  used_ = 0;
  for (const Place& place : before) {
    if (place.generation == generation) find_or_add(place.owner, place.text, place.number);
  }
}

std::map<std::string, Drift, std::less<>> ViewScratch::take_drift() {
  return std::exchange(drift_, {});
}

void ViewScratch::begin(const Program& program, std::string_view stream) {
  stream_ = stream;
  arena.reset();
  if (program_ == &program) {
    forget_last();
  } else {
    program_ = &program;
    slots.assign(program.slots.size(), {});
    values.assign(program.targets.size(), {});
    set_bits.assign(program.plan.fields.size() / 64 + 1, 0);
    filled.clear();
  }
  field_of_key.assign(program.keys.front().entries().size(), 0);
  fields.clear();
  entries.clear();
  replacements.clear();
  splices.clear();
  members.clear();
  index.reset();
  redacted = false;
}

/// A record fills a few of the slots and targets; clearing all would cost as much as filling those.
void ViewScratch::forget_last() {
  for (const SlotId slot : filled)
    slots[slot] = {};
  filled.clear();
  for (std::size_t word = 0; word < set_bits.size(); ++word) {
    for (std::uint64_t left = set_bits[word]; left != 0; left &= left - 1) {
      const auto place = word * 64 + static_cast<std::size_t>(std::countr_zero(left));
      values[program_->plan.fields[place].target] = {};
    }
    set_bits[word] = 0;
  }
}

Drift& ViewScratch::drift() {
  const auto found = drift_.find(stream_);
  return found != drift_.end() ? found->second : drift_[std::string(stream_)];
}

void ViewScratch::count_unknown(std::string_view name) {
  Drift& counts = drift();
  count(counts.unknown_fields, name, counts.names_left_out);
}

void ViewScratch::count_wrong_type(std::string_view name) {
  Drift& counts = drift();
  count(counts.wrong_types, name, counts.names_left_out);
}

}  // namespace cistern::ecs
