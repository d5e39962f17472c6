#include "lab/cisco_umbrella/row_generator.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace cistern::lab {

namespace {

struct Person {
  std::string_view name;  // A comma in it, as "last, first (mail)" has.
  std::string_view mail;
};
constexpr std::array kPeople = {
    Person{"Rivera, Ana (ana.rivera@contoso.com)", "ana.rivera@contoso.com"},
    Person{"Okafor, Ben (ben.okafor@contoso.com)", "ben.okafor@contoso.com"},
    Person{"Lind, Chloe (chloe.lind@contoso.com)", "chloe.lind@contoso.com"},
    Person{"M\xC3\xBCller, Dirk (dirk.mueller@contoso.com)", "dirk.mueller@contoso.com"}};

// What the cells of one row have in common.
struct RowTopic {
  std::uint64_t key;
  const Person* person;
  bool is_user;  // The most granular identity is a person, else a computer.
  unsigned computer;
  TimePoint time;
  bool odd;    // Cells that are hard to read are wanted.
  bool bytes;  // One cell is no valid UTF-8.
};

std::string_view pick(std::string_view words, std::uint64_t roll) {
  std::uint64_t count = 1;
  for (const char letter : words)
    count += letter == '|' ? 1 : 0;
  for (roll %= count; roll > 0; --roll)
    words.remove_prefix(words.find('|') + 1);
  return words.substr(0, words.find('|'));
}

void add_number(std::string& out, std::uint64_t number) {
  char text[24];
  out.append(text, static_cast<std::size_t>(std::snprintf(
                       text, sizeof text, "%llu", static_cast<unsigned long long>(number))));
}

void add_address(std::string& out, std::string_view net, std::uint64_t roll) {
  out.append(net);
  add_number(out, roll & 0xFFU);
  if (net.starts_with("10.")) {
    out += '.';
    add_number(out, (roll >> 8U) & 0xFFU);
  }
}

std::string computer_of(const RowTopic& topic) {
  return "LT-" + std::to_string(1000 + topic.computer);
}

std::string most_granular(const RowTopic& topic) {
  return topic.is_user ? std::string(topic.person->name) : computer_of(topic);
}

std::string when(TimePoint time) {
  auto text = format_time_seconds(time);
  text[10] = ' ';
  return text;
}

std::string guid(std::uint64_t key) {
  char text[40];
  std::snprintf(text, sizeof text, "%08x-%04x-4%03x-9%03x-%012llx",
                static_cast<unsigned>(key >> 32), static_cast<unsigned>(key & 0xFFFF),
                static_cast<unsigned>((key >> 16) & 0xFFF), static_cast<unsigned>(key & 0xFFF),
                static_cast<unsigned long long>(mix(key) & 0xFFFFFFFFFFFFULL));
  return text;
}

std::string url_of(const RowTopic& topic, std::uint64_t roll) {
  std::string out = "https://files" + std::to_string(roll % 40) + ".example.com/a" +
                    std::to_string(roll % 1'000'000) + ".zip";
  if (roll % 5 == 0) out += "?q=\"x,y\"";  // Quotes and a comma: both are met in URLs.
  if (topic.bytes) out += "\xFF\xFE";
  return out;
}

std::string changes(const RowTopic& topic, std::uint64_t roll) {
  std::string out = "version: " + std::to_string(roll % 20);
  // Real line breaks inside a cell.
  if (roll % 2 == 0 || topic.odd) out += "\nenabled: true\nnote: \"kept, as asked\"";
  return out;
}

std::string hash_of(std::uint64_t roll) {
  std::string out;
  for (unsigned part = 0; part < 4; ++part) {
    char text[20];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(mix(roll + part)));
    out += text;
  }
  return out;
}

void add_words(std::string& out, std::string_view words, std::uint64_t roll) {
  const auto count = roll % 4;  // None at all is common.
  for (std::uint64_t at = 0; at < count; ++at) {
    if (at > 0) out += ',';
    out.append(pick(words, (roll >> 8U) + at));
  }
}

