#include "net/aws/signature_v4.hpp"

#include "base/bytes.hpp"
#include "net/aws/canonical_request.hpp"

#include <algorithm>
#include <span>
#include <stdexcept>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

namespace cistern::net {
namespace {

using Sha256 = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

constexpr std::size_t kMostKeys = 8;
constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

std::string_view text_of(std::span<const unsigned char> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string sha256_hex(std::string_view text) {
  Sha256 digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return hex_encode(text_of(digest));
}

Sha256 hmac(std::string_view key, std::string_view text) {
  Sha256 digest{};
  const auto* const made = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                                reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                                digest.data(), nullptr);
  if (made == nullptr) throw std::runtime_error("OpenSSL offers no HMAC-SHA-256");
  return digest;
}

/// "20260105T093000Z"
std::string stamp_of(TimePoint time) {
  std::string stamp = format_time_seconds(time);
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
  return stamp + "Z";
}

void remove_header(HttpRequest& request, std::string_view name) {
  std::erase_if(request.headers, [name](HttpHeader& header) {
    if (!equal_ignoring_case(header.name, name)) return false;
    OPENSSL_cleanse(header.value.data(), header.value.size());
    return true;
  });
}

}  // namespace

SignatureV4::SignatureV4(AwsCredentials credentials) : credentials_(std::move(credentials)) {
  keys_.reserve(kMostKeys);
}

SignatureV4::~SignatureV4() {
  for (Key& key : keys_)
    OPENSSL_cleanse(key.bytes.data(), key.bytes.size());
}

/// The key depends on nothing but day, region and service: each is used for thousands of requests.
const SignatureV4::Key& SignatureV4::key_for(std::string_view day, const AwsScope& scope) {
  const auto known = std::find_if(keys_.begin(), keys_.end(), [&](const Key& key) {
    return key.day == day && key.region == scope.region && key.service == scope.service;
  });
  if (known != keys_.end()) return *known;

  Sha256 bytes = credentials_.secret_access_key.use([day](std::string_view secret) {
    std::string first = "AWS4";
    first.reserve(first.size() + secret.size());
    first += secret;
    const Sha256 dated = hmac(first, day);
    OPENSSL_cleanse(first.data(), first.size());
    return dated;
  });
  for (const std::string_view part :
       {scope.region, scope.service, std::string_view{"aws4_request"}})
    bytes = hmac(text_of(bytes), part);

  if (keys_.size() < kMostKeys) keys_.emplace_back();
  Key& key = keys_[next_key_++ % kMostKeys];
  key.day = day;
  key.region = scope.region;
  key.service = scope.service;
  key.bytes = bytes;
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return key;
}

Status SignatureV4::sign(HttpRequest& request, const AwsScope& scope, TimePoint now) {
  request.sensitive = true;
  for (const std::string_view name :
       {"Authorization", "X-Amz-Date", "X-Amz-Content-Sha256", "X-Amz-Security-Token"})
    remove_header(request, name);

  const std::string stamp = stamp_of(now);
  const std::string payload = sha256_hex(request.body);
  request.headers.push_back({"X-Amz-Date", stamp});
  // The other services take it from the body alone; S3 wants to know before the body comes.
  if (scope.service == "s3") request.headers.push_back({"X-Amz-Content-Sha256", payload});
  if (!credentials_.session_token.empty()) {
    credentials_.session_token.use([&request](std::string_view token) {
      request.headers.push_back({"X-Amz-Security-Token", std::string{token}});
    });
  }

  Result<CanonicalRequest> canonical = canonical_request(request, scope.service, payload);
  if (!canonical) return fail(std::move(canonical).error());
  const std::string_view day = std::string_view{stamp}.substr(0, 8);
  std::string place{day};
  place.append("/").append(scope.region).append("/").append(scope.service).append("/aws4_request");
  std::string to_sign{kAlgorithm};
  to_sign.append("\n").append(stamp).append("\n").append(place).append("\n");
  to_sign += sha256_hex(canonical->text);
  // It repeats the session token.
  OPENSSL_cleanse(canonical->text.data(), canonical->text.size());

  const Sha256 signature = hmac(text_of(key_for(day, scope).bytes), to_sign);
  std::string value{kAlgorithm};
  value.append(" Credential=").append(credentials_.access_key_id).append("/").append(place);
  value.append(", SignedHeaders=").append(canonical->signed_headers);
  value.append(", Signature=").append(hex_encode(text_of(signature)));
  request.headers.push_back({"Authorization", std::move(value)});
  return {};
}

}  // namespace cistern::net
