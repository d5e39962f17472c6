// Secrets that have to stand in the store or in a file: sealed with an authenticated cipher under a
// key that does not stand there.
#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace cistern {

/// Seals and opens values. Safe from any thread.
///
/// A sealed value belongs to its name: moved to another one it does not open, so nobody who may
/// write the store can have one secret sent where another belongs. Names hold what identifies the
/// value ("cisco_secure_endpoint/event_stream/1474/password"), and no name of a connector, which
/// may change.
class Sealer {
 public:
  virtual ~Sealer() = default;
  /// One word that begins with kSealedPrefix. The key is made when there is none yet. Failures:
  /// those of the key ("sealed/key-exposed", "sealed/key-unusable", "file/...").
  [[nodiscard]] virtual Result<std::string> seal(std::string_view name,
                                                 const Secret& plain) const = 0;
  /// Failures besides those of the key: "sealed/damaged" (no sealed value, altered, or of another
  /// name), "sealed/other-key" (sealed under a key that is not here).
  [[nodiscard]] virtual Result<Secret> unseal(std::string_view name,
                                              std::string_view sealed) const = 0;
};

inline constexpr std::string_view kSealedPrefix = "sealed:1:";
bool is_sealed(std::string_view text);

/// What is shown in place of a sealed value.
inline constexpr std::string_view kSealedShown = "(sealed)";

/// The text with every sealed value in it replaced by kSealedShown.
std::string hide_sealed(std::string_view text);

/// AES-256-GCM with a fresh random nonce, the value's name as associated data.
class SealingKey {
 public:
  /// From the text that somebody keeps: at least 32 characters of randomness; white space around
  /// it does not count. Fails with "sealed/key-unusable"; `place` is named then.
  static Result<SealingKey> from_text(const Secret& text, const std::string& place);

  /// Names the key without telling it: eight hexadecimal digits.
  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] Result<std::string> seal(std::string_view name, const Secret& plain) const;
  [[nodiscard]] Result<Secret> unseal(std::string_view name, std::string_view sealed) const;

 private:
  SealingKey() = default;
  Secret key_;  ///< 32 bytes.
  std::string id_;
};

/// The key's id that a sealed value names; empty when the text is none.
std::string_view key_id_of(std::string_view sealed);

/// Keys that are read when the first value is sealed or opened, and kept from then on. Values are
/// sealed under the first, and opened under whichever sealed them.
using SealingKeySource = std::function<Result<std::vector<SealingKey>>()>;
std::unique_ptr<Sealer> make_sealer(SealingKeySource source);

}  // namespace cistern
