#include "lab/microsoft_365/record_template.hpp"

#include <array>
#include <cstdlib>
#include <utility>

namespace cistern::lab {

namespace {

constexpr std::string_view kHex = "0123456789abcdef";

constexpr std::array<std::string_view, 24> kFirst = {
    "alice", "bob",  "carol", "dan",   "eva",   "frank", "grace",  "heidi",
    "ivan",  "judy", "karim", "lena",  "mika",  "nora",  "oleg",   "priya",
    "quinn", "rosa", "sven",  "tomas", "ursel", "vera",  "walter", "xenia"};

// Display names with letters that break readers which think a byte is a letter.
constexpr std::array<std::string_view, 12> kDisplay = {
    "Zoë Müller",        "Łukasz Żak",      "Søren Ærø",   "José Ñúñez", "Ольга Петрова",
    "山田 太郎",         "김민준",          "Ελένη Παππά", "שרה כהן",    "नेहा शर्मा",
    "O\\u0027Hara, Pat", "Ana 🌧️ Lima"};

constexpr std::array<std::string_view, 10> kFiles = {
    "budget 2026.xlsx", "plan.docx",     "Angebot für Müller.pdf",
    "日本語.txt",       "photo (1).png", "notes #7.one",
    "a%20b.csv",        "архив.zip",     "contract_final.docx",
    "release-notes.md"};

constexpr std::array<std::string_view, 6> kFolders = {"Documents",
                                                      "Shared Documents/General",
                                                      "Freigegebene Dokumente/Übersicht",
                                                      "Documents/2026/Q1",
                                                      "Style Library",
                                                      "Lists"};

constexpr std::array<std::string_view, 8> kSubjects = {
    "Invoice \\\"March\\\"",       "Re: meeting at 10\\/15", "Grüße aus Köln ☀",
    "tab\\there and a \\\\ slash", "line\\r\\nbreak",        "\\u0001 control",
    "\\ud83d\\ude00 escaped pair", "Reset your password now"};

constexpr std::array<std::string_view, 5> kAgents = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/133.0.0.0 Safari/537.36 Edg/133.0.0.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17932; Pro)",
    "Microsoft SkyDriveSync 25.031.0217.0003 ship; Windows NT 10.0 (26100)",
    "python-requests/2.32.3"};

// Of no meaning; only its size matters.
constexpr std::string_view kFiller =
    "the quick report was opened by a member of the project group and later moved to the archive "
    "of "
    "the department because its retention label asks for seven years of storage after the last "
    "change; nobody outside the organisation had access in that time, and the owner confirmed the "
    "review in the portal before the automatic reminder was sent to the compliance mailbox "
    "together "
    "with a summary of all items of the same sensitivity that were touched during the past quarter "
    "by the same application or by delegates of the owner, as the policy of the tenant demands";

template <std::size_t Size>
std::string_view one_of(const std::array<std::string_view, Size>& words, Dice& dice) {
  return words[dice.below(Size)];
}

void append_number(std::string& out, std::uint64_t value) {
  char digits[20];
  std::size_t at = sizeof digits;
  do {
    digits[--at] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  out.append(digits + at, sizeof digits - at);
}

void append_hex_digits(std::string& out, std::uint64_t value, unsigned count) {
  while (count-- > 0)
    out += kHex[(value >> (count * 4)) & 15];
}

void append_user(std::string& out, std::uint32_t user, std::string_view host) {
  out.append(kFirst[user % kFirst.size()]);
  if (user >= kFirst.size()) append_number(out, user / kFirst.size());
  out.append("@").append(host).append(".onmicrosoft.com");
}

void append_ip4(std::string& out, Dice& dice) {
  constexpr std::array<std::string_view, 3> nets = {"203.0.113.", "198.51.100.", "192.0.2."};
  out.append(one_of(nets, dice));
  append_number(out, 1 + dice.below(254));
}

void append_port(std::string& out, Dice& dice) {
  out += ':';
  append_number(out, 1024 + dice.below(60000));
}

// The forms seen in real records: with port, in brackets, IPv6, IPv4 mapped.
void append_client_ip(std::string& out, Dice& dice) {
  const auto form = dice.below(12);
  if (form < 6) {
    append_ip4(out, dice);
    if (form >= 3) append_port(out, dice);
  } else if (form < 9) {
    if (form == 8) out += '[';
    out.append("2001:db8::");
    append_hex_digits(out, dice.next() | 0x1000, 4);
    if (form == 8) {
      out += ']';
      append_port(out, dice);
    }
  } else if (form == 9) {
    out.append("::ffff:");
    append_ip4(out, dice);
  } else {
    out += '[';
    if (form == 11) out.append("::ffff:");
    append_ip4(out, dice);
    out += ']';
    append_port(out, dice);
  }
}

void append_two(std::string& out, unsigned value) {
  out += static_cast<char>('0' + value / 10);
  out += static_cast<char>('0' + value % 10);
}

constexpr std::array kSlotNames = std::to_array<std::string_view>(
    {"",      "=",    "id",     "time",    "when",  "seconds", "org",    "host",   "user",
     "other", "name", "puid",   "guid",    "sid",   "ip",      "ip4",    "number", "size",
     "big",   "file", "folder", "subject", "agent", "text",    "device", "hash",   "type"});

}  // namespace

