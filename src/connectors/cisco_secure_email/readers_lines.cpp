#include "connectors/cisco_secure_email/readers_lines.hpp"

#include "codec/json_scan.hpp"
#include "connectors/cisco_secure_email/readers_record.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace cistern::connectors::cisco_secure_email {
namespace {

void write_match(std::span<const Pattern> patterns, std::string_view text, RecordWriter& record) {
  Captures captures;
  const Pattern* pattern = find_pattern(patterns, text, captures);
  if (pattern == nullptr) pattern = find_pattern(file_patterns(), text, captures);
  record.text("form", pattern == nullptr ? "other" : pattern->form);
  for (const auto& field : captures.fields())
    record.text(field.name, field.value);
}

constexpr auto kAmpForms = std::to_array<Pattern>({
    {"reputation_query", "File reputation query initiating"},
    {"reputation_response", "Response received for file reputation query"},
    {"file_uploaded", "File uploaded for analysis"},
    {"analysis_complete", "File Analysis complete"},
    {"file_not_uploaded", "File not uploaded for analysis"},
    {"retrospective_verdict", "Retrospective verdict received"},
    {"archive_member", "Compressed/Archive File"},
});

struct Key {
  std::string_view text;  ///< As the log writes it; blanks around `=` and `:` vary.
  std::string_view name;
};

/// Longer keys before those that they begin with.
constexpr auto kAmpKeys = std::to_array<Key>({
    {"File Name", "file_name"},
    {"FileName", "file_name"},
    {"File SHA256", "sha256"},
    {"SHA256", "sha256"},
    {"sha256", "sha256"},
    {"File Size", "file_size"},
    {"FileSize", "file_size"},
    {"File Type", "file_type"},
    {"FileType", "file_type"},
    {"file mime", "file_type"},
    {"MID", "mid"},
    {"Disposition", "disposition"},
    {"Malware", "malware"},
    {"Analysis Score", "analysis_score"},
    {"Reputation Score", "reputation_score"},
    {"Score", "analysis_score"},
    {"upload_action", "upload_action"},
    {"Submit Timestamp", "submitted"},
    {"Update Timestamp", "updated"},
    {"Timestamp", "verdict_time"},
    {"run_id", "run_id"},
    {"Details", "details"},
    {"Reason", "reason"},
    {"Verdict", "verdict"},
    {"Spyname", "malware"},
    {"Response received from", "responded_by"},
});

/// A key at the beginning of the text with what separates it from its value; how many bytes.
const Key* amp_key(std::string_view text, std::size_t& length) {
  for (const Key& key : kAmpKeys) {
    if (!text.starts_with(key.text)) continue;
    std::size_t at = key.text.size();
    while (at < text.size() && text[at] == ' ')
      ++at;
    if (at == text.size()) return nullptr;
    if (text[at] != '=' && text[at] != ':' && text[at] != '[') continue;
    length = at + 1;
    while (length < text.size() && text[length] == ' ')
      ++length;
    return &key;
  }
  return nullptr;
}

/// Values end at a comma or a blank behind which a key stands, at `]` for those in brackets, or
/// with the text. Names of files are the sender's words: in quotes they may hold anything.
std::size_t amp_value_end(std::string_view text, bool bracketed) {
  if (bracketed) return std::min(text.find(']'), text.size());
  std::size_t at = 0;
  if (text.starts_with('\'') || text.starts_with('"')) {
    // The closing quote is the first one that a comma or the end follows.
    const char quote = text.front();
    for (at = 1; at < text.size(); ++at) {
      if (text[at] == quote && (at + 1 == text.size() || text[at + 1] == ',')) return at + 1;
    }
    at = 0;
  }
  for (; at < text.size(); ++at) {
    if (text[at] != ',' && text[at] != ' ') continue;
    std::size_t next = at + 1;
    while (next < text.size() && text[next] == ' ')
      ++next;
    std::size_t length = 0;
    if (amp_key(text.substr(next), length) != nullptr) return at;
  }
  return text.size();
}

void write_amp_value(std::string_view name, std::string_view value, RecordWriter& record) {
  while (value.ends_with(' ') || value.ends_with(','))
    value.remove_suffix(1);
  if (name == "file_size") value = value.substr(0, value.find(' '));  // `n bytes`
  record.decoded(name, value);
}

/// `written`: names that the record has already.
void write_amp_pairs(std::string_view text, std::vector<std::string_view> written,
                     RecordWriter& record) {
  constexpr int kMostPairs = 64;  // No line has half as many; what follows stays in the message.
  for (int pairs = 0; pairs < kMostPairs && !text.empty();) {
    std::size_t length = 0;
    const Key* const key = amp_key(text, length);
    if (key == nullptr) {  // On to the next word.
      const std::size_t blank = text.find(' ');
      text.remove_prefix(blank == std::string_view::npos ? text.size() : blank + 1);
      continue;
    }
    ++pairs;
    const bool bracketed = text[length - 1] == '[';
    text.remove_prefix(length);
    const std::size_t end = amp_value_end(text, bracketed);
    if (std::find(written.begin(), written.end(), key->name) == written.end()) {
      write_amp_value(key->name, text.substr(0, end), record);
      written.push_back(key->name);
    }
    text.remove_prefix(end);
    while (text.starts_with(' ') || text.starts_with(',') || text.starts_with(']'))
      text.remove_prefix(1);
  }
}

/// `from Cloud.`: who answered.
std::string_view responder_of(std::string_view text) {
  constexpr std::string_view kFrom = "file reputation query from ";
  const std::size_t at = text.find(kFrom);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = text.substr(at + kFrom.size());
  return rest.substr(0, rest.find_first_of(". "));
}

/// `148G`, `0%`, `12`: the number, when that is all there is beside the unit.
std::string_view number_of(std::string_view value) {
  if (value.ends_with('%') || value.ends_with('G') || value.ends_with('M') ||
      value.ends_with('K')) {
    value.remove_suffix(1);
  }
  std::string_view problem;
  std::size_t read = 0;
  if (value.empty() || !(value[0] == '-' || (value[0] >= '0' && value[0] <= '9'))) return {};
  return codec::validate_json_prefix(value, 1, problem, read) == value.size() ? value
                                                                              : std::string_view{};
}

std::string_view take_word(std::string_view& text) {
  const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
  text.remove_prefix(begin);
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size());
  return word;
}

