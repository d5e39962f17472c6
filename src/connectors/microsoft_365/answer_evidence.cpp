#include "connectors/microsoft_365/answer_evidence.hpp"

#include "base/bytes.hpp"
#include "connectors/microsoft_365/wire.hpp"

#include <boost/json.hpp>

namespace cistern::connectors::microsoft_365 {

namespace json = boost::json;

namespace {

constexpr std::size_t kLooked = 64 * 1024;
constexpr std::size_t kLongest = 64;

std::string member(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains({key.data(), key.size()});
  if (value == nullptr || !value->is_string()) return {};
  return excerpt({value->get_string().data(), value->get_string().size()}, kLongest);
}

void read_body(std::string_view body, Evidence& out) {
  json::parse_options options;
  options.max_depth = 32;
  boost::system::error_code failed;
  const json::value value = json::parse({body.data(), body.size()}, failed, {}, options);
  if (const json::object* object = failed ? nullptr : value.if_object()) {
    out.correlation_id = member(*object, "correlation_id");
    out.time = member(*object, "timestamp");
  }
  constexpr std::string_view kMark = "CorrId=";
  const auto mark = body.find(kMark);
  if (!out.correlation_id.empty() || mark == std::string_view::npos) return;
  const std::string_view id = body.substr(mark + kMark.size(), 36);
  if (is_guid(id)) out.correlation_id = id;
}

}  // namespace

Evidence evidence_of(const HttpResponse& response) {
  Evidence out;
  // Answers that worked are long, and name neither.
  if (response.status != 200) {
    read_body(std::string_view{response.body}.substr(0, kLooked), out);
  }
  for (const std::string_view name : {"x-ms-request-id", "request-id"}) {
    const auto value = response.header(name);
    if (out.correlation_id.empty() && value) out.correlation_id = excerpt(*value, kLongest);
  }
  const auto date = response.header("Date");
  if (out.time.empty() && date) out.time = excerpt(*date, kLongest);
  return out;
}

std::string to_text(const Evidence& evidence) {
  std::string out;
  if (!evidence.correlation_id.empty()) out += " [correlation id " + evidence.correlation_id + "]";
  if (!evidence.time.empty()) out += " [" + evidence.time + "]";
  return out;
}

}  // namespace cistern::connectors::microsoft_365
