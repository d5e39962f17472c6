#include "lab/cisco_umbrella/log_folder.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace cistern::lab {

namespace {

using Counts = std::pair<unsigned, unsigned>;

constexpr std::string_view kCategories =
    "Malware|Newly Seen Domains|Business Services|Search Engines|Infrastructure|Social Networking|"
    "Phishing|News/Media";

constexpr std::array kDns = {
    ColumnPlan{"timestamp", Cell::time},
    ColumnPlan{"most granular identity", Cell::identity},
    ColumnPlan{"identities", Cell::identities},
    ColumnPlan{"internal ip", Cell::inner_address},
    ColumnPlan{"external ip", Cell::outer_address},
    ColumnPlan{"action", Cell::word, "Allowed|Allowed|Allowed|Blocked"},
    ColumnPlan{"query type", Cell::word, "1 (A)|28 (AAAA)|65 (HTTPS)|16 (TXT)|Other"},
    ColumnPlan{"response code", Cell::word, "NOERROR|NOERROR|NOERROR|NXDOMAIN|SERVFAIL"},
    ColumnPlan{"domain", Cell::domain},
    ColumnPlan{"categories", Cell::words, kCategories},
    ColumnPlan{"most granular identity type", Cell::identity_type},
    ColumnPlan{"identity types", Cell::identity_types},
    ColumnPlan{"blocked categories", Cell::words, kCategories},
    ColumnPlan{"rule id", Cell::number},
    ColumnPlan{"destination countries", Cell::words, "FR|DE|US|NL|JP"},
    ColumnPlan{"organization id", Cell::word, "2003477"},
    ColumnPlan{"", Cell::word, "x|y"},
    ColumnPlan{"", Cell::number},
    ColumnPlan{"", Cell::empty},
    ColumnPlan{"", Cell::word, "true|false"}};
constexpr std::array kDnsCounts = {Counts{1, 10}, Counts{3, 12}, Counts{4, 13}, Counts{10, 16},
                                   Counts{17, 20}};

constexpr std::array kProxy = {
    ColumnPlan{"timestamp", Cell::time},
    ColumnPlan{"policy identity label", Cell::identity},
    ColumnPlan{"internal client ip", Cell::inner_address},
    ColumnPlan{"external client ip", Cell::outer_address},
    ColumnPlan{"destination ip", Cell::far_address},
    ColumnPlan{"content type", Cell::word, "text/html|application/zip|image/png|application/json"},
    ColumnPlan{"action", Cell::word, "ALLOWED|ALLOWED|ALLOWED|BLOCKED"},
    ColumnPlan{"url", Cell::url},
    ColumnPlan{"referer", Cell::word, "https://www.example.com/||"},
    ColumnPlan{"user agent", Cell::agent},
    ColumnPlan{"status code", Cell::word, "200|200|304|403|502"},
    ColumnPlan{"request size", Cell::size},
    ColumnPlan{"response size", Cell::size},
    ColumnPlan{"response body size", Cell::size},
    ColumnPlan{"sha256", Cell::hash},
    ColumnPlan{"categories", Cell::words, kCategories},
    ColumnPlan{"av detections"},
    ColumnPlan{"puas"},
    ColumnPlan{"amp disposition", Cell::word, "CLEAN|UNKNOWN|MALICIOUS"},
    ColumnPlan{"amp malware name"},
    ColumnPlan{"amp score"},
    ColumnPlan{"policy identity type", Cell::identity_type},
    ColumnPlan{"blocked categories", Cell::words, kCategories},
    ColumnPlan{"identities", Cell::identities},
    ColumnPlan{"identity types", Cell::identity_types},
    ColumnPlan{"request method", Cell::word, "GET|GET|POST|CONNECT"},
    ColumnPlan{"dlp status", Cell::word, "|ALLOWED|BLOCKED"},
    ColumnPlan{"certificate errors"},
    ColumnPlan{"file name", Cell::file},
    ColumnPlan{"ruleset id", Cell::number},
    ColumnPlan{"rule id", Cell::number},
    ColumnPlan{"destination list ids", Cell::words, "17|18|21"},
    ColumnPlan{"isolate action"},
    ColumnPlan{"file action"},
    ColumnPlan{"warn status"},
    ColumnPlan{"forwarding method", Cell::word, "SWA|PAC|IPSEC"},
    ColumnPlan{"producer"},
    ColumnPlan{"msp organization id"},
    ColumnPlan{"geo location of blocked destination countries"},
    ColumnPlan{"application ids", Cell::words, "1201|1404"},
    ColumnPlan{"hostname", Cell::host},
    ColumnPlan{"data center", Cell::word, "CDG1|FRA1|LON1"},
    ColumnPlan{"egress", Cell::word, "true|false"},
    ColumnPlan{"server name", Cell::host},
    ColumnPlan{"time based rule", Cell::word, "true|false"},
    ColumnPlan{"security overridden", Cell::word, "true|false"},
    ColumnPlan{"detected response file type", Cell::word, "zip|pdf|"},
    ColumnPlan{"warn categories"},
    ColumnPlan{"organization id", Cell::word, "2003477"},
    ColumnPlan{"application entity name"},
    ColumnPlan{"application entity category"},
    ColumnPlan{"egress ip", Cell::outer_address},
    ColumnPlan{"ai model name"},
    ColumnPlan{"ai supply chain categories"},
    ColumnPlan{"event correlation id", Cell::transaction},
    ColumnPlan{"isolation profile id"},
    ColumnPlan{"", Cell::word, "x|y"},
    ColumnPlan{"", Cell::empty}};
constexpr std::array kProxyCounts = {Counts{1, 22},  Counts{4, 23}, Counts{5, 26},  Counts{6, 32},
                                     Counts{8, 35},  Counts{9, 37}, Counts{10, 49}, Counts{14, 55},
                                     Counts{16, 56}, Counts{17, 58}};

constexpr std::array kFirewall = {ColumnPlan{"timestamp", Cell::time},
                                  ColumnPlan{"origin ids", Cell::word, "[211039844]|[211039845]"},
                                  ColumnPlan{"identities", Cell::word, "Branch-Paris|Branch-Lyon"},
                                  ColumnPlan{"identity type", Cell::word, "CDFW Tunnel Device"},
                                  ColumnPlan{"direction", Cell::word, "OUTBOUND|INBOUND"},
                                  ColumnPlan{"protocol", Cell::word, "6|17|1"},
                                  ColumnPlan{"packet size", Cell::size},
                                  ColumnPlan{"source ip", Cell::inner_address},
                                  ColumnPlan{"source port", Cell::port},
                                  ColumnPlan{"destination ip", Cell::far_address},
                                  ColumnPlan{"destination port", Cell::port},
                                  ColumnPlan{"data center", Cell::word, "cdg1.edc|fra1.edc"},
                                  ColumnPlan{"rule id", Cell::number},
                                  ColumnPlan{"action", Cell::word, "ALLOW|ALLOW|BLOCK"},
                                  ColumnPlan{"fqdns", Cell::host},
                                  ColumnPlan{"destination list ids", Cell::words, "44|66"},
                                  ColumnPlan{"first packet timestamp", Cell::epoch},
                                  ColumnPlan{"last packet timestamp", Cell::epoch},
                                  ColumnPlan{"packets sent", Cell::number},
                                  ColumnPlan{"packets received", Cell::number},
                                  ColumnPlan{"bytes sent", Cell::size},
                                  ColumnPlan{"bytes received", Cell::size},
                                  ColumnPlan{"fw event id", Cell::word, "39-42|39-43"},
                                  ColumnPlan{"destination country", Cell::word, "FR|DE|"},
                                  ColumnPlan{"aws region", Cell::word, "eu-west-3|"},
                                  ColumnPlan{"app id"},
                                  ColumnPlan{"private app id"},
                                  ColumnPlan{"private flow"},
                                  ColumnPlan{"posture id"},
                                  ColumnPlan{"casi category ids", Cell::word, "[]"},
                                  ColumnPlan{"traffic source"},
                                  ColumnPlan{"content category ids"},
                                  ColumnPlan{"content category list ids"},
                                  ColumnPlan{"organization id", Cell::word, "2003477"},
                                  ColumnPlan{"egress ip", Cell::outer_address},
                                  ColumnPlan{"egress", Cell::word, "shared"},
                                  ColumnPlan{"event correlation id", Cell::transaction},
                                  ColumnPlan{"destination sgt origin id"},
                                  ColumnPlan{"fw block reason"}};
constexpr std::array kFirewallCounts = {Counts{1, 14},  Counts{6, 16},  Counts{10, 34},
                                        Counts{13, 36}, Counts{14, 37}, Counts{16, 39}};

constexpr std::array kIp = {ColumnPlan{"timestamp", Cell::time},
                            ColumnPlan{"identity", Cell::computer},
                            ColumnPlan{"source ip", Cell::inner_address},
                            ColumnPlan{"source port", Cell::port},
                            ColumnPlan{"destination ip", Cell::far_address},
                            ColumnPlan{"destination port", Cell::port},
                            ColumnPlan{"categories", Cell::words, "Malware|Botnet"},
                            ColumnPlan{"identity type", Cell::word, "Roaming Computers"},
                            ColumnPlan{"", Cell::number},
                            ColumnPlan{"", Cell::empty}};
constexpr std::array kIpCounts = {Counts{1, 7}, Counts{3, 8}, Counts{17, 10}};

constexpr std::array kAudit = {
    ColumnPlan{"id", Cell::number},
    ColumnPlan{"timestamp", Cell::time},
    ColumnPlan{"email", Cell::email},
    ColumnPlan{"user", Cell::word, "Admin One|Admin Two"},
    ColumnPlan{"type", Cell::word, "logexportconfigurations|policies|destinationlists"},
    ColumnPlan{"action", Cell::word, "create|update|delete"},
    ColumnPlan{"logged in from", Cell::outer_address},
    ColumnPlan{"before", Cell::text_before},
    ColumnPlan{"after", Cell::text_before}};
constexpr std::array kAuditCounts = {Counts{1, 9}};

constexpr std::array kIntrusion = {
    ColumnPlan{"timestamp", Cell::time},
    ColumnPlan{"identities", Cell::word, "Branch-Paris|Branch-Lyon"},
    ColumnPlan{"identity types", Cell::word, "Network Tunnels"},
    ColumnPlan{"generator id", Cell::word, "1"},
    ColumnPlan{"signature id", Cell::number},
    ColumnPlan{"signature message", Cell::word, "SERVER-OTHER example overflow attempt"},
    ColumnPlan{"signature list id", Cell::number},
    ColumnPlan{"severity", Cell::word, "HIGH|MEDIUM|LOW|VERY LOW"},
    ColumnPlan{"attack classification", Cell::word, "Attempted User Privilege Gain"},
    ColumnPlan{"cves", Cell::words, "cve-2009-1016|cve-2021-44228"},
    ColumnPlan{"ip protocol", Cell::word, "TCP|UDP"},
    ColumnPlan{"session id", Cell::number},
    ColumnPlan{"source ip", Cell::far_address},
    ColumnPlan{"source port", Cell::port},
    ColumnPlan{"destination ip", Cell::inner_address},
    ColumnPlan{"destination port", Cell::port},
    ColumnPlan{"action", Cell::word, "Blocked|Would Block"},
    ColumnPlan{"operation mode", Cell::word, "IPS|IDS"},
    ColumnPlan{"policy resource id", Cell::number},
    ColumnPlan{"direction", Cell::word, "S2C|C2S|UNKNOWN"},
    ColumnPlan{"firewall rule id", Cell::number},
    ColumnPlan{"ips config type", Cell::word, "PROFILE"},
    ColumnPlan{"aws region", Cell::word, "eu-west-3"},
    ColumnPlan{"application id"},
    ColumnPlan{"casi category ids"},
    ColumnPlan{"data center"},
    ColumnPlan{"organization id", Cell::word, "2003477"},
    ColumnPlan{"egress ip", Cell::outer_address},
    ColumnPlan{"egress"},
    ColumnPlan{"enforced by"},
    ColumnPlan{"ftd enforcement id"},
    ColumnPlan{"ftd enforcement name"},
    ColumnPlan{"event correlation id", Cell::transaction}};
constexpr std::array kIntrusionCounts = {Counts{1, 17}, Counts{9, 23}, Counts{13, 32},
                                         Counts{14, 33}};

constexpr std::array kDlp = {ColumnPlan{"timestamp", Cell::time},
                             ColumnPlan{"event type", Cell::word, "Real Time|SaaS API"},
                             ColumnPlan{"unique event id", Cell::transaction},
                             ColumnPlan{"severity", Cell::word, "CRITICAL|HIGH|LOW"},
                             ColumnPlan{"identity", Cell::computer},
                             ColumnPlan{"owner"},
                             ColumnPlan{"name", Cell::file},
                             ColumnPlan{"application", Cell::word, "Dropbox|Box"},
                             ColumnPlan{"destination", Cell::url},
                             ColumnPlan{"action", Cell::word, "BLOCK|MONITOR"},
                             ColumnPlan{"rule", Cell::word, "pci-rule|hr-rule"},
                             ColumnPlan{"data classification", Cell::word, "Built-in PCI"},
                             ColumnPlan{"data identifier", Cell::word, "Credit Card Number"},
                             ColumnPlan{"content type", Cell::word, "application/octet-stream"},
                             ColumnPlan{"file size", Cell::size},
                             ColumnPlan{"sha 256 hash", Cell::hash},
                             ColumnPlan{"file label", Cell::word, "Confidential|"},
                             ColumnPlan{"application category name"},
                             ColumnPlan{"traffic direction"},
                             ColumnPlan{"private resource name"},
                             ColumnPlan{"private resource group name"},
                             ColumnPlan{"destination protocol", Cell::word, "https"},
                             ColumnPlan{"destination ip", Cell::far_address},
                             ColumnPlan{"destination port", Cell::port},
                             ColumnPlan{"organization id", Cell::word, "2003477"}};
constexpr std::array kDlpCounts = {Counts{1, 17}, Counts{10, 25}};

constexpr std::array kRavpn = {
    ColumnPlan{"timestamp", Cell::time},
    ColumnPlan{"host name", Cell::computer},
    ColumnPlan{"aws region", Cell::word, "eu-west-3"},
    ColumnPlan{"event type", Cell::word, "CONNECTED|DISCONNECTED|FAILED"},
    ColumnPlan{"origin ids", Cell::word, "[553311]"},
    ColumnPlan{"origin type", Cell::word, "user"},
    ColumnPlan{"user id", Cell::email},
    ColumnPlan{"organization id", Cell::word, "2003477"},
    ColumnPlan{"retention days", Cell::word, "30"},
    ColumnPlan{"storage location"},
    ColumnPlan{"msp organization id"},
    ColumnPlan{"session id", Cell::number},
    ColumnPlan{"session type", Cell::word, "TLS|IPSEC"},
    ColumnPlan{"vpn profile", Cell::word, "corp"},
    ColumnPlan{"public ip", Cell::outer_address},
    ColumnPlan{"assigned ip", Cell::inner_address},
    ColumnPlan{"connected at", Cell::time},
    ColumnPlan{"disconnection reason"},
    ColumnPlan{"os version", Cell::word, "Windows 11|macOS 14"},
    ColumnPlan{"any connect version", Cell::word, "5.1.4"},
    ColumnPlan{"asa syslog id"},
    ColumnPlan{"device id"},
    ColumnPlan{"machine id"},
    ColumnPlan{"public ipv6"},
    ColumnPlan{"assigned ipv6"},
    ColumnPlan{"security group tag"},
    ColumnPlan{"dap record name"},
    ColumnPlan{"dap connection type"},
    ColumnPlan{"failed reasons", Cell::word, "[]"}};
constexpr std::array kRavpnCounts = {Counts{1, 29}};

constexpr std::array kZtna = {ColumnPlan{"timestamp", Cell::time},
                              ColumnPlan{"identity email", Cell::email},
                              ColumnPlan{"identity labels", Cell::email},
                              ColumnPlan{"identity type labels", Cell::word, "AD Users"},
                              ColumnPlan{"hostname", Cell::computer},
                              ColumnPlan{"verdict", Cell::word, "ALLOW|BLOCK"},
                              ColumnPlan{"client os", Cell::word, "Windows 11|macOS 14"},
                              ColumnPlan{"client browser"},
                              ColumnPlan{"client geo location"},
                              ColumnPlan{"client ip", Cell::outer_address},
                              ColumnPlan{"ruleset id", Cell::number},
                              ColumnPlan{"rule id", Cell::number},
                              ColumnPlan{"private app group id"},
                              ColumnPlan{"private app id"},
                              ColumnPlan{"private resource id", Cell::number},
                              ColumnPlan{"private resource group id"},
                              ColumnPlan{"step up auth type"},
                              ColumnPlan{"step up auth result"},
                              ColumnPlan{"step up auth token life"},
                              ColumnPlan{"posture id"},
                              ColumnPlan{"requested id fqdn", Cell::host},
                              ColumnPlan{"resolved ip", Cell::inner_address},
                              ColumnPlan{"app connector group id"},
                              ColumnPlan{"headend type"},
                              ColumnPlan{"duo device id"},
                              ColumnPlan{"duo device id string"},
                              ColumnPlan{"system password"},
                              ColumnPlan{"client firewall"},
                              ColumnPlan{"disk encryption"},
                              ColumnPlan{"anti malware agents"},
                              ColumnPlan{"transaction id", Cell::transaction},
                              ColumnPlan{"block reason"},
                              ColumnPlan{"application port", Cell::port},
                              ColumnPlan{"application protocol", Cell::word, "TCP"},
                              ColumnPlan{"tunnel type"},
                              ColumnPlan{"secure client version"},
                              ColumnPlan{"possible match ruleset id"},
                              ColumnPlan{"possible match rule id", Cell::word, "[]"},
                              ColumnPlan{"possible match posture"},
                              ColumnPlan{"source process id"},
                              ColumnPlan{"source process name"},
                              ColumnPlan{"source process hash"},
                              ColumnPlan{"source process user name"},
                              ColumnPlan{"organization id", Cell::word, "2003477"},
                              ColumnPlan{"ad joined id"},
                              ColumnPlan{"enforced by"},
                              ColumnPlan{"ftd enforcement id"},
                              ColumnPlan{"ftd enforcement name"},
                              ColumnPlan{"mdm source"},
                              ColumnPlan{"mdm device id"},
                              ColumnPlan{"mdm is managed"},
                              ColumnPlan{"mdm is compliant"},
                              ColumnPlan{"mdm last updated"},
                              ColumnPlan{"applied trusted network"},
                              ColumnPlan{"detected trusted network"},
                              ColumnPlan{"zta profile id"},
                              ColumnPlan{"egress ip", Cell::outer_address}};
constexpr std::array kZtnaCounts = {Counts{9, 45}, Counts{12, 53}, Counts{14, 57}};

constexpr std::array kZtnaFlow = {ColumnPlan{"timestamp", Cell::time},
                                  ColumnPlan{"identity email", Cell::email},
                                  ColumnPlan{"identity labels"},
                                  ColumnPlan{"identity type labels"},
                                  ColumnPlan{"organization id", Cell::word, "2003477"},
                                  ColumnPlan{"msp organization id"},
                                  ColumnPlan{"hostname", Cell::computer},
                                  ColumnPlan{"transaction id", Cell::transaction},
                                  ColumnPlan{"private resource id", Cell::number},
                                  ColumnPlan{"private resource group id"},
                                  ColumnPlan{"app connector id"},
                                  ColumnPlan{"app connector group id"},
                                  ColumnPlan{"ruleset id"},
                                  ColumnPlan{"rule id", Cell::number},
                                  ColumnPlan{"connection status", Cell::word, "SUCCESS|FAILED"},
                                  ColumnPlan{"connection failure reason"},
                                  ColumnPlan{"headend type"},
                                  ColumnPlan{"event type", Cell::word, "START|END"},
                                  ColumnPlan{"rxbytes", Cell::size},
                                  ColumnPlan{"txbytes", Cell::size},
                                  ColumnPlan{"egress ip", Cell::outer_address},
                                  ColumnPlan{"egress port", Cell::port},
                                  ColumnPlan{"nt group id"},
                                  ColumnPlan{"zta source port"},
                                  ColumnPlan{"enforced by"},
                                  ColumnPlan{"ftd enforcement id"},
                                  ColumnPlan{"ftd enforcement name"}};
constexpr std::array kZtnaFlowCounts = {Counts{10, 27}};

constexpr std::array kFileEvent = {ColumnPlan{"timestamp", Cell::time},
                                   ColumnPlan{"organization id", Cell::word, "2003477"},
                                   ColumnPlan{"retention policy in days", Cell::word, "30"},
                                   ColumnPlan{"aws region", Cell::word, "eu-west-3"},
                                   ColumnPlan{"firewall event id", Cell::word, "39-42"},
                                   ColumnPlan{"file action", Cell::word, "BLOCK|ALLOW"},
                                   ColumnPlan{"disposition", Cell::word, "MALICIOUS|CLEAN"},
                                   ColumnPlan{"sha256 hash", Cell::hash},
                                   ColumnPlan{"direction", Cell::word, "DOWNLOAD|UPLOAD"},
                                   ColumnPlan{"threat name", Cell::word, "W32.Test.Example|"},
                                   ColumnPlan{"file static analysis"},
                                   ColumnPlan{"threat score"},
                                   ColumnPlan{"file type id"},
                                   ColumnPlan{"file name", Cell::file},
                                   ColumnPlan{"file size", Cell::size},
                                   ColumnPlan{"archive file name"},
                                   ColumnPlan{"archive file depth"},
                                   ColumnPlan{"archive sha"},
                                   ColumnPlan{"dlp status"},
                                   ColumnPlan{"enforced by"},
                                   ColumnPlan{"ftd enforcement id"},
                                   ColumnPlan{"ftd enforcement name"}};
constexpr std::array kFileEventCounts = {Counts{10, 22}};

constexpr std::array kFolders = {
    FolderPlan{"dnslogs", 0.46, 1, kDns, kDnsCounts},
    FolderPlan{"proxylogs", 0.20, 1, kProxy, kProxyCounts},
    FolderPlan{"firewalllogs", 0.14, 1, kFirewall, kFirewallCounts},
    FolderPlan{"iplogs", 0.03, 1, kIp, kIpCounts},
    FolderPlan{"auditlogs", 0.01, 4, kAudit, kAuditCounts, true},
    FolderPlan{"intrusionlogs", 0.03, 5, kIntrusion, kIntrusionCounts},
    FolderPlan{"dlplogs", 0.02, 6, kDlp, kDlpCounts, true},
    FolderPlan{"ravpnlogs", 0.03, 9, kRavpn, kRavpnCounts},
    FolderPlan{"ztnalogs", 0.03, 9, kZtna, kZtnaCounts},
    FolderPlan{"ztnaflowlogs", 0.03, 10, kZtnaFlow, kZtnaFlowCounts},
    FolderPlan{"fileeventlogs", 0.02, 10, kFileEvent, kFileEventCounts, true}};

}  // namespace

std::span<const FolderPlan> folder_plans() {
  return kFolders;
}

const FolderPlan* find_folder(std::string_view name) {
  const auto* const found = std::find_if(kFolders.begin(), kFolders.end(),
                                         [&](const auto& one) { return one.folder == name; });
  return found == kFolders.end() ? nullptr : found;
}

std::vector<ColumnPlan> columns_of(const FolderPlan& folder, unsigned schema) {
  unsigned count = folder.counts.front().second;
  for (const auto& [from, columns] : folder.counts) {
    if (from <= schema) count = columns;
  }
  std::vector<ColumnPlan> out(folder.columns.begin(), folder.columns.begin() + count);
  if (folder.folder == "dlplogs" && schema < 8) out.erase(out.begin() + 1);
  return out;
}

std::string header_name(std::string_view column) {
  std::string out(column);
  bool first = true;
  for (auto& letter : out) {
    if (first) letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
    first = letter == ' ';
  }
  return out.empty() ? "Next Version Column" : out;
}

}  // namespace cistern::lab
