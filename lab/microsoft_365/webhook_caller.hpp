// Calls a webhook's address as the vendor does: HTTPS, certificate checked, no redirect.
#pragma once

#include "lab/harness/http.hpp"

#include <string>
#include <vector>

namespace cistern::lab {

struct WebhookRequest {
  std::string address;
  std::vector<Header> headers;
  std::string body;
  /// PEM of an authority to trust instead of the system's; empty for the system's.
  std::string authority;
};

struct WebhookReply {
  int status = 0;     ///< 0: no answer.
  std::string error;  ///< Why there is none.
};

/// Waits for the answer, 10 s at most.
WebhookReply call_webhook(const WebhookRequest& request);

}  // namespace cistern::lab
