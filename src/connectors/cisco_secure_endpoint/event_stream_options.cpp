#include "connectors/cisco_secure_endpoint/event_stream_options.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

namespace cistern::connectors::cisco_secure_endpoint {
namespace {

using config::Problem;

constexpr std::size_t kMostName = 48;
constexpr std::size_t kMostFilters = 200;
constexpr std::size_t kGuid = 36;

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool is_guid(std::string_view text) {
  if (text.size() != kGuid) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if ((i == 8 || i == 13 || i == 18 || i == 23) ? c != '-' : !hex) return false;
  }
  return true;
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kMostName &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == '.' || c == ' ';
         });
}

class Check {
 public:
  Check(const config::Values& values, std::vector<Problem>& problems)
      : values_(values), problems_(problems) {}

  void run() {
    if (!wants_event_stream(values_)) return without_stream();
    if (!is_name(values_.text("event_stream"))) {
      add("event_stream", "'event_stream' cannot be the name of a stream",
          "use at most 48 letters, digits, blanks and the characters - _ .");
    }
    for (const std::string& type : values_.list("event_stream_types")) {
      if (!number_of(type)) {
        add("event_stream_types", "'" + type + "' is not the id of an event type",
            "write the number, such as 1090519054 for Threat Detected; `cistern guide "
            "cisco_secure_endpoint` says where they are listed");
      }
    }
    for (const std::string& group : values_.list("event_stream_groups")) {
      if (!is_guid(group)) {
        add("event_stream_groups", "'" + group + "' is not the GUID of a group",
            "copy it from the address of the group's page in the console");
      }
    }
    for (const auto* name : {"event_stream_types", "event_stream_groups"}) {
      if (values_.list(name).size() > kMostFilters) {
        add(name, "'" + std::string{name} + "' names more than 200",
            "leave it away: then the stream brings all");
      }
    }
  }

 private:
  void without_stream() {
    for (const auto* name : {"event_stream_types", "event_stream_groups", "event_stream_ca_file"}) {
      const auto found = values_.values.find(name);
      if (found == values_.values.end() || !found->second.given) continue;
      add(name, "'" + std::string{name} + "' does nothing without 'event_stream'",
          "name the stream with `event_stream: cistern`, or remove the option");
    }
  }

  void add(std::string_view name, std::string what, std::string next_step) {
    problems_.push_back({.severity = Problem::Severity::error,
                         .place = values_.place(name),
                         .what = std::move(what),
                         .next_step = std::move(next_step),
                         .source_line = {}});
  }

  const config::Values& values_;
  std::vector<Problem>& problems_;
};

}  // namespace

bool wants_event_stream(const config::Values& values) {
  return values.has("event_stream");
}

EventStreamSettings make_event_stream_settings(const config::Values& values) {
  EventStreamSettings out;
  out.name = values.text("event_stream");
  if (values.has("event_stream_types")) {
    for (const std::string& type : values.list("event_stream_types"))
      out.types.push_back(number_of(type).value_or(0));
  }
  if (values.has("event_stream_groups")) out.groups = values.list("event_stream_groups");
  if (values.has("event_stream_ca_file")) out.ca_file = values.text("event_stream_ca_file");
  out.recreate = values.boolean("event_stream_recreate");
  return out;
}

void check_event_stream(const config::Values& values, std::vector<Problem>& problems) {
  Check{values, problems}.run();
}

}  // namespace cistern::connectors::cisco_secure_endpoint
