#include "connectors/cisco_secure_email/file_memory.hpp"

#include "codec/json.hpp"

#include <utility>

#include <boost/json.hpp>

namespace cistern::connectors::cisco_secure_email {
namespace {

std::string text_at(const boost::json::object& object, std::string_view name) {
  const auto* const value = object.if_contains(name);
  const auto* const text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string{} : std::string{text->data(), text->size()};
}

std::uint64_t number_at(const boost::json::object& object, std::string_view name) {
  const auto* const value = object.if_contains(name);
  if (value == nullptr) return 0;
  boost::system::error_code error;
  const auto number = value->to_number<std::uint64_t>(error);
  return error ? 0 : number;
}

Identity identity_at(const boost::json::object& object, std::string_view name) {
  return identity_from_hex(text_at(object, name)).value_or(Identity{});
}

}  // namespace

std::uint64_t step_size(std::size_t step) {
  return (4ULL << 10) << (2 * step);
}

std::string encode(const KnownFile& file) {
  std::string steps;
  for (const Identity& sum : file.steps)
    append_hex(steps, sum);
  std::string text;
  codec::JsonWriter json{text};
  json.begin_object().key("appliance").string(file.appliance);
  json.key("head").string(to_hex(file.head)).key("size").number(file.mark.size);
  json.key("lines").number(file.mark.lines).key("sum").string(to_hex(file.mark.sum));
  if (file.tail_size > 0) {
    json.key("tail_size").number(file.tail_size).key("tail_sum").string(to_hex(file.tail_sum));
    json.key("tail").string(to_hex(file.tail));
  }
  if (!steps.empty()) json.key("steps").string(steps);
  if (file.whole) json.key("whole").boolean(true);
  json.key("at").string(format_time(file.at)).end_object();
  return text;
}

std::optional<KnownFile> decode_known_file(std::string_view id, std::string_view json) {
  const auto identity = identity_from_hex(id);
  boost::system::error_code error;
  const auto value = boost::json::parse({json.data(), json.size()}, error);
  if (!identity || error || !value.is_object()) return std::nullopt;
  const auto& object = value.get_object();
  KnownFile file;
  file.id = *identity;
  file.appliance = text_at(object, "appliance");
  file.head = identity_at(object, "head");
  file.mark = {number_at(object, "size"), number_at(object, "lines"), identity_at(object, "sum")};
  file.tail_size = number_at(object, "tail_size");
  file.tail_sum = identity_at(object, "tail_sum");
  file.tail = identity_at(object, "tail");
  const std::string steps = text_at(object, "steps");
  constexpr std::size_t kDigits = 32;
  for (std::size_t at = 0; at + kDigits <= steps.size(); at += kDigits) {
    const auto sum = identity_from_hex(std::string_view{steps}.substr(at, kDigits));
    if (!sum) return std::nullopt;
    file.steps.push_back(*sum);
  }
  const auto* const whole = object.if_contains("whole");
  file.whole = whole != nullptr && whole->is_bool() && whole->get_bool();
  file.at = parse_time(text_at(object, "at")).value_or(TimePoint{});
  return file;
}

FileMemory::FileMemory(const Position& position) {
  StateDelta ignored;
  for (auto at = position.lower_bound(kFilePrefix);
       at != position.end() && at->first.starts_with(kFilePrefix); ++at) {
    const auto file =
        decode_known_file(std::string_view{at->first}.substr(kFilePrefix.size()), at->second);
    if (file) keep(*file, ignored);
  }
}

std::vector<KnownFile> FileMemory::beginning_with(std::string_view appliance,
                                                  const Identity& head) const {
  std::vector<KnownFile> found;
  const auto [first, last] = by_head_.equal_range({std::string{appliance}, head});
  for (auto at = first; at != last; ++at)
    found.push_back(files_.at(at->second));
  return found;
}

void FileMemory::keep(const KnownFile& file, StateDelta& changes) {
  const auto before = files_.find(file.id);
  if (before != files_.end()) {
    by_age_.erase({before->second.at, file.id});
  } else {
    by_head_.emplace(std::pair{file.appliance, file.head}, file.id);
  }
  by_age_[{file.at, file.id}] = 0;
  files_.insert_or_assign(file.id, file);
  changes.push_back({std::string{kFilePrefix} + to_hex(file.id), encode(file)});
  while (files_.size() > kMostFilesRemembered) {
    const Identity oldest = by_age_.begin()->first.second;
    by_age_.erase(by_age_.begin());
    const auto gone = files_.find(oldest);
    const auto [first, last] = by_head_.equal_range({gone->second.appliance, gone->second.head});
    for (auto at = first; at != last; ++at) {
      if (at->second != oldest) continue;
      by_head_.erase(at);
      break;
    }
    files_.erase(gone);
    changes.push_back({std::string{kFilePrefix} + to_hex(oldest), std::nullopt});
  }
}

Identity file_identity(std::string_view appliance, const Identity& head, std::size_t variant) {
  return make_identity({"cisco_secure_email", "file", appliance, to_hex(head),
                        variant == 0 ? std::string{} : std::to_string(variant)});
}

}  // namespace cistern::connectors::cisco_secure_email
