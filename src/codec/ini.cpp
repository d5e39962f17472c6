#include "codec/ini.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <unordered_map>

namespace cistern::codec {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

tl::unexpected<Failure> refuse(const IniFile& file, int line, const std::string& what,
                               std::string next_step) {
  return fail_stop("ini/unreadable", file.name + ":" + std::to_string(line) + ": " + what,
                   std::move(next_step));
}

/// Reads line by line into one file.
class Reader {
 public:
  explicit Reader(std::string name) { file_.name = std::move(name); }

  Status line(std::string_view line) {
    ++number_;
    if (static_cast<std::size_t>(number_) > kMaxIniLines)
      return refuse(file_, number_, "more than " + std::to_string(kMaxIniLines) + " lines",
                    "name the right file");
    if (line.size() > kMaxIniLine)
      return refuse(file_, number_,
                    "the line is longer than " + std::to_string(kMaxIniLine) + " bytes",
                    "name the right file");
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto text = trimmed(line);
    if (text.empty() || text.front() == '#' || text.front() == ';') return {};
    if (text.find('\0') != std::string_view::npos || !is_utf8(text))
      return refuse(file_, number_, "the line is not UTF-8 text", "save the file as UTF-8");
    if (text.front() == '[') return heading(text);
    entry(line, text);
    return {};
  }

  IniFile take() { return std::move(file_); }

 private:
  Status heading(std::string_view text) {
    const auto name = text.ends_with(']') ? trimmed(text.substr(1, text.size() - 2)) : "";
    if (name.empty())
      return refuse(file_, number_, "a section's heading is not closed or empty",
                    "write it as [Name] on a line of its own");
    open(name);
    if (file_.sections.size() > kMaxIniSections)
      return refuse(file_, number_, "more than " + std::to_string(kMaxIniSections) + " sections",
                    "name the right file");
    return {};
  }

  void open(std::string_view name) {
    const auto [at, fresh] = places_.emplace(name, file_.sections.size());
    current_ = at->second;
    if (fresh) {
      file_.sections.push_back({.name = std::string{name}, .line = number_, .entries = {}});
      return;
    }
    note("section [" + std::string{name} + "] was begun in line " +
         std::to_string(file_.sections[current_].line) + " and is continued here");
  }

  void entry(std::string_view line, std::string_view text) {
    const auto sign = text.find('=');
    const auto key = trimmed(text.substr(0, sign));
    if (sign == std::string_view::npos || key.empty()) {
      note("neither a section nor 'key = value'; passed over");
      return;
    }
    if (file_.sections.empty()) {
      open("");
      note("keys stand before the first section");
    }
    file_.sections[current_].entries.push_back(
        {.key = std::string{key},
         .value = std::string{trimmed(text.substr(sign + 1))},
         .untrimmed = std::string{line.substr(line.find('=') + 1)},
         .line = number_});
  }

  void note(std::string what) { file_.notes.push_back({.line = number_, .what = std::move(what)}); }

  IniFile file_;
  std::unordered_map<std::string, std::size_t> places_;
  std::size_t current_ = 0;
  int number_ = 0;
};

}  // namespace

const IniEntry* IniSection::find(std::string_view key) const {
  const auto found = std::find_if(entries.rbegin(), entries.rend(),
                                  [&](const IniEntry& entry) { return entry.key == key; });
  return found == entries.rend() ? nullptr : &*found;
}

const IniSection* IniFile::find(std::string_view section) const {
  const auto found = std::find_if(sections.begin(), sections.end(),
                                  [&](const IniSection& one) { return one.name == section; });
  return found == sections.end() ? nullptr : &*found;
}

Result<IniFile> parse_ini(std::string_view text, std::string name) {
  Reader reader(std::move(name));
  if (text.size() > kMaxIniBytes)
    return fail_stop(
        "ini/unreadable",
        reader.take().name + " has more than " + std::to_string(kMaxIniBytes) + " bytes",
        "name the right file");
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    if (const auto read = reader.line(text.substr(0, end)); !read) return fail(read.error());
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return reader.take();
}

std::vector<const IniEntry*> effective_entries(const std::vector<IniEntry>& entries,
                                               Duplicates duplicates) {
  std::vector<const IniEntry*> effective;
  std::unordered_map<std::string_view, std::size_t> places;
  for (const auto& entry : entries) {
    const auto [at, fresh] = places.emplace(entry.key, effective.size());
    if (fresh || duplicates == Duplicates::all) {
      effective.push_back(&entry);
    } else if (duplicates == Duplicates::last) {
      effective[at->second] = &entry;
    }
  }
  return effective;
}

}  // namespace cistern::codec
