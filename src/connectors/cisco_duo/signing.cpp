#include "connectors/cisco_duo/signing.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <utility>

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace cistern::connectors::cisco_duo {

namespace {

constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::string sha512_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha512(), nullptr) != 1) {
    throw std::runtime_error("OpenSSL offers no SHA-512");
  }
  return hex_encode({reinterpret_cast<const char*>(digest.data()), size});
}

bool is_duo_header(const HttpHeader& header) {
  return lower_case(header.name).starts_with("x-duo-");
}

}  // namespace

std::string signing_date(TimePoint time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  const auto day = std::chrono::floor<std::chrono::days>(second);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{second - day};
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d -0000",
                kDays.at(std::chrono::weekday{day}.c_encoding()), unsigned{date.day()},
                kMonths.at(unsigned{date.month()} - 1), int{date.year()},
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

std::string duo_headers_hash(const std::vector<HttpHeader>& headers) {
  std::vector<std::pair<std::string, std::string>> kept;
  for (const HttpHeader& header : headers) {
    if (is_duo_header(header)) kept.emplace_back(lower_case(header.name), header.value);
  }
  std::sort(kept.begin(), kept.end());
  std::string text;
  for (const auto& [name, value] : kept) {
    if (!text.empty()) text.push_back('\0');
    text.append(name).push_back('\0');
    text.append(value);
  }
  return sha512_hex(text);
}

std::string canonical_request(SignatureVersion version, const SignedRequest& request) {
  std::string text = request.date + "\n" + request.method + "\n" + lower_case(request.host) + "\n" +
                     request.path + "\n" + request.parameters;
  if (version == SignatureVersion::v5) {
    text += "\n" + sha512_hex(request.body) + "\n" + duo_headers_hash(request.headers);
  }
  return text;
}

std::string signature_of(SignatureVersion version, const SignedRequest& request,
                         const Secret& secret_key) {
  const EVP_MD* const digest = version == SignatureVersion::v2_sha1 ? EVP_sha1() : EVP_sha512();
  const std::string text = canonical_request(version, request);
  std::array<unsigned char, EVP_MAX_MD_SIZE> sum{};
  unsigned size = 0;
  const bool made = secret_key.use([&](std::string_view key) {
    return HMAC(digest, key.data(), static_cast<int>(key.size()),
                reinterpret_cast<const unsigned char*>(text.data()), text.size(), sum.data(),
                &size) != nullptr;
  });
  if (!made) throw std::runtime_error("OpenSSL makes no HMAC");
  return hex_encode({reinterpret_cast<const char*>(sum.data()), size});
}

std::string authorization_of(SignatureVersion version, const SignedRequest& request,
                             std::string_view integration_key, const Secret& secret_key) {
  std::string pair{integration_key};
  pair += ":" + signature_of(version, request, secret_key);
  return "Basic " + base64_encode(pair);
}

}  // namespace cistern::connectors::cisco_duo
