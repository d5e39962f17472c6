// What a token allows. Entra issues tokens without any role when no permission was granted, and the
// failure would show only later and in other words.
#include "base/bytes.hpp"
#include "connectors/microsoft_365/messages.hpp"
#include "connectors/microsoft_365/tenant_machine.hpp"

#include <algorithm>

namespace cistern::connectors::microsoft_365 {

namespace {

constexpr std::string_view kRead = "ActivityFeed.Read";
constexpr std::string_view kReadDlp = "ActivityFeed.ReadDlp";
constexpr Duration kRecheck = std::chrono::minutes{15};

bool holds(const Grant& grant, std::string_view role) {
  return std::find(grant.roles.begin(), grant.roles.end(), role) != grant.roles.end();
}

/// A credential that is no readable token says nothing, and nothing is concluded from it.
bool is_readable(const Grant& grant) {
  return !grant.tenant.empty() || !grant.audience.empty() || !grant.roles.empty();
}

}  // namespace

std::optional<Failure> TenantMachine::objection(const Grant& grant) const {
  if (!api_.tenant.empty() && is_guid(grant.tenant) &&
      !equal_ignoring_case(grant.tenant, api_.tenant)) {
    return messages::tenant_mismatch(api_.tenant, grant.tenant);
  }
  // The audience may also be the resource's GUID; only another host is a contradiction.
  const auto audience = url_origin(grant.audience);
  if (audience && audience != url_origin(api_.manage_url)) {
    return messages::audience_mismatch(api_.manage_url, grant.audience);
  }
  if (!holds(grant, kRead)) return messages::role_missing(kRead, grant.roles);
  return std::nullopt;
}

void TenantMachine::judge(const Grant& grant, Step& step) {
  if (!is_readable(grant)) return;
  grant_ = grant;
  if (const std::optional<Failure> failure = objection(grant)) {
    const bool permission = failure->code == "microsoft_365/role-missing";
    return block(permission ? Report::Kind::denied : Report::Kind::stopped, *failure, kRecheck,
                 true, step);
  }
  if (blocked_ && renew_after_block_) {
    blocked_ = false;
    renew_after_block_ = false;
  }
  Turn current = turn(step);
  for (const auto& stream : streams_) {
    const bool dlp = stream->type().name == kDlp;
    if (dlp && !holds(grant, kReadDlp)) {
      if (options_.dlp_required) {
        stream->pause(Report::Kind::denied, messages::role_missing(kReadDlp, grant.roles), kRecheck,
                      true, current);
      } else if (!dlp_told_) {
        dlp_told_ = true;
        tell(Report::Kind::notice, messages::dlp_left_out(), {}, step);
      }
      continue;
    }
    if (dlp) stream->resume_with_new_grant();
  }
}

}  // namespace cistern::connectors::microsoft_365
