// What a connector's machine has learnt about signing, and its signer obeys.
#pragma once

#include "base/time.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cistern::codec::aws {

/// Where the credential may be used, for which service and in which region's name.
struct SigningScope {
  std::string origin;   ///< As url_origin() writes it.
  std::string service;  ///< "s3" or "sqs".
  std::string region;
};

/// Owned by a connector, written by its machine, read by its signer, both on the loop. The closed
/// list of origins is what keeps a credential from following an address out of an answer: nothing
/// gets in but what the machine allows, and the machine makes origins from its own configuration
/// and a checked region alone.
class SigningTerms {
 public:
  static constexpr std::size_t kMostScopes = 8;

  explicit SigningTerms(std::vector<SigningScope> scopes);

  /// Allows a service at an origin, or gives an allowed one another region; both services may share
  /// an origin, as S3-compatible servers do it. Requests that are under way to an origin allowed
  /// earlier are still signed. At kMostScopes the service's oldest goes: a bucket that is told to
  /// be everywhere does not cost the queue its place.
  void allow(SigningScope scope);
  /// Null: the credential must not go there. Valid until the next allow().
  [[nodiscard]] const SigningScope* scope_of(std::string_view origin,
                                             std::string_view service) const;
  /// What is added to our clock for a signature's date.
  void set_clock_offset(Duration offset) { clock_offset_ = offset; }
  [[nodiscard]] Duration clock_offset() const { return clock_offset_; }

 private:
  std::vector<SigningScope> scopes_;
  Duration clock_offset_{0};
};

}  // namespace cistern::codec::aws
