#include "destinations/file/file_names.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace cistern::destinations {
namespace {

struct Stem {
  std::string_view stem;
  std::string_view ending;  ///< ".gz", ".zst", or empty.
};

Stem split_ending(std::string_view name) {
  for (const std::string_view ending : {".gz", ".zst"}) {
    if (name.ends_with(ending) && name.size() > ending.size()) {
      return {.stem = name.substr(0, name.size() - ending.size()),
              .ending = name.substr(name.size() - ending.size())};
    }
  }
  return {.stem = name, .ending = {}};
}

/// 20260304T050607Z
std::string compact_time(TimePoint time) {
  std::string text = format_time_seconds(time);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text + "Z";
}

constexpr std::size_t kTimeSize = 16;

std::string compose(const Stem& parts, std::string_view word, std::string_view time,
                    std::uint64_t number) {
  std::string name{parts.stem};
  name += '.';
  name += word;
  name += time;
  name += '-';
  name += std::to_string(number);
  name += parts.ending;
  return name;
}

/// Time and number of a rotated file's name.
using Age = std::pair<std::string, std::uint64_t>;

bool is_compact_time(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool letter = i == 8 || i == kTimeSize - 1;
    const char expected = i == 8 ? 'T' : 'Z';
    if (letter ? text[i] != expected : (text[i] < '0' || text[i] > '9')) return false;
  }
  return text.size() == kTimeSize;
}

std::optional<Age> age_of(const Stem& parts, std::string_view candidate) {
  if (!candidate.starts_with(parts.stem) || !candidate.ends_with(parts.ending)) return std::nullopt;
  candidate.remove_prefix(parts.stem.size());
  if (candidate.size() < 1 + kTimeSize + 2 + parts.ending.size()) return std::nullopt;
  candidate.remove_suffix(parts.ending.size());
  const std::string_view time = candidate.substr(1, kTimeSize);
  if (candidate[0] != '.' || candidate[1 + kTimeSize] != '-' || !is_compact_time(time)) {
    return std::nullopt;
  }
  const std::string_view digits = candidate.substr(2 + kTimeSize);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return Age{time, number};
}

}  // namespace

SplitPath split_path(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {.directory = ".", .name = path};
  return {.directory = slash == 0 ? "/" : path.substr(0, slash), .name = path.substr(slash + 1)};
}

std::string rotated_name(std::string_view name, TimePoint now,
                         const std::vector<std::string>& taken) {
  const Stem parts = split_ending(name);
  Age latest{compact_time(now), 0};
  for (const std::string& other : taken) {
    if (const auto age = age_of(parts, other)) latest = std::max(latest, *age);
  }
  return compose(parts, "", latest.first, latest.second + 1);
}

std::string aside_name(std::string_view name, TimePoint now,
                       const std::vector<std::string>& taken) {
  const Stem parts = split_ending(name);
  std::uint64_t number = 1;
  while (true) {
    std::string candidate = compose(parts, "aside-", compact_time(now), number);
    if (std::find(taken.begin(), taken.end(), candidate) == taken.end()) return candidate;
    ++number;
  }
}

std::vector<std::string> rotated_files(std::string_view name,
                                       const std::vector<std::string>& names) {
  const Stem parts = split_ending(name);
  std::vector<std::pair<Age, std::string>> found;
  for (const std::string& candidate : names) {
    if (const auto age = age_of(parts, candidate)) found.emplace_back(*age, candidate);
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> sorted;
  for (auto& [age, candidate] : found) {
    sorted.push_back(std::move(candidate));
  }
  return sorted;
}

std::vector<std::string> expired_files(std::string_view name,
                                       const std::vector<std::string>& rotated, Duration keep_for,
                                       TimePoint now) {
  const Stem parts = split_ending(name);
  // Names are compared: their times are the rotations', in an order that time has.
  const std::string oldest_kept = compact_time(now - keep_for);
  std::vector<std::string> expired;
  for (const std::string& candidate : rotated) {
    const auto age = age_of(parts, candidate);
    if (age && age->first < oldest_kept) expired.push_back(candidate);
  }
  return expired;
}

std::string starting_name(std::string_view name) {
  return std::string{name} + ".starting";
}

}  // namespace cistern::destinations
