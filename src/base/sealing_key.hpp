// Where the key stands that seals values: outside the store, so that a copy of the store opens
// nothing.
#pragma once

#include "base/sealed.hpp"

#include <memory>
#include <string>

namespace cistern {

/// The name of the systemd credential that holds the key.
inline constexpr std::string_view kSealingCredential = "cistern-sealing-key";

struct SealingKeyPlaces {
  std::string credential;  ///< A file that systemd passed; empty: none. It comes first.
  std::string file;        ///< Made at the first use, with mode 0600, when nothing is there.
};

/// Beside the store: of `/var/lib/cistern` it is `/var/lib/cistern-keys/sealing.key`. The
/// credential is in $CREDENTIALS_DIRECTORY, when that has it.
SealingKeyPlaces sealing_key_places(const std::string& store);

/// The keys that are there, the one that seals first. Without a credential a missing key file is
/// made, once, whoever else tries at the same time; its owner is that of the store's folder when
/// `owner_like` names it and we are root. A key file that others may read is refused
/// ("sealed/key-exposed").
Result<std::vector<SealingKey>> read_sealing_keys(const SealingKeyPlaces& places,
                                                  const std::string& owner_like);

/// A sealer with the keys of a store.
std::unique_ptr<Sealer> make_store_sealer(const std::string& store);

/// Gives a file or folder that root has just made to the owner of another: what a command that is
/// run as root makes must be readable for the service. Does nothing for others than root.
void give_to_owner_of(const std::string& path, const std::string& other);

}  // namespace cistern
