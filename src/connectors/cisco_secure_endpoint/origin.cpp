#include "connectors/cisco_secure_endpoint/origin.hpp"

#include "connectors/cisco_secure_endpoint/event_stream_options.hpp"
#include "connectors/cisco_secure_endpoint/identity.hpp"
#include "connectors/cisco_secure_endpoint/options.hpp"

namespace cistern::connectors::cisco_secure_endpoint {

std::vector<runtime::OriginFact> origin_of(const runtime::OriginQuestion& question) {
  const Settings settings = make_settings(question.values);
  const bool events = question.stream == kEvents;
  if (!events && question.stream != kAudit) return {};
  const std::string path = events ? "/v1/events?start_date=..." : "/v1/audit_logs?start_time=...";
  std::vector<runtime::OriginFact> facts{
      {"request", "GET " + settings.machine.api_url + path + "&limit=500, newest first"}};
  if (events && wants_event_stream(question.values)) {
    facts.push_back({"or by", "event stream " + question.values.text("event_stream")});
  }
  const auto through = question.position.find(std::string{question.stream} + "/through");
  if (through != question.position.end()) facts.push_back({"read through", through->second});
  return facts;
}

}  // namespace cistern::connectors::cisco_secure_endpoint
