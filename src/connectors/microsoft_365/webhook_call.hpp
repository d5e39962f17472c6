// What somebody sends to the webhook's address: judged, never trusted. Pure.
//
// Vendor's rules ("Office 365 Management Activity API reference", receiving notifications): a POST
// with `Webhook-AuthID`; for the validation also `Webhook-ValidationCode`, answered with 200;
// otherwise a JSON array of the contents that became available. Anything but 200 counts as a failed
// delivery and is repeated, until the vendor disables the webhook.
#pragma once

#include "base/secret.hpp"
#include "connectors/microsoft_365/wire.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::microsoft_365 {

inline constexpr std::size_t kMaxNotificationBody = 256 * 1024;
inline constexpr std::size_t kMaxNotifiedContents = 2000;

/// A content that the vendor says has become available. It only shortens the wait for the next
/// listing: what is fetched, and from where, a listing decides.
struct NotifiedContent {
  const ContentType* type = nullptr;
  std::string id;  ///< contentId.
};

/// One call, as far as it matters.
struct WebhookCall {
  std::string_view method;
  std::optional<std::string_view> auth_id;          ///< Webhook-AuthID.
  std::optional<std::string_view> validation_code;  ///< Webhook-ValidationCode.
  std::string_view body;
};

/// Whose notifications are taken.
struct WebhookOwner {
  std::string manage_url;
  std::string tenant;  ///< GUID; empty while it is not known yet.
  std::string client_id;
};

struct WebhookVerdict {
  int status = 200;
  std::string_view refusal;  ///< Why it was refused, as counted: "auth_id", "method", ...
  bool validation = false;
  std::vector<NotifiedContent> contents;
};

/// Compared in a time that tells nothing of the secret, also not its length.
bool auth_id_fits(const Secret& expected, std::optional<std::string_view> presented);

/// A call whose AuthID fits. Refusals, each of the whole call: "method" (405), "validation" (the
/// code of the header and of the body differ), "not_json", "too_many", "other_tenant",
/// "other_application", "foreign_link" (a content outside `manage_url`); all 400 but the first.
WebhookVerdict judge_call(const WebhookCall& call, const WebhookOwner& owner);

}  // namespace cistern::connectors::microsoft_365
