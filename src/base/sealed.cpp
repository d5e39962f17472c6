#include "base/sealed.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

namespace cistern {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kIdDigits = 8;
constexpr std::size_t kLeastKeyText = 32;
/// No password, key or token is larger.
constexpr std::size_t kMostPlain = 1U << 20;

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

void require(bool done) {
  if (!done) throw std::runtime_error("OpenSSL offers no AES-256-GCM, or no random numbers");
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

/// The version and the key's id are bound to the value as well as its name.
std::string associated_data(std::string_view name, std::string_view id) {
  return std::string{kSealedPrefix}.append(id).append(":").append(name);
}

std::array<unsigned char, EVP_MAX_MD_SIZE> sha256(std::string_view label, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  std::string whole{label};
  whole.append(text);
  require(EVP_Digest(whole.data(), whole.size(), out.data(), nullptr, EVP_sha256(), nullptr) == 1);
  OPENSSL_cleanse(whole.data(), whole.size());
  return out;
}

std::string_view trimmed(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && is_space(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_space(text.back()))
    text.remove_suffix(1);
  return text;
}

tl::unexpected<Failure> damaged() {
  return fail_stop("sealed/damaged",
                   "a sealed value cannot be opened: it was altered, cut short, or moved here from "
                   "another place",
                   "seal the secret again with `cistern secret set`");
}

struct Sealed {
  std::string_view id;
  std::string bytes;  ///< Nonce, cipher text, tag.
};

std::optional<Sealed> parse(std::string_view text) {
  if (!is_sealed(text)) return std::nullopt;
  const auto id = key_id_of(text);
  if (id.empty()) return std::nullopt;
  auto bytes = base64url_decode(text.substr(kSealedPrefix.size() + kIdDigits + 1));
  if (!bytes || bytes->size() < kNonceBytes + kTagBytes) return std::nullopt;
  return Sealed{id, std::move(*bytes)};
}

Cipher begin(bool sealing, std::string_view key, std::string_view nonce, std::string_view data) {
  Cipher cipher{EVP_CIPHER_CTX_new()};
  require(cipher != nullptr);
  require(EVP_CipherInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key),
                            bytes_of(nonce), sealing ? 1 : 0) == 1);
  int used = 0;
  require(EVP_CipherUpdate(cipher.get(), nullptr, &used, bytes_of(data),
                           static_cast<int>(data.size())) == 1);
  return cipher;
}

}  // namespace

bool is_sealed(std::string_view text) {
  return text.starts_with(kSealedPrefix);
}

std::string hide_sealed(std::string_view text) {
  const auto belongs = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == ':';
  };
  std::string out;
  for (;;) {
    const auto at = text.find(kSealedPrefix);
    out.append(text.substr(0, at));
    if (at == std::string_view::npos) return out;
    text.remove_prefix(at + kSealedPrefix.size());
    while (!text.empty() && belongs(text.front()))
      text.remove_prefix(1);
    out.append(kSealedShown);
  }
}

std::string_view key_id_of(std::string_view sealed) {
  if (!is_sealed(sealed)) return {};
  const auto rest = sealed.substr(kSealedPrefix.size());
  if (rest.size() <= kIdDigits || rest[kIdDigits] != ':') return {};
  return rest.substr(0, kIdDigits);
}

Result<SealingKey> SealingKey::from_text(const Secret& text, const std::string& place) {
  SealingKey out;
  const bool enough = text.use([&](std::string_view whole) {
    const auto content = trimmed(whole);
    if (content.size() < kLeastKeyText) return false;
    const auto key = sha256("cistern sealing key\n", content);
    std::string bytes{reinterpret_cast<const char*>(key.data()), kKeyBytes};
    const auto id = sha256("cistern sealing key id\n", bytes);
    out.id_ = hex_encode({reinterpret_cast<const char*>(id.data()), kIdDigits / 2});
    out.key_ = Secret{std::move(bytes)};
    return true;
  });
  if (enough) return out;
  return fail_stop(
      "sealed/key-unusable",
      place + " holds no key: fewer than " + std::to_string(kLeastKeyText) + " characters",
      "put the key back that was there, from your backup; without it what was sealed "
      "has to be set again. A new one is made with `openssl rand -hex 32`");
}

