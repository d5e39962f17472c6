// The parameters of `/v1/events` and `/v1/audit_logs`.
#include "base/bytes.hpp"
#include "lab/cisco_secure_endpoint/endpoint_api.hpp"
#include "lab/truth/json_scan.hpp"

#include <algorithm>
#include <charconv>
#include <set>

namespace cistern::lab {

namespace {

constexpr std::uint64_t kMostRows = 500;

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t value = 0;
  const auto* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (text.empty() || read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return value;
}

using Wanted = std::map<std::string, std::set<std::string>>;

// Values of one parameter are alternatives; all parameters must fit.
bool fits(const Wanted& wanted, const std::string& name, const std::string& value) {
  const auto found = wanted.find(name);
  return found == wanted.end() || found->second.contains(value);
}

EndpointContent::Filter event_filter(Wanted wanted) {
  return [wanted = std::move(wanted)](const Arrival& arrival) {
    const auto facts = endpoint_facts(arrival);
    return fits(wanted, "event_type", std::to_string(facts.type)) &&
           fits(wanted, "group_guid", facts.group) &&
           fits(wanted, "connector_guid", facts.connector) &&
           fits(wanted, "detection_sha256", facts.file_sha256) &&
           fits(wanted, "application_sha256", facts.file_sha256);
  };
}

EndpointContent::Filter audit_filter(Wanted wanted) {
  return [wanted = std::move(wanted)](const Arrival& arrival) {
    std::string record;
    append_audit_record(record, arrival);
    return std::all_of(wanted.begin(), wanted.end(), [&](const auto& one) {
      return one.second.contains(member_text(record, one.first).value_or(""));
    });
  };
}

bool is_filter(EndpointLog log, std::string_view name) {
  if (log == EndpointLog::audit) {
    return name == "audit_log_type" || name == "audit_log_id" || name == "audit_log_user" ||
           name == "event";
  }
  return name == "event_type" || name == "group_guid" || name == "connector_guid" ||
         name == "detection_sha256" || name == "application_sha256";
}

bool set_time(TimePoint& target, std::string_view text) {
  const auto time = parse_time(text);
  if (time) target = std::chrono::floor<std::chrono::seconds>(*time);
  return time.has_value();
}

bool set_bound(EndpointQuestion& question, EndpointLog log, std::string_view name,
               std::string_view value) {
  const bool audit = log == EndpointLog::audit;
  if (name == (audit ? "start_time" : "start_date")) return set_time(question.range.from, value);
  if (audit && name == "end_time") return set_time(question.range.to, value);
  const auto number = number_of(value);
  if (name == "offset" && number) {
    question.offset = *number;
    return true;
  }
  if (name != "limit" || !number || *number == 0 || *number > kMostRows) return false;
  question.limit = static_cast<std::size_t>(*number);
  return true;
}

}  // namespace

EndpointQuestion endpoint_question(const Request& request, EndpointLog log) {
  EndpointQuestion question;
  question.limit = kMostRows;
  Wanted wanted;
  for (const auto& [key, value] : request.query) {
    const auto name = key.ends_with("[]") ? key.substr(0, key.size() - 2) : key;
    if (is_filter(log, name)) {
      wanted[name].insert(value);
    } else if (!set_bound(question, log, name, value)) {
      question.problem = "Unknown parameter or bad value: " + excerpt(key, 60);
      return question;
    }
  }
  if (!wanted.empty()) {
    question.filter = log == EndpointLog::events ? event_filter(std::move(wanted))
                                                 : audit_filter(std::move(wanted));
  }
  return question;
}

}  // namespace cistern::lab
