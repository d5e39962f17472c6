#include "lab/cisco_duo/duo_signature.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace cistern::lab {

namespace {

std::string sha512_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha512(), nullptr);
  return hex_encode({reinterpret_cast<const char*>(digest.data()), size});
}

std::string upper_case(std::string_view text) {
  std::string out(text);
  for (auto& letter : out) {
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  }
  return out;
}

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

std::string duo_parameter_line(const Parameters& parameters) {
  std::vector<std::pair<std::string, std::string>> encoded;
  encoded.reserve(parameters.size());
  for (const auto& [key, value] : parameters)
    encoded.emplace_back(percent_encode(key), percent_encode(value));
  std::sort(encoded.begin(), encoded.end());
  std::string line;
  for (const auto& [key, value] : encoded)
    line.append(line.empty() ? "" : "&").append(key).append("=").append(value);
  return line;
}

std::string duo_header_digest(const std::vector<Header>& headers) {
  std::vector<std::pair<std::string, std::string>> named;
  for (const auto& header : headers) {
    auto name = lower_case(header.name);
    if (name.starts_with("x-duo-")) named.emplace_back(std::move(name), header.value);
  }
  std::sort(named.begin(), named.end());
  std::string text;
  for (const auto& [name, value] : named) {
    if (!text.empty()) text += '\0';
    text.append(name).append(1, '\0').append(value);
  }
  return sha512_hex(text);
}

std::string duo_signed_text(const DuoSigned& request, DuoSignature version) {
  auto text = request.date + "\n" + upper_case(request.method) + "\n" + lower_case(request.host) +
              "\n" + request.path + "\n" + duo_parameter_line(request.parameters);
  if (version != DuoSignature::v5) return text;
  return text + "\n" + sha512_hex(request.body) + "\n" + duo_header_digest(request.headers);
}

std::string duo_hmac(const DuoSigned& request, DuoSignature version, std::string_view secret) {
  const auto text = duo_signed_text(request, version);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  HMAC(version == DuoSignature::v2_sha1 ? EVP_sha1() : EVP_sha512(), secret.data(),
       static_cast<int>(secret.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), digest.data(), &size);
  return hex_encode({reinterpret_cast<const char*>(digest.data()), size});
}

std::optional<DuoSignature> duo_version_of(const DuoSigned& request, std::string_view hmac,
                                           std::string_view secret) {
  for (const auto version : {DuoSignature::v5, DuoSignature::v2_sha512, DuoSignature::v2_sha1}) {
    if (same(duo_hmac(request, version, secret), hmac)) return version;
  }
  return std::nullopt;
}

std::optional<TimePoint> parse_mail_date(std::string_view text) {
  constexpr auto months = std::to_array<std::string_view>(
      {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"});
  constexpr auto days =
      std::to_array<std::string_view>({"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"});
  char day_name[4] = "";
  char month_name[4] = "";
  char zone[8] = "";
  int day = 0;
  int year = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int read = 0;
  const std::string line(text);
  if (std::sscanf(line.c_str(), "%3s, %2d %3s %4d %2d:%2d:%2d %5s%n", day_name, &day, month_name,
                  &year, &hour, &minute, &second, zone, &read) != 8 ||
      static_cast<std::size_t>(read) != line.size()) {
    return std::nullopt;
  }
  const auto month = std::find(months.begin(), months.end(), month_name) - months.begin();
  if (month == static_cast<std::ptrdiff_t>(months.size()) ||
      std::find(days.begin(), days.end(), day_name) == days.end()) {
    return std::nullopt;
  }
  const std::string_view offset = zone;
  char written[96];
  std::snprintf(written, sizeof written, "%04d-%02d-%02dT%02d:%02d:%02d%s", year,
                static_cast<int>(month) + 1, day, hour, minute, second,
                offset == "GMT" || offset == "-0000" ? "Z" : zone);
  return parse_time(written);
}

}  // namespace cistern::lab
