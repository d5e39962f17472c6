#include "base/ids.hpp"

#include <cstring>
#include <memory>
#include <stdexcept>

#include <openssl/evp.h>

namespace cistern {
namespace {

constexpr std::size_t kDigestBytes = 32;

struct FreeDigest {
  void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

/// SHA-256 with a context that is kept, one for each thread: fetching the algorithm and allocating
/// a context cost more than hashing the hundred bytes of an identity.
class Hasher {
 public:
  Hasher() : digest_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), context_(EVP_MD_CTX_new()) {
    require(digest_ != nullptr && context_ != nullptr);
    require(EVP_DigestInit_ex2(context_.get(), digest_.get(), nullptr) == 1);
  }

  /// Small parts are gathered in a buffer, because each call into the library has a fixed price.
  void add(std::string_view bytes) {
    if (bytes.size() > sizeof buffer_ - used_) flush();
    if (bytes.size() > sizeof buffer_) {
      require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
      return;
    }
    if (bytes.empty()) return;
    std::memcpy(buffer_ + used_, bytes.data(), bytes.size());
    used_ += bytes.size();
  }

  /// The digest of everything added since the last call; the hasher is ready for the next text.
  std::array<std::uint8_t, kDigestBytes> finish() {
    flush();
    std::array<std::uint8_t, kDigestBytes> digest;
    require(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) == 1);
    require(EVP_DigestInit_ex2(context_.get(), nullptr, nullptr) == 1);
    return digest;
  }

 private:
  static void require(bool done) {
    if (!done) throw std::runtime_error("OpenSSL offers no SHA-256");
  }
  void flush() {
    if (used_ > 0) require(EVP_DigestUpdate(context_.get(), buffer_, used_) == 1);
    used_ = 0;
  }

  std::unique_ptr<EVP_MD, FreeDigest> digest_;
  std::unique_ptr<EVP_MD_CTX, FreeContext> context_;
  char buffer_[512];
  std::size_t used_ = 0;
};

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Identity make_identity(std::initializer_list<std::string_view> parts) {
  thread_local Hasher hasher;
  for (const std::string_view part : parts) {
    char length[8];
    for (unsigned i = 0; i < 8; ++i)
      length[i] = static_cast<char>((part.size() >> (8 * (7 - i))) & 0xFF);
    hasher.add({length, sizeof length});
    hasher.add(part);
  }
  const auto digest = hasher.finish();
  Identity identity;
  std::memcpy(identity.bytes.data(), digest.data(), identity.bytes.size());
  return identity;
}

void append_hex(std::string& out, const Identity& identity) {
  constexpr char kDigits[] = "0123456789abcdef";
  char text[32];
  for (std::size_t i = 0; i < identity.bytes.size(); ++i) {
    text[2 * i] = kDigits[identity.bytes[i] >> 4];
    text[2 * i + 1] = kDigits[identity.bytes[i] & 0xF];
  }
  out.append(text, sizeof text);
}

std::string to_hex(const Identity& identity) {
  std::string out;
  append_hex(out, identity);
  return out;
}

std::optional<Identity> identity_from_hex(std::string_view text) {
  Identity identity;
  if (text.size() != 2 * identity.bytes.size()) return std::nullopt;
  for (std::size_t i = 0; i < identity.bytes.size(); ++i) {
    const int high = digit_of(text[2 * i]);
    const int low = digit_of(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    identity.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return identity;
}

std::size_t IdentityHash::operator()(const Identity& identity) const noexcept {
  // The bytes are a cryptographic hash already; any eight of them are spread evenly.
  std::size_t value;
  std::memcpy(&value, identity.bytes.data(), sizeof value);
  return value;
}

}  // namespace cistern
