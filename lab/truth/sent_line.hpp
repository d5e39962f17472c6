// Digests as keys, and the few tools that the truths of senders share.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "lab/truth/json_scan.hpp"
#include "lab/truth/ledger.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

namespace cistern::lab {

/// The first half of a SHA-256.
using DigestKey = std::array<std::uint8_t, 16>;
struct DigestKeyHash {
  std::size_t operator()(const DigestKey& key) const noexcept {
    std::size_t value = 0;
    std::memcpy(&value, key.data(), sizeof value);
    return value;
  }
};
inline DigestKey digest_key(std::string_view sha256) {
  DigestKey key{};
  std::memcpy(key.data(), sha256.data(), key.size());
  return key;
}

inline tl::unexpected<Failure> bad_sent_truth(std::string_view line) {
  return fail_stop("lab/bad-truth", "the truth cannot be used: " + excerpt(line, 100),
                   "fetch it again from a running lab with GET /lab/truth");
}

inline std::uint64_t number_member(std::string_view object, std::string_view name) {
  const auto text = member_text(object, name).value_or("");
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}
inline bool true_member(std::string_view object, std::string_view name) {
  return member_text(object, name).value_or("") == "true";
}
inline TimePoint time_member_of(std::string_view object, std::string_view name) {
  return parse_time(member_text(object, name).value_or("")).value_or(TimePoint{});
}
/// The digest that a line of the truth states, as bytes.
inline std::optional<DigestKey> digest_member(std::string_view line) {
  const auto bytes = hex_decode(member_text(line, "sha256").value_or(""));
  if (!bytes || bytes->size() != 32) return std::nullopt;
  return digest_key(*bytes);
}

/// The texts and numbers of a document, at any depth.
class Leaves {
 public:
  explicit Leaves(std::string_view document) {
    for_each_leaf(document, [this](std::string_view, std::string_view value) {
      values_.insert(fingerprint(text_of(value)));
      return true;
    });
  }
  [[nodiscard]] bool hold(std::uint32_t value) const { return values_.contains(value); }
  [[nodiscard]] bool hold(std::string_view value) const { return hold(fingerprint(value)); }

 private:
  std::unordered_set<std::uint32_t> values_;
};

}  // namespace cistern::lab
