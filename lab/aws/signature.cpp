#include "lab/aws/signature.hpp"

#include "base/bytes.hpp"
#include "lab/entra/crypto.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include <openssl/hmac.h>

namespace cistern::lab {

namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr Duration kMostSkew = std::chrono::minutes{15};

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const auto at = text.find(separator);
    parts.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::string hmac(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

// Trimmed, inner runs of blanks collapsed.
std::string canonical_value(std::string_view value) {
  std::string out;
  for (const char letter : value) {
    const bool blank = letter == ' ' || letter == '\t';
    if (blank && (out.empty() || out.back() == ' ')) continue;
    out += blank ? ' ' : letter;
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

// The values of all headers of that name, in order, joined by commas.
std::string header_values(const Request& request, std::string_view name) {
  std::string out;
  for (const auto& header : request.headers) {
    if (!equal_ignoring_case(header.name, name)) continue;
    if (!out.empty()) out += ',';
    out += canonical_value(header.value);
  }
  return out;
}

std::string canonical_query(const Request& request) {
  std::vector<std::pair<std::string, std::string>> parts;
  for (const auto& [name, value] : request.query)
    parts.emplace_back(aws_encode(name, false), aws_encode(value, false));
  std::sort(parts.begin(), parts.end());
  std::string out;
  for (const auto& [name, value] : parts)
    out.append(out.empty() ? "" : "&").append(name).append("=").append(value);
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (auto& letter : out)
    letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return out;
}

std::string scope_of(const SignatureClaim& claim) {
  return claim.date + "/" + claim.region + "/" + claim.service + "/aws4_request";
}

bool all_signed(const Request& request, const SignatureClaim& claim) {
  const auto is_signed = [&](const std::string& name) {
    return std::find(claim.signed_headers.begin(), claim.signed_headers.end(), name) !=
           claim.signed_headers.end();
  };
  return is_signed("host") &&
         std::all_of(request.headers.begin(), request.headers.end(), [&](const Header& header) {
           const auto name = lower(header.name);
           return !name.starts_with("x-amz-") || is_signed(name);
         });
}

bool same(std::string_view left, std::string_view right) {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

SignatureFault payload_fault(const Request& request, bool required, std::string& hash) {
  const auto body_hash = hex_encode(sha256(request.body));
  const auto said = request.header("x-amz-content-sha256");
  hash = said ? std::string(*said) : body_hash;
  if (!said) return required ? SignatureFault::no_payload_hash : SignatureFault::none;
  if (hash == "UNSIGNED-PAYLOAD" || hash == body_hash) return SignatureFault::none;
  return SignatureFault::payload_differs;
}

}  // namespace

std::string aws_encode(std::string_view text, bool keep_slash) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    const bool plain = std::isalnum(byte) != 0 || letter == '-' || letter == '.' || letter == '_' ||
                       letter == '~' || (letter == '/' && keep_slash);
    if (plain && byte < 0x80) {
      out += letter;
    } else {
      out.append(1, '%').append(1, digits[byte >> 4U]).append(1, digits[byte & 15U]);
    }
  }
  return out;
}

std::optional<SignatureClaim> read_claim(std::string_view authorization) {
  if (!authorization.starts_with(kAlgorithm)) return std::nullopt;
  SignatureClaim claim;
  for (const auto& part : split(authorization.substr(kAlgorithm.size()), ',')) {
    const auto text = canonical_value(part);
    const auto equals = text.find('=');
    if (equals == std::string::npos) return std::nullopt;
    const auto name = text.substr(0, equals);
    const auto value = text.substr(equals + 1);
    if (name == "Credential") {
      const auto scope = split(value, '/');
      if (scope.size() != 5 || scope[4] != "aws4_request") return std::nullopt;
      claim.key_id = scope[0];
      claim.date = scope[1];
      claim.region = scope[2];
      claim.service = scope[3];
    } else if (name == "SignedHeaders") {
      claim.signed_headers = split(value, ';');
    } else if (name == "Signature") {
      claim.signature = value;
    }
  }
  const bool sorted = std::is_sorted(claim.signed_headers.begin(), claim.signed_headers.end());
  if (claim.key_id.empty() || claim.signed_headers.empty() || !sorted || claim.signature.empty()) {
    return std::nullopt;
  }
  return claim;
}

SignedText signed_text(const Request& request, const SignatureClaim& claim, std::string_view time,
                       std::string_view payload_hash) {
  SignedText out;
  auto& canonical = out.canonical_request;
  const auto path = aws_encode(request.path, true);
  canonical = request.method + "\n" + (path.empty() ? "/" : path) + "\n";
  canonical += canonical_query(request) + "\n";
  std::string names;
  for (const auto& name : claim.signed_headers) {
    canonical += name + ":" + header_values(request, name) + "\n";
    names.append(names.empty() ? "" : ";").append(name);
  }
  canonical += "\n" + names + "\n" + std::string(payload_hash);
  out.string_to_sign = std::string(kAlgorithm) + "\n" + std::string(time) + "\n" + scope_of(claim) +
                       "\n" + hex_encode(sha256(canonical));
  return out;
}

std::string signature_of(std::string_view secret, const SignatureClaim& claim,
                         std::string_view string_to_sign) {
  auto key = hmac("AWS4" + std::string(secret), claim.date);
  key = hmac(key, claim.region);
  key = hmac(key, claim.service);
  key = hmac(key, "aws4_request");
  return hex_encode(hmac(key, string_to_sign));
}

std::optional<TimePoint> parse_amz_time(std::string_view text) {
  if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') return std::nullopt;
  const std::string all(text);
  return parse_time(all.substr(0, 4) + "-" + all.substr(4, 2) + "-" + all.substr(6, 2) + "T" +
                    all.substr(9, 2) + ":" + all.substr(11, 2) + ":" + all.substr(13, 2) + "Z");
}

std::string amz_time(TimePoint time) {
  std::string out;
  for (const char letter : format_time_seconds(time)) {
    if (letter != '-' && letter != ':') out += letter;
  }
  return out + "Z";
}

SignatureCheck check_signature(const Request& request, const SignatureRules& rules) {
  SignatureCheck check;
  const auto fail_with = [&check](SignatureFault fault) {
    check.fault = fault;
    return check;
  };
  const auto header = request.header("Authorization");
  if (!header) return fail_with(SignatureFault::missing);
  const auto claim = read_claim(*header);
  if (!claim) return fail_with(SignatureFault::malformed);
  check.claim = *claim;
  if (claim->service != rules.service) return fail_with(SignatureFault::other_service);
  check.time = std::string(request.header("x-amz-date").value_or(""));
  const auto time = parse_amz_time(check.time);
  if (!time || !check.time.starts_with(claim->date)) return fail_with(SignatureFault::no_time);
  const auto secret = rules.secret_of(claim->key_id);
  if (!secret) return fail_with(SignatureFault::unknown_key);
  if (rules.now - *time > kMostSkew || *time - rules.now > kMostSkew) {
    return fail_with(SignatureFault::skewed);
  }
  std::string hash;
  const auto payload = payload_fault(request, rules.payload_header, hash);
  if (payload != SignatureFault::none) return fail_with(payload);
  if (!all_signed(request, *claim)) return fail_with(SignatureFault::headers_unsigned);
  check.text = signed_text(request, *claim, check.time, hash);
  const auto right = signature_of(*secret, *claim, check.text.string_to_sign);
  return fail_with(same(right, claim->signature) ? SignatureFault::none : SignatureFault::wrong);
}

}  // namespace cistern::lab
