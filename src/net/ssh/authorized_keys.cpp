#include "net/ssh/authorized_keys.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>

#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace cistern::net::ssh {
namespace {

constexpr std::size_t kMaxKeys = 256;
constexpr std::array<std::string_view, 5> kTypes{"ssh-rsa", "ssh-ed25519", "ecdsa-sha2-nistp256",
                                                 "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"};

std::string_view next_word(std::string_view& line) {
  const auto begin = std::min(line.find_first_not_of(" \t"), line.size());
  line.remove_prefix(begin);
  const std::string_view word = line.substr(0, line.find_first_of(" \t"));
  line.remove_prefix(word.size());
  return word;
}

/// A string of the blob (length and bytes); moves over it.
std::optional<std::string_view> next_string(std::string_view& blob) {
  if (blob.size() < 4) return std::nullopt;
  std::size_t length = 0;
  for (std::size_t i = 0; i < 4; ++i)
    length = length << 8 | static_cast<unsigned char>(blob[i]);
  if (length > blob.size() - 4) return std::nullopt;
  const std::string_view out = blob.substr(4, length);
  blob.remove_prefix(4 + length);
  return out;
}

std::size_t bits_of(std::string_view number) {
  while (!number.empty() && number.front() == '\0')
    number.remove_prefix(1);
  if (number.empty()) return 0;
  const auto top = static_cast<unsigned char>(number.front());
  return (number.size() - 1) * 8 + static_cast<std::size_t>(std::bit_width(top));
}

/// Why the blob is no key of that type; empty when it is one, and `bits` is set.
std::string_view blob_fault(std::string_view type, std::string_view blob, std::size_t& bits) {
  if (next_string(blob) != type) return "is cut or does not fit its type";
  const auto first = next_string(blob);
  if (!first || first->empty()) return "is cut";
  if (type == "ssh-ed25519") return first->size() == 32 && blob.empty() ? "" : "is cut";
  const auto second = next_string(blob);
  if (!second || second->empty() || !blob.empty()) return "is cut";
  if (type == "ssh-rsa") bits = bits_of(*second);
  return "";
}

class KeyReader {
 public:
  AuthorizedKeys out;

  void line(std::string_view line, std::size_t number) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    std::string_view word = next_word(line);
    if (word.empty() || word.starts_with('#')) return;
    if (word == "restrict") word = next_word(line);
    const std::string place = "line " + std::to_string(number) + ": ";
    if (word == "ssh-dss") {
      return fault(place +
                   "DSA keys cannot be used; let the appliance make an RSA key "
                   "(logconfig > hostkeyconfig, or a newer AsyncOS)");
    }
    if (std::find(kTypes.begin(), kTypes.end(), word) == kTypes.end()) {
      return fault(place + "'" + excerpt(word, 40) +
                   "' is no type of key; a line is TYPE BASE64 COMMENT, without options");
    }
    key(std::string{word}, line, place);
  }

 private:
  void key(std::string type, std::string_view rest, const std::string& place) {
    const auto blob = base64_decode(next_word(rest));
    if (!blob) return fault(place + "the key is not base64, or was broken into several lines");
    AuthorizedKey key{.type = std::move(type), .blob = *blob, .comment = {}, .bits = 0};
    const std::string_view why = blob_fault(key.type, *blob, key.bits);
    if (!why.empty()) return fault(place + "the key " + std::string{why});
    if (out.keys.size() == kMaxKeys) return fault(place + "more than 256 keys");
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    key.comment = excerpt(rest, 80);
    out.keys.push_back(std::move(key));
  }

  void fault(std::string text) {
    if (out.faults.size() < 20) out.faults.push_back(std::move(text));
  }
};

}  // namespace

AuthorizedKeys read_authorized_keys(std::string_view text) {
  KeyReader reader;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    reader.line(text.substr(0, end), number);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return std::move(reader.out);
}

bool is_authorized(const std::vector<AuthorizedKey>& keys, std::string_view blob) {
  unsigned found = 0;
  for (const AuthorizedKey& key : keys) {
    if (key.blob.size() != blob.size()) continue;
    found |= static_cast<unsigned>(
        CRYPTO_memcmp(key.blob.data(), blob.data(), blob.size()) == 0 ? 1 : 0);
  }
  return found != 0;
}

std::string key_fingerprint(std::string_view blob) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(blob.data(), blob.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
    return {};
  std::string text = base64_encode({reinterpret_cast<const char*>(digest.data()), size});
  while (text.ends_with('='))
    text.pop_back();
  return "SHA256:" + text;
}

std::string describe_key(const AuthorizedKey& key) {
  const std::string bits = key.bits == 0 ? "" : ", " + std::to_string(key.bits) + " bits";
  return key.type + bits + ", " + key_fingerprint(key.blob);
}

}  // namespace cistern::net::ssh