void append_guid(std::string& out, Dice& dice) {
  const auto high = dice.next();
  const auto low = dice.next();
  append_hex_digits(out, high >> 32, 8);
  out += '-';
  append_hex_digits(out, high >> 16, 4);
  out.append("-4");
  append_hex_digits(out, high, 3);
  out += '-';
  append_hex_digits(out, ((low >> 48) & 0x3FFF) | 0x8000, 4);
  out += '-';
  append_hex_digits(out, low, 12);
}

void append_seconds(std::string& out, TimePoint time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const auto second =
      static_cast<unsigned>(std::chrono::duration_cast<std::chrono::seconds>(time - day).count());
  append_number(out, static_cast<std::uint64_t>(static_cast<int>(date.year())));
  out += '-';
  append_two(out, static_cast<unsigned>(date.month()));
  out += '-';
  append_two(out, static_cast<unsigned>(date.day()));
  out += 'T';
  append_two(out, second / 3600);
  out += ':';
  append_two(out, second / 60 % 60);
  out += ':';
  append_two(out, second % 60);
}

RecordTemplate::RecordTemplate(std::string_view text) {
  while (!text.empty()) {
    const auto at = text.find("@{");
    add_literal(text.substr(0, at));
    if (at == std::string_view::npos) break;
    const auto end = text.find('}', at);
    add_slot(text.substr(at + 2, end - at - 2));
    text.remove_prefix(end + 1);
  }
}

void RecordTemplate::add_literal(std::string_view text) {
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

void RecordTemplate::add_slot(std::string_view name) {
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
  const auto colon = name.find(':');
  if (colon != std::string_view::npos) piece.text = name.substr(colon + 1);
  for (std::size_t slot = 2; slot < kSlotNames.size(); ++slot) {
    if (kSlotNames[slot] != name.substr(0, colon)) continue;
    piece.slot = static_cast<Slot>(slot);
    pieces_.push_back(std::move(piece));
    return;
  }
  std::abort();
}

void RecordTemplate::append(std::string& out, const RecordFacts& facts, Dice& dice) const {
  for (const auto& piece : pieces_) {
    if (piece.slot == Slot::literal) {
      out.append(piece.text);
    } else {
      append_slot(out, piece, facts, dice);
    }
  }
}

void RecordTemplate::append_slot(std::string& out, const Piece& piece, const RecordFacts& facts,
                                 Dice& dice) {
  switch (piece.slot) {
    case Slot::literal:
      return;
    case Slot::choice:
      out.append(piece.choices[dice.below(piece.choices.size())]);
      return;
    case Slot::id:
      out.append(facts.id);
      return;
    case Slot::time:
      append_seconds(out, facts.time);
      return;
    case Slot::when:
      append_seconds(out, facts.time - std::chrono::seconds{dice.below(300)});
      out.append(".0000000Z");
      return;
    case Slot::seconds:
      append_seconds(out, facts.time - std::chrono::seconds{dice.below(300)});
      return;
    case Slot::org:
      out.append(facts.tenant);
      return;
    case Slot::host:
      out.append(facts.host);
      return;
    case Slot::user:
      append_user(out, facts.user, facts.host);
      return;
    case Slot::other:
      append_user(out, facts.other, facts.host);
      return;
    case Slot::name:
      out.append(one_of(kDisplay, dice));
      return;
    case Slot::puid:
      out.append("10032000");
      append_hex_digits(out, mix(facts.user), 8);
      return;
    case Slot::guid:
      append_guid(out, dice);
      return;
    case Slot::sid:
      out.append("S-1-5-21-1004336348-1177238915-682003330-");
      append_number(out, 1000 + facts.user);
      return;
    case Slot::ip:
      append_client_ip(out, dice);
      return;
    case Slot::ip4:
      append_ip4(out, dice);
      return;
    case Slot::number:
      append_number(out, dice.below(10'000));
      return;
    case Slot::size:
      append_number(out, 200 + dice.below(9'000'000));
      return;
    // Above 2^53: a double cannot hold it.
    case Slot::big:
      append_number(out, (1ULL << 53) + 1 + 2 * dice.below(1'000'000'000));
      return;
    case Slot::file:
      out.append(one_of(kFiles, dice));
      return;
    case Slot::folder:
      out.append(one_of(kFolders, dice));
      return;
    case Slot::subject:
      out.append(one_of(kSubjects, dice));
      return;
    case Slot::agent:
      out.append(one_of(kAgents, dice));
      return;
    case Slot::text: {
      const auto begin = dice.below(kFiller.size() - 200);
      out.append(kFiller.substr(begin, 60 + dice.below(kFiller.size() - begin - 60)));
      return;
    }
    case Slot::device:
      out.append("WS-");
      append_number(out, 1000 + facts.user);
      return;
    case Slot::hash:
      for (int i = 0; i < 4; ++i)
        append_hex_digits(out, dice.next(), 16);
      return;
    case Slot::type_number: {
      // Public samples show the number as a string now and then.
      const bool quoted = dice.below(40) == 0;
      if (quoted) out += '"';
      out.append(piece.text);
      if (quoted) out += '"';
      return;
    }
  }
}

}  // namespace cistern::lab
