// The lab: vendors' clouds on loopback that refuse what the vendors refuse.
//
// It shares no signing, token or protocol code with the connectors: a shared mistake would agree
// with itself. It keeps the ground truth of what each vendor's rules owe a collector.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cistern::lab {

// ---- what a collector needs to log in; the same in every lab ----

/// Application with all permissions, and its secret.
inline constexpr std::string_view kLabClientId = "aaaaaaaa-0000-4000-8000-000000000001";
inline constexpr std::string_view kLabClientSecret = "lab-secret";
/// A second secret of the same application that breaks clients which do not percent-encode.
inline constexpr std::string_view kLabOddClientSecret = "Lab8Q~odd+secret/with=signs&100%";
/// Application to which no permission was granted: its tokens carry no roles.
inline constexpr std::string_view kLabRolelessClientId = "aaaaaaaa-0000-4000-8000-000000000002";
/// Application without ActivityFeed.ReadDlp.
inline constexpr std::string_view kLabNoDlpClientId = "aaaaaaaa-0000-4000-8000-000000000003";
/// Application whose secret has expired.
inline constexpr std::string_view kLabExpiredClientId = "aaaaaaaa-0000-4000-8000-000000000004";
/// GUID and domain name of the lab's tenants, numbered from 1:
/// "11111111-2222-3333-4444-555555500001", "contoso1.onmicrosoft.com" (the first also answers to
/// "contoso.onmicrosoft.com").
std::string lab_tenant_id(unsigned number);
std::string lab_tenant_domain(unsigned number);

/// Falcon: 32 hexadecimal digits that name a customer and his API client with the scope "Event
/// streams: read", numbered from 1; the secret is kLabClientSecret.
/// "0123456789abcdef0000000000000001", "fa1c0000000000000000000000000001".
std::string lab_falcon_customer_id(unsigned number);
std::string lab_falcon_client_id(unsigned number);
/// API clients of the first customer: without that scope, and one that was revoked.
inline constexpr std::string_view kLabFalconScopelessClientId = "fa1c0000000000000000000000000a02";
inline constexpr std::string_view kLabFalconRevokedClientId = "fa1c0000000000000000000000000a03";

/// Cisco Umbrella: the key pair, the Cisco-managed bucket with the customer's folder, and the
/// customer's own bucket with its queue.
inline constexpr std::string_view kLabUmbrellaKeyId = "AKIALABUMBRELLA00001";
inline constexpr std::string_view kLabUmbrellaSecret = "lab/umbrella+secret0123456789abcdefABCDE";
inline constexpr std::string_view kLabUmbrellaBucket = "cisco-managed-eu-west-1";
inline constexpr std::string_view kLabUmbrellaFolder =
    "2003477_a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6e7f8a9b0";
inline constexpr std::string_view kLabUmbrellaOwnBucket = "contoso-umbrella";
inline constexpr std::string_view kLabUmbrellaQueue = "/111122223333/umbrella-logs";

/// Duo: integrations of the lab's account with and without "Grant read log", the Accounts API
/// application of whom the accounts are children, and the secret key of all three.
inline constexpr std::string_view kLabDuoIntegrationKey = "DILABLABLABLABLABLAB";
inline constexpr std::string_view kLabDuoNoReadLogKey = "DILABLABLABLABNOREAD";
inline constexpr std::string_view kLabDuoAccountsKey = "DILABLABLABACCOUNTS0";
inline constexpr std::string_view kLabDuoSecretKey = "lab0secret0lab0secret0lab0secret0lab0sec";
/// "DALABLABLABLABLAB001", numbered from 1.
std::string lab_duo_account_id(unsigned number);

/// Secure Endpoint: API credentials with "Read & Write" and with "Read-only".
inline constexpr std::string_view kLabEndpointClientId = "1ab1ab1ab1ab1ab1ab1a";
inline constexpr std::string_view kLabEndpointApiKey = "1ab00000-0000-4000-8000-00000000ab1e";
inline constexpr std::string_view kLabEndpointReadClientId = "1ab2ab2ab2ab2ab2ab2a";
inline constexpr std::string_view kLabEndpointReadApiKey = "2ab00000-0000-4000-8000-00000000ab1e";

