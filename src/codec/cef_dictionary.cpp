// The keys of the CEF guide with the kind of value and the greatest length that it gives them.
#include "codec/cef.hpp"

#include <algorithm>
#include <array>

namespace cistern::codec::cef {
namespace {

constexpr auto kText = KeyKind::text;
constexpr auto kInteger = KeyKind::integer;
constexpr auto kReal = KeyKind::real;
constexpr auto kTime = KeyKind::time;
constexpr auto kIpv4 = KeyKind::ipv4;
constexpr auto kIpv6 = KeyKind::ipv6;
constexpr auto kMac = KeyKind::mac;
constexpr std::uint16_t kLabelLength = 1023;

// In the order of their names, capitals first, for the search.
constexpr std::array kKeys = {
    KeyRule{"act", kText, 63},
    KeyRule{"agentDnsDomain", kText, 255},
    KeyRule{"app", kText, 31},
    KeyRule{"c6a1", kIpv6},
    KeyRule{"c6a2", kIpv6},
    KeyRule{"c6a3", kIpv6},
    KeyRule{"c6a4", kIpv6},
    KeyRule{"cat", kText, 1023},
    KeyRule{"cfp1", kReal},
    KeyRule{"cfp2", kReal},
    KeyRule{"cfp3", kReal},
    KeyRule{"cfp4", kReal},
    KeyRule{"cn1", kInteger},
    KeyRule{"cn2", kInteger},
    KeyRule{"cn3", kInteger},
    KeyRule{"cnt", kInteger},
    KeyRule{"cs1", kText, 4000},
    KeyRule{"cs2", kText, 4000},
    KeyRule{"cs3", kText, 4000},
    KeyRule{"cs4", kText, 4000},
    KeyRule{"cs5", kText, 4000},
    KeyRule{"cs6", kText, 4000},
    KeyRule{"destinationDnsDomain", kText, 255},
    KeyRule{"destinationServiceName", kText, 1023},
    KeyRule{"destinationTranslatedAddress", kIpv4},
    KeyRule{"destinationTranslatedPort", kInteger},
    KeyRule{"deviceCustomDate1", kTime},
    KeyRule{"deviceCustomDate2", kTime},
    KeyRule{"deviceDirection", kInteger},
    KeyRule{"deviceDnsDomain", kText, 255},
    KeyRule{"deviceExternalId", kText, 255},
    KeyRule{"deviceFacility", kText, 1023},
    KeyRule{"deviceInboundInterface", kText, 128},
    KeyRule{"deviceNtDomain", kText, 255},
    KeyRule{"deviceOutboundInterface", kText, 128},
    KeyRule{"devicePayloadId", kText, 128},
    KeyRule{"deviceProcessName", kText, 1023},
    KeyRule{"deviceTranslatedAddress", kIpv4},
    KeyRule{"dhost", kText, 1023},
    KeyRule{"dlat", kReal},
    KeyRule{"dlong", kReal},
    KeyRule{"dmac", kMac},
    KeyRule{"dntdom", kText, 255},
    KeyRule{"dpid", kInteger},
    KeyRule{"dpriv", kText, 1023},
    KeyRule{"dproc", kText, 1023},
    KeyRule{"dpt", kInteger},
    KeyRule{"dst", kIpv4},
    KeyRule{"dtz", kText, 255},
    KeyRule{"duid", kText, 1023},
    KeyRule{"duser", kText, 1023},
    KeyRule{"dvc", kIpv4},
    KeyRule{"dvchost", kText, 100},
    KeyRule{"dvcmac", kMac},
    KeyRule{"dvcpid", kInteger},
    KeyRule{"end", kTime},
    KeyRule{"externalId", kText, 40},
    KeyRule{"fileCreateTime", kTime},
    KeyRule{"fileHash", kText, 255},
    KeyRule{"fileId", kText, 1023},
    KeyRule{"fileModificationTime", kTime},
    KeyRule{"filePath", kText, 1023},
    KeyRule{"filePermission", kText, 1023},
    KeyRule{"fileType", kText, 1023},
    KeyRule{"flexDate1", kTime},
    KeyRule{"flexNumber1", kInteger},
    KeyRule{"flexNumber2", kInteger},
    KeyRule{"flexString1", kText, 1023},
    KeyRule{"flexString2", kText, 1023},
    KeyRule{"fname", kText, 1023},
    KeyRule{"fsize", kInteger},
    KeyRule{"in", kInteger},
    KeyRule{"msg", kText, 1023},
    KeyRule{"oldFileCreateTime", kTime},
    KeyRule{"oldFileHash", kText, 255},
    KeyRule{"oldFileId", kText, 1023},
    KeyRule{"oldFileModificationTime", kTime},
    KeyRule{"oldFileName", kText, 1023},
    KeyRule{"oldFilePath", kText, 1023},
    KeyRule{"oldFilePermission", kText, 1023},
    KeyRule{"oldFileSize", kInteger},
    KeyRule{"oldFileType", kText, 1023},
    KeyRule{"out", kInteger},
    KeyRule{"outcome", kText, 63},
    KeyRule{"proto", kText, 31},
    KeyRule{"rawEvent", kText, 4000},
    KeyRule{"reason", kText, 1023},
    KeyRule{"request", kText, 1023},
    KeyRule{"requestClientApplication", kText, 1023},
    KeyRule{"requestContext", kText, 2048},
    KeyRule{"requestCookies", kText, 1023},
    KeyRule{"requestMethod", kText, 1023},
    KeyRule{"rt", kTime},
    KeyRule{"shost", kText, 1023},
    KeyRule{"slat", kReal},
    KeyRule{"slong", kReal},
    KeyRule{"smac", kMac},
    KeyRule{"sntdom", kText, 255},
    KeyRule{"sourceDnsDomain", kText, 255},
    KeyRule{"sourceServiceName", kText, 1023},
    KeyRule{"sourceTranslatedAddress", kIpv4},
    KeyRule{"sourceTranslatedPort", kInteger},
    KeyRule{"spid", kInteger},
    KeyRule{"spriv", kText, 1023},
    KeyRule{"sproc", kText, 1023},
    KeyRule{"spt", kInteger},
    KeyRule{"src", kIpv4},
    KeyRule{"start", kTime},
    KeyRule{"suid", kText, 1023},
    KeyRule{"suser", kText, 1023},
    KeyRule{"type", kInteger},
};

constexpr bool in_order() {
  for (std::size_t i = 1; i < kKeys.size(); ++i) {
    if (!(kKeys[i - 1].key < kKeys[i].key)) return false;
  }
  return true;
}
static_assert(in_order());

std::optional<KeyRule> search(std::string_view key) {
  const auto* const found =
      std::lower_bound(kKeys.begin(), kKeys.end(), key,
                       [](const KeyRule& rule, std::string_view name) { return rule.key < name; });
  if (found == kKeys.end() || found->key != key) return std::nullopt;
  return *found;
}

/// Whether the dictionary knows `<key>Label`: the keys whose meaning is a producer's own.
bool has_label(std::string_view key) {
  constexpr std::array<std::string_view, 7> kCustom = {
      "cs", "cn", "cfp", "c6a", "deviceCustomDate", "flexString", "flexNumber"};
  return key == "flexDate1" || std::any_of(kCustom.begin(), kCustom.end(), [&](auto start) {
           return key.starts_with(start) && search(key).has_value();
         });
}

}  // namespace

std::optional<KeyRule> find_key(std::string_view key) {
  if (const auto known = search(key)) return known;
  constexpr std::string_view kLabel = "Label";
  if (!key.ends_with(kLabel) || !has_label(key.substr(0, key.size() - kLabel.size())))
    return std::nullopt;
  return KeyRule{.key = key, .kind = KeyKind::text, .most = kLabelLength};
}

}  // namespace cistern::codec::cef
