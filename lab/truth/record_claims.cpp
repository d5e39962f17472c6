// What a record of Duo or Secure Endpoint says of itself.
#include "lab/truth/json_scan.hpp"
#include "lab/truth/record_verifier.hpp"

namespace cistern::lab {

std::optional<std::string> duo_claim(std::string_view raw) {
  for (const auto* const name : {"activity_id", "telephony_id", "sekey", "txid"}) {
    if (auto id = member_text(raw, name)) return id;
  }
  const auto second = member_text(raw, "timestamp");
  const auto action = member_text(raw, "action");
  if (!second || !action || !member(raw, "isotimestamp")) return std::nullopt;
  return (action->starts_with("o2fa_") ? "offline_enrollment/" : "administrator/") + *second + "/1";
}

std::optional<std::string> endpoint_claim(std::string_view raw) {
  if (member(raw, "event_type_id")) return member_text(raw, "id").value_or("event without id");
  const auto created = member_text(raw, "created_at");
  const auto time = created ? parse_time(*created) : std::nullopt;
  if (!time || !member(raw, "audit_log_type")) return std::nullopt;
  return "audit/" + std::to_string(unix_seconds(*time)) + "/0";
}

}  // namespace cistern::lab