Result<std::string> SealingKey::seal(std::string_view name, const Secret& plain) const {
  if (plain.size() > kMostPlain) {
    return fail_stop("sealed/too-large", "a value to be sealed is larger than 1 MiB",
                     "seal the secret alone, not a file that holds more");
  }
  std::string sealed(kNonceBytes + plain.size() + kTagBytes, '\0');
  require(RAND_bytes(bytes_of(sealed), kNonceBytes) == 1);
  const auto data = associated_data(name, id_);
  key_.use([&](std::string_view key) {
    const std::string nonce = sealed.substr(0, kNonceBytes);
    const auto cipher = begin(true, key, nonce, data);
    int used = 0;
    plain.use([&](std::string_view text) {
      require(EVP_CipherUpdate(cipher.get(), bytes_of(sealed) + kNonceBytes, &used, bytes_of(text),
                               static_cast<int>(text.size())) == 1);
    });
    require(EVP_CipherFinal_ex(cipher.get(), bytes_of(sealed) + kNonceBytes + used, &used) == 1);
    require(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes,
                                bytes_of(sealed) + kNonceBytes + plain.size()) == 1);
  });
  return std::string{kSealedPrefix}.append(id_).append(":").append(base64url_encode(sealed));
}

Result<Secret> SealingKey::unseal(std::string_view name, std::string_view sealed) const {
  auto parsed = parse(sealed);
  if (!parsed || parsed->id != id_) return damaged();
  std::string& bytes = parsed->bytes;
  const std::string nonce = bytes.substr(0, kNonceBytes);
  std::string tag = bytes.substr(bytes.size() - kTagBytes);
  const std::size_t size = bytes.size() - kNonceBytes - kTagBytes;
  std::string plain(size, '\0');
  const auto data = associated_data(name, id_);
  const bool sound = key_.use([&](std::string_view key) {
    const auto cipher = begin(false, key, nonce, data);
    int used = 0;
    const std::string_view text{bytes.data() + kNonceBytes, size};
    require(EVP_CipherUpdate(cipher.get(), bytes_of(plain), &used, bytes_of(text),
                             static_cast<int>(size)) == 1);
    require(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, bytes_of(tag)) == 1);
    return EVP_CipherFinal_ex(cipher.get(), bytes_of(plain) + used, &used) == 1;
  });
  Secret out{std::move(plain)};
  if (!sound) return damaged();
  return out;
}

namespace {

class KeySealer final : public Sealer {
 public:
  explicit KeySealer(SealingKeySource source) : source_(std::move(source)) {}

  [[nodiscard]] Result<std::string> seal(std::string_view name,
                                         const Secret& plain) const override {
    const std::lock_guard lock(mutex_);
    if (auto ready = read_keys(); !ready) return fail(ready.error());
    return keys_.front().seal(name, plain);
  }

  [[nodiscard]] Result<Secret> unseal(std::string_view name,
                                      std::string_view sealed) const override {
    const auto id = key_id_of(sealed);
    if (id.empty()) return damaged();
    const std::lock_guard lock(mutex_);
    if (auto ready = read_keys(); !ready) return fail(ready.error());
    const auto found = std::find_if(keys_.begin(), keys_.end(),
                                    [&](const SealingKey& key) { return key.id() == id; });
    if (found != keys_.end()) return found->unseal(name, sealed);
    std::string known;
    for (const SealingKey& key : keys_)
      known += (known.empty() ? "" : ", ") + key.id();
    return fail_stop("sealed/other-key",
                     "a value was sealed under the key " + excerpt(id, kIdDigits) +
                         ", which is not here (" + known + " is)",
                     "bring the sealing key back that was in use when the value was sealed, or "
                     "seal the secret again with `cistern secret set`");
  }

 private:
  [[nodiscard]] Status read_keys() const {
    if (!keys_.empty()) return {};
    auto keys = source_();
    if (!keys) return fail(keys.error());
    if (keys->empty()) throw std::logic_error("a source of sealing keys gave none");
    keys_ = std::move(*keys);
    return {};
  }

  SealingKeySource source_;
  mutable std::mutex mutex_;
  mutable std::vector<SealingKey> keys_;
};

}  // namespace

std::unique_ptr<Sealer> make_sealer(SealingKeySource source) {
  return std::make_unique<KeySealer>(std::move(source));
}

}  // namespace cistern
