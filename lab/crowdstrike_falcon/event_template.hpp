// Events from templates: literal pieces and slots, filled from dice.
//
// A template is the JSON of one event with slots `@{name}`; line breaks and the blanks that follow
// them are left out. `@{=a|b|c}` is one of the words, `@{n:500}` a number below 500.
#pragma once

#include "base/time.hpp"
#include "lab/harness/random.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::lab {

/// What all slots of one event share.
struct EventFacts {
  std::string_view customer;  ///< 32 hexadecimal digits.
  TimePoint time{};           ///< When the event was made.
  std::uint32_t host = 0;     ///< The device.
  std::uint32_t user = 0;     ///< The one who acts.
};

class EventTemplate {
 public:
  /// The text must be one of ours: an unknown slot is a bug and ends the program.
  explicit EventTemplate(std::string_view text);
  void append(std::string& out, const EventFacts& facts, Dice& dice) const;

 private:
  enum class Slot : std::uint8_t {
    literal,
    choice,
    number,
    customer,
    agent,
    host,
    user,
    email,
    account,
    sid,
    address4,
    address6,
    own_address,
    mac,
    seconds,
    seconds_before,
    milliseconds,
    milliseconds_before,
    filetime,
    filetime_before,
    rfc3339,
    either,
    uuid,
    hex32,
    hex40,
    hex64,
    process,
    port,
    domain,
    url,
    file,
    path,
    command,
    text,
    tricky,
    browser,
    country
  };
  struct Piece {
    Slot slot = Slot::literal;
    std::string text;
    std::vector<std::string> choices;
    std::uint64_t bound = 0;
  };
  void add_literal(std::string_view text);
  void add_slot(std::string_view name);
  static bool append_identity(std::string& out, Slot slot, const EventFacts& facts);
  static bool append_time_slot(std::string& out, Slot slot, const EventFacts& facts, Dice& dice);
  static void append_value(std::string& out, const Piece& piece, Dice& dice);

  std::vector<Piece> pieces_;
};

/// The agent id of a device: 32 hexadecimal digits.
void append_agent_id(std::string& out, std::string_view customer, std::uint32_t host);
void append_decimal(std::string& out, std::uint64_t value);
/// `count` lower-case hexadecimal digits, at most 16.
void append_hex_number(std::string& out, std::uint64_t value, unsigned count);
/// `7d1f0c2e-0000-4000-8000-000000000001` from dice.
void append_uuid(std::string& out, Dice& dice);

}  // namespace cistern::lab