void write_counters(std::string_view text, RecordWriter& record) {
  constexpr std::size_t kMostCounters = 256;
  std::vector<std::string_view> written;
  auto& writer = record.writer();
  writer.key("counters").begin_object();
  while (written.size() < kMostCounters) {
    const std::string_view name = take_word(text);
    const std::string_view value = take_word(text);
    if (name.empty() || value.empty()) break;
    if (std::find(written.begin(), written.end(), name) != written.end()) continue;
    written.push_back(name);
    const std::string_view number = number_of(value);
    writer.key(name);
    if (number.empty()) {
      writer.string(value);
    } else {
      writer.raw(number);
    }
  }
  writer.end_object();
}

}  // namespace

ecs::RecordReader pattern_reader(std::span<const Pattern> patterns) {
  return [patterns](const ecs::ReaderInput& input, std::string& json) {
    RecordWriter record(json);
    const std::string_view text = write_header(input, record);
    record.text("message", text);
    write_match(patterns, text, record);
    record.end();
    return true;
  };
}

bool read_amp_record(const ecs::ReaderInput& input, std::string& json) {
  RecordWriter record(json);
  const std::string_view text = write_header(input, record);
  record.text("message", text);
  const auto form = std::find_if(kAmpForms.begin(), kAmpForms.end(), [text](const Pattern& known) {
    return text.starts_with(known.text);
  });
  if (form == kAmpForms.end()) {
    write_match({}, text, record);
  } else {
    record.text("form", form->form);
    const std::string_view responder = responder_of(text);
    record.text("responded_by", responder);
    std::vector<std::string_view> written;
    if (!responder.empty()) written.emplace_back("responded_by");
    write_amp_pairs(text.substr(form->text.size()), std::move(written), record);
  }
  record.end();
  return true;
}

bool read_status_record(const ecs::ReaderInput& input, std::string& json) {
  constexpr std::string_view kStatus = "Status: ";
  RecordWriter record(json);
  const std::string_view text = write_header(input, record);
  record.text("message", text);
  if (text.starts_with(kStatus)) {
    record.text("form", "status");
    write_counters(text.substr(kStatus.size()), record);
  } else {
    write_match({}, text, record);
  }
  record.end();
  return true;
}

}  // namespace cistern::connectors::cisco_secure_email
