// How S3 writes keys and parameters into URLs. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cistern::codec::aws {

/// Longest key that S3 allows, in bytes.
inline constexpr std::size_t kMaxKeyBytes = 1024;

/// Percent-encodes every byte but the unreserved characters of RFC 3986 and '/', in upper-case
/// hexadecimal: the form in which a key is sent and, in the same bytes, signed. Nothing is
/// normalised: `a//b` and `../a` are keys of their own.
std::string encode_key(std::string_view key);

/// Reads `%XX`; nothing where two hexadecimal digits are missing behind a '%'.
std::optional<std::string> percent_decode(std::string_view text);

/// As percent_decode, and '+' is a blank: how notifications and url-encoded listings write keys.
std::optional<std::string> form_decode(std::string_view text);

}  // namespace cistern::codec::aws
