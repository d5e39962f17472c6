// The wire of the Management Activity API: requests built, answers parsed. No state.
//
// Every answer is bounded and distrusted: links in it decide where a bearer token goes next.
#pragma once

#include "base/http.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::microsoft_365 {

struct ContentType {
  std::string_view name;    ///< As the vendor writes it.
  std::string_view stream;  ///< As cistern names its stream.
  std::string_view text;    ///< What it holds.
};

inline constexpr std::array<ContentType, 5> kContentTypes{{
    {"Audit.AzureActiveDirectory", "audit.azure_active_directory",
     "Sign-ins and changes of the directory (Entra ID)."},
    {"Audit.Exchange", "audit.exchange", "Mailbox audit and Exchange administration."},
    {"Audit.SharePoint", "audit.sharepoint", "SharePoint and OneDrive."},
    {"Audit.General", "audit.general",
     "Everything else: Teams, Power Platform, Defender, alerts, Purview, Copilot."},
    {"DLP.All", "dlp.all", "Data loss prevention matches of all workloads."},
}};
inline constexpr std::string_view kDlp = "DLP.All";

/// Compared without case (the vendor has echoed "Audit.Sharepoint"); null when unknown.
const ContentType* find_content_type(std::string_view name);

/// Where and for whom requests are made.
struct Api {
  std::string manage_url;  ///< Without a slash at the end.
  std::string tenant;      ///< GUID.
  std::string publisher;   ///< GUID; without it a quota is shared with the whole world.
};

// ---- requests ----

HttpRequest openid_request(std::string_view login_url, std::string_view tenant);
HttpRequest subscriptions_request(const Api& api);
struct WebhookRegistration;
/// `webhook`: null to start without one, which removes one that is registered.
HttpRequest start_request(const Api& api, std::string_view content_type,
                          const WebhookRegistration* webhook = nullptr);
/// `from` <= contentCreated < `to`, whole seconds, at most 24 hours, both always given: the
/// vendor's pages contradict each other on what is meant without them.
HttpRequest content_request(const Api& api, std::string_view content_type, TimePoint from,
                            TimePoint to);
/// Links of answers are used verbatim, only the publisher is added.
HttpRequest page_request(const Api& api, std::string_view url);
HttpRequest blob_request(const Api& api, std::string_view url, std::uint64_t max_body);

/// Adds PublisherIdentifier unless the query has it already (names compared without case).
std::string with_publisher(std::string_view url, std::string_view publisher);

/// Whether a link from an answer may receive our token: same scheme, host and port as `manage_url`,
/// no user information, printable ASCII, bounded length.
bool link_allowed(std::string_view manage_url, std::string_view url);

bool is_guid(std::string_view text);
/// The first GUID inside the text, in lower case.
std::optional<std::string> find_guid(std::string_view text);

// ---- answers ----

inline constexpr std::size_t kMaxListBody = 16U << 20;
inline constexpr std::size_t kMaxPageItems = 20'000;
inline constexpr std::size_t kMaxLink = 8192;
inline constexpr std::size_t kMaxContentId = 1024;

enum class SubscriptionState : std::uint8_t { enabled, disabled, unknown };

struct Subscription {
  std::string content_type;
  SubscriptionState state = SubscriptionState::unknown;  ///< The vendor's own sample omits it once.
  /// Of the webhook that somebody registered: "enabled", "disabled", "expired"; empty for none.
  std::string webhook{};
  std::string webhook_address{};
  std::optional<Secret> webhook_auth_id{};  ///< Nothing where the answer names none.
  TimePoint webhook_expires{};              ///< Epoch: none, or unknown.
};

/// A webhook that is to be registered with a start.
struct WebhookRegistration {
  std::string_view address;
  const Secret& auth_id;
  TimePoint expiration{};
};

/// One content blob as a listing names it.
struct BlobRef {
  std::string id;            ///< contentId.
  std::string url;           ///< contentUri, verbatim.
  std::string created_text;  ///< contentCreated as the vendor wrote it.
  TimePoint created{};       ///< Epoch when it could not be read.
  TimePoint expires{};       ///< contentExpiration; epoch when unknown. Read, never computed.
};

/// Names the blob in the position and in the queue.
Identity blob_key(std::string_view content_id);

struct ContentPage {
  std::vector<BlobRef> blobs;
  std::optional<std::string> next;  ///< NextPageUri (or NextPageUrl) header.
  std::size_t unreadable = 0;       ///< Items without a usable contentId or contentUri.
  std::size_t foreign = 0;          ///< Items whose contentUri leaves the management host.
  std::string foreign_host;         ///< The first such host, for the message.
};

/// Failures have code "microsoft_365/unreadable-answer" (retry) and quote the answer's beginning.
Result<std::string> parse_openid(const HttpResponse& response);  ///< The tenant's GUID.
Result<std::vector<Subscription>> parse_subscriptions(const HttpResponse& response);
/// The state that a start request's answer declares.
Result<Subscription> parse_started(const HttpResponse& response);
Result<ContentPage> parse_content(const HttpResponse& response, std::string_view manage_url);

/// "status 502, text/html, 1,234 bytes beginning ..." for answers nobody expected.
std::string describe_answer(const HttpResponse& response);
Failure unreadable_answer(const HttpResponse& response, std::string_view expected);

/// The vendor's own time, from the Date header.
std::optional<TimePoint> server_time(const HttpResponse& response);

}  // namespace cistern::connectors::microsoft_365