/// Senders that come to a collector by themselves. Addresses are HOST:PORT; empty: no such sender.
struct SenderOptions {
  std::string folder;  ///< Certificates and keys, made when they are not there: see lab/README.md.
  std::string syslog_udp;
  std::string syslog_tcp;
  std::string syslog_tls;
  std::string syslog_relp;
  double syslog_per_second = 20;  ///< Messages, of each firewall while it is connected.
  std::string mail_ssh;           ///< Where the mail appliance pushes its logs.
  std::string mail_user = "esa";
  std::string mail_directory = "/upload";
  Duration mail_history = std::chrono::hours{6};  ///< Logs that wait on the appliance.
  double mail_history_per_hour = 200;             ///< Connections to the appliance.
  double mail_per_second = 2;
  Duration mail_roll = std::chrono::seconds{5};  ///< Age at which the mail log is rolled.
};

/// Cisco Umbrella's export to S3, in a Cisco-managed bucket and in one of the customer's own.
struct UmbrellaOptions {
  Duration history = std::chrono::hours{24};  ///< Slots of ten minutes before the start.
  double rows_per_hour = 400;                 ///< Of all kinds of log together, in the history.
  double live_per_second = 5;
  Duration slot = std::chrono::seconds{10};  ///< From the start on: how often objects are uploaded.
  /// Version of the columns: 1, 3, 4, 5, 6, 8, 9, 10, 12, 13, 15 and what is between them.
  unsigned schema = 13;
  bool headers = false;              ///< The first row of every object names the columns.
  Duration retention{0};             ///< Objects older than this are purged; 0: none is.
  std::vector<std::string> folders;  ///< Kinds of log ("dnslogs"); empty: all.
  /// One object of the history for each kind with many rows, so that it comes in several parts.
  std::uint64_t large_rows = 0;
  std::string notification = "direct";  ///< What the queue holds: "direct", "sns", "eventbridge".
};

/// Duo's logs. Rates below 0: as for Microsoft 365.
struct DuoOptions {
  double history_per_hour = -1;  ///< Authentications of an account; other logs have fewer rows.
  double live_per_second = -1;
  /// Seconds of the history in which each log has 1,200 rows, more than one answer takes.
  unsigned crowded_seconds = 0;
};

/// Secure Endpoint's events. Rates below 0: as for Microsoft 365.
struct EndpointOptions {
  double history_per_hour = -1;
  double live_per_second = -1;
};

struct LabOptions {
  std::string address = "127.0.0.1";  ///< Loopback only; anything else is refused.
  std::uint16_t port = 0;             ///< 0: any free one.
  std::uint64_t seed = 1;             ///< The same seed and start time give the same events.
  Duration history = std::chrono::hours{24 * 7};  ///< Backdated content present at the start.
  double history_per_hour = 400;                  ///< Records an hour and tenant in the history.
  double live_per_second = 20;                    ///< Records a second and tenant from then on.
  unsigned tenants = 1;
  /// "calm": answers as documented, nothing goes wrong. "ordinary": late blobs, duplicates in other
  /// blobs, shuffled pages, now and then 5xx, throttling, cut bodies. "hostile": all of that often,
  /// and expired tokens, foreign next links, oversize bodies, slow bodies, resets, malformed
  /// records.
  std::string faults = "ordinary";
  unsigned planted_gaps = 0;   ///< Blobs of the history that expire before they can be fetched.
  bool tls = false;            ///< Serve HTTPS as well, with a certificate made at the start.
  std::uint16_t tls_port = 0;  ///< 0: any free one.
  std::vector<std::string> certificates;  ///< PEM; registered for the lab's applications.
  unsigned page_size = 50;                ///< Content objects in one answer to "list content".
  /// Of one tenant and publisher; more are throttled (AF429). 0: no limit.
  std::uint64_t requests_per_minute = 2000;
  Duration live_blob = std::chrono::seconds{5};  ///< Live records of so long share a blob.
  Duration clock_skew{0};  ///< The vendor's clock is ahead of the given one by this.
  std::uint64_t cache_bytes = 256ULL << 20;  ///< Of compressed blobs kept to serve them again.
  unsigned threads = 2;
  unsigned falcon_partitions = 2;  ///< Of each customer; the second one is quiet.
  /// Of a customer of Falcon; below 0: as for Microsoft 365.
  double falcon_history_per_hour = -1;
  double falcon_live_per_second = -1;
  /// A lab started with the same file and options goes on where the last one ended, also after a
  /// kill: the same content, the same truth. Planted faults and switches are not kept. Empty:
  /// nothing is kept.
  std::string state_file;
  UmbrellaOptions umbrella;
  DuoOptions duo;
  EndpointOptions endpoint;
  SenderOptions senders;
};

