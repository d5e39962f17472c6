// The decisions of the Management Activity API, without I/O (docs: vendor's "Office 365 Management
// Activity API reference", "FAQs and troubleshooting").
#pragma once

#include "base/poll.hpp"
#include "base/random.hpp"
#include "connectors/microsoft_365/webhook_call.hpp"
#include "connectors/microsoft_365/webhook_keeper.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cistern::connectors::microsoft_365 {

struct MachineOptions {
  std::string manage_url;  ///< "https://manage.office.com": scheme, host and port of every request.
  std::string login_url;   ///< For resolving a domain name to the tenant's GUID.
  std::string tenant;      ///< GUID, or a verified domain name to be resolved.
  std::string publisher;   ///< PublisherIdentifier; empty: the tenant's GUID.
  std::vector<std::string> content_types;  ///< "Audit.Exchange", ...
  /// The user named DLP.All: without its role it is refused loudly, and not merely left out.
  bool dlp_required = false;
  Duration poll_interval = std::chrono::minutes{1};
  /// On first start; at most 7 days less 5 minutes are asked for.
  Duration backfill = std::chrono::hours{24 * 7};
  Duration overlap = std::chrono::hours{2};  ///< Listed again behind the watermark at each poll.
  Duration sweep_interval = std::chrono::hours{12};  ///< Between listings of the whole 7 days.
  std::uint64_t max_blob = 100ULL * 1024 * 1024;
  unsigned max_blobs_pending = 64;  ///< Blob requests handed to the driver at once.
  std::optional<WebhookOptions> webhook = {};
};

/// A machine that can also be told of contents by the vendor's notifications.
class NotifiedMachine : public PollMachine {
 public:
  /// Lists what these contents belong to without waiting for the next poll. Nothing else is taken
  /// from a notification: whoever forges one causes a listing, a few seconds apart at most.
  virtual Step on_notified(const std::vector<NotifiedContent>& contents, TimePoint now) = 0;
  /// Whose notifications are to be taken.
  [[nodiscard]] virtual std::string tenant() const = 0;  ///< GUID; empty while it is not known.
};

/// `random` outlives the machine; only jitter depends on it.
std::unique_ptr<NotifiedMachine> make_machine(MachineOptions options, Random& random);

}  // namespace cistern::connectors::microsoft_365
