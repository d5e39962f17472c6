// Text forms of bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern {

std::string hex_encode(std::string_view bytes);
std::optional<std::string> hex_decode(std::string_view text);

/// Standard alphabet with padding (RFC 4648 section 4).
std::string base64_encode(std::string_view bytes);
std::optional<std::string> base64_decode(std::string_view text);

/// URL alphabet without padding (RFC 4648 section 5); decoding accepts padding as well.
std::string base64url_encode(std::string_view bytes);
std::optional<std::string> base64url_decode(std::string_view text);

/// Percent-encodes everything but the unreserved characters of RFC 3986.
std::string percent_encode(std::string_view text);

/// Whether the bytes are valid UTF-8 (no surrogates, no over-long forms).
bool is_utf8(std::string_view bytes);

/// ASCII only: case-insensitive comparison and lower case.
bool equal_ignoring_case(std::string_view a, std::string_view b);
std::string lower_case(std::string_view text);

/// The candidate nearest to `word` by edit distance, if it is near enough to be a slip of the keys.
std::optional<std::string> nearest_word(std::string_view word,
                                        const std::vector<std::string>& candidates);

/// At most `limit` bytes of `text` for a message: control characters and invalid UTF-8 as `.`, and
/// an ellipsis where it was cut.
std::string excerpt(std::string_view text, std::size_t limit);

}  // namespace cistern
