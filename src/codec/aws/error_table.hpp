// What a refusal of S3 or SQS means and what is to be done: a table, one row a code or status.
#pragma once

#include "base/result.hpp"
#include "codec/aws/aws_error.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cistern::codec::aws {

/// What was asked, because the same status means another thing for each.
enum class Operation : std::uint8_t { list, get, queue };

/// What the caller does. The set is closed.
enum class Remedy : std::uint8_t {
  retry,            ///< Again, with growing delays.
  throttled,        ///< Again, slower: 1 s to 60 s, and longer if Retry-After says so.
  adopt_region,     ///< Once: sign for AwsError::region (in_region()); without one as `refused`.
  correct_clock,    ///< Once: sign with clock_offset(); if it is refused again as `refused`.
  refused,          ///< The credential or the configuration cannot work: look again after a while.
  denied,           ///< The credential is known and lacks a permission: look again after a while.
  restart_listing,  ///< The token is not accepted: list again from where the machine knows all.
  object_gone,      ///< Purged between listing and reading: a gap to report; go on.
  object_changed,   ///< Replaced since it was listed: list it again.
  restart_object,   ///< The offset lies behind its end: read it from the beginning.
  set_aside,        ///< This object cannot be read (archived, too large, encrypted): go on.
  forget_message,   ///< The receipt is no longer valid: the message comes again by itself.
};
std::string_view to_string(Remedy remedy);

struct ErrorRow {
  Remedy remedy = Remedy::retry;
  std::string_view code;  ///< Ours: "aws/access-denied".
  std::string_view meaning;
  std::string_view consequence;
  std::string_view next_step;
};

/// The row of an answer: by the vendor's code, else by the status. Every answer has one.
const ErrorRow& row_of(Operation operation, const AwsError& error);

/// The failure that a person reads: the meaning, the vendor's code, sentence and request id.
Failure to_failure(const ErrorRow& row, const AwsError& error);

/// One way in which a row is found.
struct KnownError {
  std::optional<Operation> only;  ///< Nothing: for all of them.
  std::string_view vendor_code;   ///< Empty: decided by the status.
  int status = 0;                 ///< 0 with a code: whatever it is; alone: any not named.
  const ErrorRow* row = nullptr;
};

/// The whole table, for documentation and tests.
std::span<const KnownError> known_errors();

}  // namespace cistern::codec::aws