/// A running lab; stops when destroyed. Its threads are its own.
class Lab {
 public:
  virtual ~Lab() = default;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  /// "http://127.0.0.1:port"
  [[nodiscard]] virtual std::string url() const = 0;
  /// "https://127.0.0.1:port", or empty without TLS; and the certificate to trust for it.
  [[nodiscard]] virtual std::string tls_url() const = 0;
  [[nodiscard]] virtual std::string tls_certificate() const = 0;
  /// No new content appears from now on (also `POST /lab/freeze`).
  virtual void freeze() = 0;
};

Result<std::unique_ptr<Lab>> start_lab(LabOptions options, const Clock& clock);

// ---- proof ----

struct VerifyOptions {
  std::string lab_url;     ///< Asks a running lab for its truth (`GET /lab/truth`), or
  std::string truth_file;  ///< reads what an earlier call saved.
  std::string store_dump;  ///< NDJSON of the store's lines ("-": standard input), or empty.
  std::vector<std::string>
      outputs;  ///< Files written by a destination, in order; .gz and .zst are decompressed.
  std::string format = "ecs";  ///< Of the outputs: "ecs" or "raw".
  TimePoint stopped_at{};      ///< When collecting stopped; epoch: all content is owed.
  Duration settle = std::chrono::seconds{
      15};  ///< Content that became readable later than this before the stop is not owed.
  /// Messages whose last log file was acknowledged later than this before the stop need not be
  /// joined yet.
  Duration settle_joined = std::chrono::minutes{3};
  /// The collector was killed on purpose: then the end of a TCP connection does not prove that what
  /// it read was kept.
  bool killed = false;
};

struct Finding {
  std::string kind;   ///< "lost", "repeated", "altered", "invented"
  std::string place;  ///< "store" or the file's name.
  std::string id;     ///< The vendor's record id; "customer/feed/offset" of Falcon.
  std::string detail;
};

/// A vendor's part of the proof.
struct VendorShare {
  std::string name;  ///< "Microsoft 365", "Falcon", "Syslog over TCP", "Mail log lines", ...
  std::uint64_t owed = 0;
  std::uint64_t stored = 0;
  std::uint64_t delivered = 0;
  /// What else is counted there, by name: "unread" of TCP, "unseen" of UDP.
  std::vector<std::pair<std::string, std::uint64_t>> counts;
};

struct Proof {
  std::uint64_t owed = 0;  ///< Distinct records that the vendor's rules owe a collector.
  std::uint64_t unowed =
      0;  ///< Stored or not, it is right: too late, or expired before it could be read.
  std::uint64_t stored = 0;     ///< Owed records found in the store.
  std::uint64_t waiting = 0;    ///< In the store, and not yet in the outputs.
  std::uint64_t delivered = 0;  ///< Owed records found in the outputs.
  std::uint64_t lost = 0;
  std::uint64_t repeated = 0;
  std::uint64_t altered = 0;
  std::uint64_t invented = 0;        ///< Stored or delivered, and never said by the vendor.
  std::uint64_t gaps = 0;            ///< Blobs that were offered and could not be read.
  std::vector<VendorShare> vendors;  ///< Of those that owed anything.
  std::vector<Finding> findings;     ///< At most 100.
  [[nodiscard]] bool clean() const {
    return lost == 0 && repeated == 0 && altered == 0 && invented == 0;
  }
};

Result<Proof> verify(const VerifyOptions& options);

}  // namespace cistern::lab
