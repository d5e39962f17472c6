// Working memory for one record after the other: reset, never freed between records.
#pragma once

#include "ecs/out_buffer.hpp"
#include "ecs/program.hpp"
#include "ecs/view.hpp"

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace cistern::ecs {

/// Text that lives until the next reset. Views stay valid while it grows.
class Arena {
 public:
  void reset();
  /// Room for `size` bytes.
  char* allocate(std::size_t size);
  std::string_view copy(std::string_view text);
  /// As a JSON string with quotes.
  std::string_view json_string(std::string_view text);
  /// Text that is escaped already, with quotes.
  std::string_view quoted(std::string_view escaped);

 private:
  struct Block {
    std::unique_ptr<char[]> bytes;
    std::size_t size = 0;
  };
  std::vector<Block> blocks_;
  std::size_t block_ = 0;
  std::size_t used_ = 0;
  std::string text_;
};

struct SlotValue {
  std::string_view json;    ///< Empty: absent.
  std::string_view text;    ///< Unescaped, once asked for,
  NameBits bits;            ///< and its bits.
  std::uint32_t field = 0;  ///< The member of the record's own level that holds it.
  bool text_known = false;
  bool escaped = false;  ///< Holds a backslash.
};

/// A member of the record's own level.
struct Field {
  enum class State : std::uint8_t { kept, left_out, replaced };
  const char* begin = nullptr;  ///< The key's opening quote.
  const char* end = nullptr;    ///< One past the value.
  std::uint32_t key_size = 0;   ///< With both quotes.
  State state = State::kept;
  std::uint32_t replacement = 0;  ///< Index into Scratch::replacements.
};

/// What a function put in the place of a member: one value, or the members of an object.
struct Replacement {
  std::string_view whole;
  std::uint32_t first = 0;  ///< Index into Scratch::members, plus one.
  std::uint32_t last = 0;
};

/// A value inside a member of the record's own level that a function replaced.
struct Splice {
  std::string_view json;
  std::uint32_t replacement = 0;  ///< Index into Scratch::replacements.
};

struct Member {
  std::string_view key_json;
  std::string_view json;
  std::uint32_t next = 0;  ///< The next member of the object, plus one.
  std::uint32_t same = 0;  ///< The next value under the same key, plus one.
  bool repeated = false;   ///< Written with the first of that key.
};

struct TargetValue {
  std::string_view json;    ///< Single field; empty: not set.
  std::uint32_t first = 0;  ///< Set: index into Scratch::entries, plus one.
  std::uint32_t last = 0;
  std::uint32_t count = 0;
};

struct SetEntry {
  std::string_view json;
  std::uint32_t next = 0;
};

/// Finds equal texts of one owner. Emptied by raising a generation.
class TextIndex {
 public:
  void reset();
  /// The number stored for (owner, text), or stores `number` and returns it.
  std::uint32_t find_or_add(std::uint32_t owner, std::string_view text, std::uint32_t number);

 private:
  struct Place {
    std::string_view text;
    std::uint32_t owner = 0;
    std::uint32_t number = 0;
    std::uint32_t generation = 0;
  };
  void grow();
  std::vector<Place> places_ = std::vector<Place>(64);
  std::uint32_t generation_ = 1;
  std::size_t used_ = 0;
};

class ViewScratch : public View::Scratch {
 public:
  std::map<std::string, Drift, std::less<>> take_drift() override;

  /// Makes room for a program and forgets the last record.
  void begin(const Program& program, std::string_view stream);
  void count_unknown(std::string_view name);
  void count_wrong_type(std::string_view name);

  Arena arena;
  std::vector<SlotValue> slots;
  std::vector<Field> fields;
  std::vector<std::uint32_t> field_of_key;  ///< By entry of keys[0], plus one.
  std::vector<TargetValue> values;
  /// One bit a field of the plan: whether it has a value.
  std::vector<std::uint64_t> set_bits;
  std::vector<SlotId> filled;  ///< Slots that have a value; some twice.
  std::vector<SetEntry> entries;
  std::vector<Replacement> replacements;
  std::vector<Splice> splices;  ///< In the order of the record, apart from each other.
  std::vector<Member> members;
  TextIndex index;
  std::string compact;
  std::string text;
  std::string read_text;  ///< A record of text without the escapes of the store,
  std::string read_json;  ///< and what its reader made of it.
  OutBuffer document;
  bool redacted = false;

  /// Notes that the target has a value.
  void mark(TargetId target) {
    const std::uint16_t place = program_->plan.places[target];
    set_bits[place / 64] |= std::uint64_t{1} << (place % 64);
  }

 private:
  void forget_last();
  Drift& drift();
  const Program* program_ = nullptr;  ///< Of the last record.
  std::string_view stream_;
  std::map<std::string, Drift, std::less<>> drift_;
};

}  // namespace cistern::ecs
