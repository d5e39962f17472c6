// What the webhook's options mean together.
#pragma once

#include "connectors/microsoft_365/options.hpp"

#include <vector>

namespace cistern::connectors::microsoft_365 {

void check_webhook(const config::Values& values, std::vector<config::Problem>& problems);

struct WebhookSettings {
  WebhookOptions registered;  ///< What the vendor is told.
  WebhookReceiver receiver;   ///< What this machine does.
};

/// Call only when there is a `webhook_url`.
Result<WebhookSettings> make_webhook(const config::Values& values, const ReadFile& read_file);

/// Whether the certificate can be shown at `now`, and the AuthID has the form of one.
Status verify_webhook(const config::Values& values, const ReadFile& read_file, TimePoint now);

}  // namespace cistern::connectors::microsoft_365
