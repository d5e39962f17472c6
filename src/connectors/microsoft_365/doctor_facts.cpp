#include "connectors/microsoft_365/doctor_facts.hpp"

#include "connectors/microsoft_365/answer_evidence.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::microsoft_365 {

using runtime::ProbeResult;

Api Examination::api() const {
  const MachineOptions& machine = settings.machine;
  return {.manage_url = machine.manage_url,
          .tenant = facts.tenant,
          .publisher = machine.publisher.empty() ? facts.tenant : machine.publisher};
}

bool Examination::holds(std::string_view role) const {
  if (!facts.token) return false;
  const std::vector<std::string>& roles = facts.token->grant.roles;
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

bool Examination::left_out(std::string_view content_type) const {
  return content_type == kDlp && !settings.machine.dlp_required && !holds("ActivityFeed.ReadDlp");
}

ProbeResult with_evidence(ProbeResult conclusion, const HttpResponse& response) {
  Evidence evidence = evidence_of(response);
  conclusion.correlation_id = std::move(evidence.correlation_id);
  conclusion.vendor_time = std::move(evidence.time);
  return conclusion;
}

}  // namespace cistern::connectors::microsoft_365
