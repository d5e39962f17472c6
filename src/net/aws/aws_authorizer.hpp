// Signs requests to S3 and SQS on their way out.
#pragma once

#include "base/clock.hpp"
#include "base/executor.hpp"
#include "codec/aws/signing_terms.hpp"
#include "net/authorizer.hpp"
#include "net/aws/signature_v4.hpp"

#include <memory>

namespace cistern::net {

struct AwsAuthorizerOptions {
  AwsCredentials credentials;
  /// Which origins, in which regions' names, and how far our clock is off. Shared with the machine,
  /// which changes them when an answer tells better.
  std::shared_ptr<const codec::aws::SigningTerms> terms;
};

/// An authorizer that holds a key pair and asks nobody. It signs at the last moment, so that a
/// request that has waited for its turn bears the time at which it goes.
///
/// Refuses, each with Verdict::stop: "net/foreign-host" (the terms do not allow the origin),
/// "net/url" (plain http to another machine: what is fetched, and a session token, could be read on
/// the way), "aws/credential" (key id or secret is empty, begins or ends with a blank, or holds a
/// control character), "aws/unsignable". invalidate() has nothing to renew: the key pair is what
/// was configured. on_grant is never called.
std::unique_ptr<Authorizer> make_aws_authorizer(AwsAuthorizerOptions options, Loop& loop,
                                                const Clock& clock);

}  // namespace cistern::net
