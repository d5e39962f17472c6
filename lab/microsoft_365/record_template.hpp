// Records from templates: literal pieces and slots, filled from dice.
//
// A template is JSON with slots `@{name}`; line breaks and the blanks that follow them are left
// out.
// `@{=a|b|c}` is one of the words.
#pragma once

#include "base/time.hpp"
#include "lab/harness/random.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::lab {

/// What all slots of one record share.
struct RecordFacts {
  std::string_view tenant;  ///< GUID.
  std::string_view host;    ///< "contoso1"
  std::string_view id;      ///< GUID of the record.
  TimePoint time{};         ///< CreationTime.
  std::uint32_t user = 0;   ///< The one who acts.
  std::uint32_t other = 0;  ///< The one acted upon.
};

class RecordTemplate {
 public:
  /// The text must be one of ours: an unknown slot is a bug and ends the program.
  explicit RecordTemplate(std::string_view text);
  void append(std::string& out, const RecordFacts& facts, Dice& dice) const;

 private:
  enum class Slot : std::uint8_t {
    literal,
    choice,
    id,
    time,
    when,
    seconds,
    org,
    host,
    user,
    other,
    name,
    puid,
    guid,
    sid,
    ip,
    ip4,
    number,
    size,
    big,
    file,
    folder,
    subject,
    agent,
    text,
    device,
    hash,
    type_number
  };
  struct Piece {
    Slot slot = Slot::literal;
    std::string text;  // Literal, or the number of `type_number`.
    std::vector<std::string> choices;
  };
  void add_literal(std::string_view text);
  void add_slot(std::string_view name);
  static void append_slot(std::string& out, const Piece& piece, const RecordFacts& facts,
                          Dice& dice);

  std::vector<Piece> pieces_;
};

void append_guid(std::string& out, Dice& dice);
/// `2026-03-04T05:06:07`
void append_seconds(std::string& out, TimePoint time);

}  // namespace cistern::lab
