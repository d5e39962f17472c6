// The decisions of collecting an export from its bucket, without I/O.
#pragma once

#include "base/poll.hpp"
#include "base/random.hpp"
#include "codec/aws/endpoint.hpp"
#include "codec/aws/signing_terms.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::cisco_umbrella {

inline constexpr std::string_view kVendor = "cisco_umbrella";

/// Objects up to this size are fetched by one request, larger ones in pieces of it.
inline constexpr std::uint64_t kPieceBytes = 4ULL << 20;

/// A Cisco-managed key stops working this long after it was made; the object keeps being written.
inline constexpr Duration kKeyLife = std::chrono::hours{24 * 90};
inline constexpr Duration kKeyWarning = std::chrono::hours{24 * 75};
inline constexpr Duration kKeyAlarm = std::chrono::hours{24 * 88};

/// Keys of the position that other parts read as well.
inline constexpr std::string_view kSourceKey = "source";  ///< "bucket/folder"
inline constexpr std::string_view kBeganKey = "began";    ///< The first slot that is owed.
inline constexpr std::string_view kKeySeenKey = "key";    ///< "<name of the key> <first used>"

struct MachineOptions {
  codec::aws::BucketEndpoint endpoint;
  std::string folder;  ///< Without slashes at its ends; empty: logs lie at the bucket's root.
  /// Folders to collect; empty: all that are found.
  std::vector<std::string> logs;
  /// The user's lists of columns, by log folder or stream.
  std::map<std::string, std::string> columns;
  std::string access_key_id;             ///< Not a secret; only its hash is stored.
  std::optional<TimePoint> key_created;  ///< As the user wrote it.
  bool managed = false;                  ///< A bucket of Cisco's: its keys live 90 days.
  Duration retention = std::chrono::hours{24 * 30};
  Duration lookback = std::chrono::hours{24};
  Duration poll_every = std::chrono::minutes{5};
  std::uint64_t max_object_size = 1ULL << 30;
  unsigned parallel = 4;             ///< Objects that are fetched at the same time.
  double listings_per_minute = 300;  ///< Pages of all logs together.
  std::optional<codec::aws::QueueEndpoint> queue;

  /// What every key begins with: the folder and its slash, or nothing.
  [[nodiscard]] std::string prefix() const { return folder.empty() ? folder : folder + "/"; }
  /// "bucket/folder"
  [[nodiscard]] std::string source() const {
    return folder.empty() ? endpoint.bucket : endpoint.bucket + "/" + folder;
  }
};

/// `random` outlives the machine; only jitter depends on it. `terms` is shared with the signer: the
/// machine adopts a region or an offset of the clock there.
std::unique_ptr<PollMachine> make_machine(MachineOptions options,
                                          std::shared_ptr<codec::aws::SigningTerms> terms,
                                          Random& random);

/// The name under which a key is remembered without being written down.
std::string key_name(std::string_view access_key_id);

}  // namespace cistern::connectors::cisco_umbrella
