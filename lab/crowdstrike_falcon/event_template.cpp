#include "lab/crowdstrike_falcon/event_template.hpp"

#include "lab/crowdstrike_falcon/event_words.hpp"

#include <cstdlib>
#include <utility>

namespace cistern::lab {

namespace {

// Seconds between 1601 and 1970.
constexpr std::int64_t kFiletimeEpoch = 11'644'473'600;

std::uint64_t seconds_of(TimePoint time) {
  return static_cast<std::uint64_t>(unix_seconds(time));
}

std::uint64_t milliseconds_of(TimePoint time) {
  return static_cast<std::uint64_t>(
      std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count());
}

// 100 ns since 1601.
std::uint64_t filetime_of(TimePoint time) {
  return static_cast<std::uint64_t>(time.time_since_epoch().count() / 100 +
                                    kFiletimeEpoch * 10'000'000);
}

TimePoint a_while_before(TimePoint time, Dice& dice) {
  return time - std::chrono::milliseconds{dice.below(3'600'000)};
}

constexpr auto kSlotNames = std::to_array<std::string_view>(
    {"",     "=",    "n",    "cid",  "aid",  "host", "user",   "email", "account", "sid",
     "ip4",  "ip6",  "ip",   "mac",  "s",    "s-",   "ms",     "ms-",   "ft",      "ft-",
     "rfc",  "utc",  "uuid", "md5",  "sha1", "sha2", "pid",    "port",  "domain",  "url",
     "file", "path", "cmd",  "text", "odd",  "ua",   "country"});

}  // namespace

void append_decimal(std::string& out, std::uint64_t value) {
  char digits[20];
  std::size_t at = sizeof digits;
  do {
    digits[--at] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  out.append(digits + at, sizeof digits - at);
}

void append_hex_number(std::string& out, std::uint64_t value, unsigned count) {
  constexpr std::string_view hex = "0123456789abcdef";
  while (count-- > 0)
    out += hex[(value >> (count * 4)) & 15];
}

void append_uuid(std::string& out, Dice& dice) {
  const auto high = dice.next();
  const auto low = dice.next();
  append_hex_number(out, high >> 32, 8);
  out += '-';
  append_hex_number(out, high >> 16, 4);
  out.append("-4");
  append_hex_number(out, high, 3);
  out.append("-8");
  append_hex_number(out, low >> 48, 3);
  out += '-';
  append_hex_number(out, low, 12);
}

void append_agent_id(std::string& out, std::string_view customer, std::uint32_t host) {
  const auto key = key_of({host, customer.size(), static_cast<unsigned char>(customer.back())});
  append_hex_number(out, key, 16);
  append_hex_number(out, mix(key), 16);
}

EventTemplate::EventTemplate(std::string_view text) {
  while (!text.empty()) {
    const auto at = text.find("@{");
    add_literal(text.substr(0, at));
    if (at == std::string_view::npos) break;
    const auto end = text.find('}', at);
    add_slot(text.substr(at + 2, end - at - 2));
    text.remove_prefix(end + 1);
  }
}

void EventTemplate::add_literal(std::string_view text) {
  Piece piece;
  bool line_start = false;
  for (const char letter : text) {
    if (letter == '\n') {
      line_start = true;
    } else if (letter != ' ' || !line_start) {
      line_start = false;
      piece.text += letter;
    }
  }
  if (!piece.text.empty()) pieces_.push_back(std::move(piece));
}

void EventTemplate::add_slot(std::string_view name) {
  Piece piece;
  if (name.starts_with('=')) {
    piece.slot = Slot::choice;
    name.remove_prefix(1);
    for (std::size_t end = 0; end != std::string_view::npos;) {
      end = name.find('|');
      piece.choices.emplace_back(name.substr(0, end));
      if (end != std::string_view::npos) name.remove_prefix(end + 1);
    }
    pieces_.push_back(std::move(piece));
    return;
  }
  if (name.starts_with("n:")) {
    piece.slot = Slot::number;
    piece.bound = std::strtoull(std::string(name.substr(2)).c_str(), nullptr, 10);
    pieces_.push_back(std::move(piece));
    return;
  }
  for (std::size_t slot = 0; slot < kSlotNames.size(); ++slot) {
    if (kSlotNames[slot] == name) piece.slot = static_cast<Slot>(slot);
  }
  if (piece.slot == Slot::literal) std::abort();
  pieces_.push_back(std::move(piece));
}

void EventTemplate::append(std::string& out, const EventFacts& facts, Dice& dice) const {
  for (const auto& piece : pieces_) {
    if (piece.slot == Slot::literal) {
      out.append(piece.text);
    } else if (!append_identity(out, piece.slot, facts) &&
               !append_time_slot(out, piece.slot, facts, dice)) {
      append_value(out, piece, dice);
    }
  }
}

bool EventTemplate::append_identity(std::string& out, Slot slot, const EventFacts& facts) {
  const auto name = kUserNames[facts.user % kUserNames.size()];
  switch (slot) {
    case Slot::customer:
      out.append(facts.customer);
      return true;
    case Slot::agent:
      append_agent_id(out, facts.customer, facts.host);
      return true;
    case Slot::host:
      out.append(facts.host % 5 == 0 ? "SRV-" : "WS-");
      append_decimal(out, 1000 + facts.host);
      return true;
    case Slot::user:
      out.append(name);
      return true;
    case Slot::email:
      out.append(name).append("@contoso.com");
      return true;
    case Slot::account:
      out.append("CONTOSO\\\\").append(name);
      return true;
    case Slot::sid:
      out.append("S-1-5-21-1004336348-1177238915-682003330-");
      append_decimal(out, 1000 + facts.user);
      return true;
    case Slot::own_address:
      out.append("198.51.100.");
      append_decimal(out, 1 + facts.host % 254);
      return true;
    case Slot::mac:
      out.append("00-00-5e-00-53-");
      append_hex_number(out, facts.host, 2);
      return true;
    default:
      return false;
  }
}

bool EventTemplate::append_time_slot(std::string& out, Slot slot, const EventFacts& facts,
                                     Dice& dice) {
  switch (slot) {
    case Slot::seconds:
      append_decimal(out, seconds_of(facts.time));
      return true;
    case Slot::seconds_before:
      append_decimal(out, seconds_of(a_while_before(facts.time, dice)));
      return true;
    case Slot::milliseconds:
      append_decimal(out, milliseconds_of(facts.time));
      return true;
    case Slot::milliseconds_before:
      append_decimal(out, milliseconds_of(a_while_before(facts.time, dice)));
      return true;
    case Slot::filetime:
      append_decimal(out, filetime_of(facts.time));
      return true;
    case Slot::filetime_before:
      append_decimal(out, filetime_of(a_while_before(facts.time, dice)));
      return true;
    case Slot::rfc3339:
      out.append(format_time_seconds(facts.time)).append("Z");
      return true;
    // Audit events carry seconds or milliseconds in the same field.
    case Slot::either:
      append_decimal(out,
                     dice.below(3) == 0 ? milliseconds_of(facts.time) : seconds_of(facts.time));
      return true;
    default:
      return false;
  }
}

void EventTemplate::append_value(std::string& out, const Piece& piece, Dice& dice) {
  switch (piece.slot) {
    case Slot::choice:
      out.append(piece.choices[dice.below(piece.choices.size())]);
      return;
    case Slot::number:
      append_decimal(out, dice.below(piece.bound));
      return;
    case Slot::address4:
      out.append(one_of(kNetworks, dice));
      append_decimal(out, 1 + dice.below(254));
      return;
    case Slot::address6:
      out.append("2001:db8::");
      append_hex_number(out, dice.next() | 0x1000, 4);
      return;
    case Slot::uuid:
      append_uuid(out, dice);
      return;
    case Slot::hex64:
      append_hex_number(out, dice.next(), 16);
      append_hex_number(out, dice.next(), 16);
      [[fallthrough]];
    case Slot::hex32:
      append_hex_number(out, dice.next(), 16);
      append_hex_number(out, dice.next(), 16);
      return;
    case Slot::hex40:
      append_hex_number(out, dice.next(), 16);
      append_hex_number(out, dice.next(), 16);
      append_hex_number(out, dice.next(), 8);
      return;
    // Up to 20 digits: neither a double nor a signed number holds them all.
    case Slot::process:
      append_decimal(out, dice.next() >> dice.below(34));
      return;
    case Slot::port:
      append_decimal(out, 1 + dice.below(65'535));
      return;
    case Slot::domain:
      out.append(one_of(kDomains, dice));
      return;
    case Slot::url:
      out.append("https://").append(one_of(kDomains, dice)).append("/a?x=1\\u0026y=");
      append_decimal(out, dice.below(1000));
      return;
    case Slot::file:
      out.append(one_of(kFileNames, dice));
      return;
    case Slot::path:
      out.append(one_of(kFolders, dice)).append(one_of(kFileNames, dice));
      return;
    case Slot::command:
      out.append(one_of(kCommands, dice));
      return;
    case Slot::text:
      out.append(one_of(kSentences, dice));
      return;
    case Slot::tricky:
      out.append(one_of(kTricky, dice));
      return;
    case Slot::browser:
      out.append(one_of(kBrowsers, dice));
      return;
    case Slot::country:
      out.append(one_of(kCountries, dice));
      return;
    default:
      return;
  }
}

}  // namespace cistern::lab