// The cell's text before quoting.
void add_cell(std::string& out, const ColumnPlan& column, const RowTopic& topic,
              std::uint64_t roll) {
  switch (column.cell) {
    case Cell::empty:
      return;
    case Cell::time:
      out += when(topic.time);
      return;
    case Cell::epoch:
      add_number(out, static_cast<std::uint64_t>(unix_seconds(topic.time)));
      return;
    case Cell::identity:
      out += most_granular(topic);
      return;
    case Cell::identities:
      out += most_granular(topic) + (topic.is_user ? "," + computer_of(topic) : ",HQ Network");
      return;
    case Cell::identity_type:
      out += topic.is_user ? "AD Users" : "Roaming Computers";
      return;
    case Cell::identity_types:
      out += topic.is_user ? "AD Users,Anyconnect Roaming Client" : "Roaming Computers,Networks";
      return;
    case Cell::computer:
      out += computer_of(topic);
      return;
    case Cell::email:
      out += topic.person->mail;
      return;
    case Cell::inner_address:
      add_address(out, "10.20.", roll);
      return;
    case Cell::outer_address:
      add_address(out, "203.0.113.", roll);
      return;
    case Cell::far_address:
      add_address(out, "198.51.100.", roll);
      return;
    case Cell::domain:
      out.append("host").append(std::to_string(roll % 10'000)).append(".example.com.");
      return;
    case Cell::host:
      out.append("host").append(std::to_string(roll % 10'000)).append(".example.com");
      return;
    case Cell::url:
      out += url_of(topic, roll);
      return;
    case Cell::agent:
      out += roll % 3 == 0 ? " " : "Mozilla/5.0 (Windows NT 10.0; Win64; x64)";
      return;
    case Cell::hash:
      if (roll % 2 == 0) out += hash_of(roll);
      return;
    case Cell::file:
      out.append("plan ").append(std::to_string(roll % 1000)).append(", final.xlsx");
      return;
    case Cell::number:
      add_number(out, 1 + roll % 1'000'000);
      return;
    case Cell::size:
      add_number(out, roll % 65'536);
      return;
    case Cell::port:
      add_number(out, 1 + roll % 65'000);
      return;
    case Cell::transaction:
      out += guid(topic.key);
      return;
    case Cell::word:
      out.append(pick(column.words, roll));
      return;
    case Cell::words:
      add_words(out, column.words, roll);
      return;
    case Cell::text_before:
      out += changes(topic, roll);
      return;
  }
}

void add_quoted(std::string& out, std::string_view cell, bool unquoted) {
  if (unquoted && cell.find_first_of(",\"\r\n ") == std::string_view::npos) {
    out.append(cell);
    return;
  }
  out += '"';
  for (const char letter : cell)
    out.append(letter == '"' ? 2 : 1, letter);
  out += '"';
}

// Whose text must stand somewhere in the event's document, unchanged by any mapping.
bool is_kept(Cell cell) {
  return cell == Cell::far_address || cell == Cell::outer_address || cell == Cell::hash ||
         cell == Cell::transaction || cell == Cell::email;
}

}  // namespace

std::string RowGenerator::header_row(const std::vector<ColumnPlan>& columns) {
  std::string out;
  for (const auto& column : columns) {
    if (!out.empty()) out += ',';
    add_quoted(out, header_name(column.name), false);
  }
  return out;
}

void RowGenerator::append(std::string& out, const std::vector<ColumnPlan>& columns, RowStyle style,
                          std::uint64_t object, std::uint64_t row, TimePoint slot, Duration length,
                          RowFacts* facts) const {
  Dice dice(key_of({object, row}));
  RowTopic topic{};
  topic.key = dice.next();
  topic.person = &kPeople[dice.below(kPeople.size())];
  topic.is_user = dice.below(2) == 0;
  topic.computer = static_cast<unsigned>(dice.below(400));
  topic.odd = profile_ == FaultProfile::hostile && dice.below(100) == 0;
  topic.bytes = profile_ == FaultProfile::hostile && dice.below(300) == 0;
  const auto seconds = std::max<std::int64_t>(length / std::chrono::seconds{1}, 1);
  // The dates in keys are no event dates: some rows are older than the slot.
  const auto late = dice.below(50) == 0 ? std::chrono::seconds{600} : std::chrono::seconds{0};
  topic.time = slot - late + std::chrono::seconds{dice.below(static_cast<std::uint64_t>(seconds))};
  if (facts != nullptr) {
    facts->time =
        TimePoint{std::chrono::floor<std::chrono::seconds>(topic.time.time_since_epoch())};
    facts->values.clear();
  }
  std::string cell;
  bool first = true;
  for (const auto& column : columns) {
    if (!first) out.append(style.blank_before ? ", " : ",");
    first = false;
    cell.clear();
    add_cell(cell, column, topic, dice.next() >> 8U);
    add_quoted(out, cell, style.unquoted);
    if (facts != nullptr && !cell.empty() && is_kept(column.cell)) facts->values.push_back(cell);
  }
}

}  // namespace cistern::lab
