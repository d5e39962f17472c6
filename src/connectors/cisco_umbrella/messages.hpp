// What users read, where it takes more than a line: what happened, the consequence, the next step.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "codec/aws/aws_error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace cistern::connectors::cisco_umbrella::messages {

/// A refusal of S3 or SQS with what it most likely means for an export of Umbrella.
Failure refusal(Failure failure, const codec::aws::AwsError& error, bool managed,
                std::string_view source);

Failure no_logs(std::string_view source, std::string_view organisations);
Failure too_many_logs(std::string_view log, std::size_t most);
Failure foreign_keys(std::string_view log, std::uint64_t count, std::string_view example);
Failure listing_stands_still(std::string_view log);
Failure no_new_objects(std::string_view log, Duration age);
Failure new_objects_came(std::string_view log);
Failure ledger_full(std::string_view log, TimePoint floor);

Failure new_version(std::string_view key);
Failure changed_while_read(std::string_view key);
Failure read_as_new(std::string_view key);
Failure no_piece(std::string_view key);
Failure object_too_large(std::string_view key, std::uint64_t size, std::uint64_t limit);
Failure object_denied(std::string_view key, const Failure& why);
Failure poisoned(std::string_view key, const Failure& why);
Failure purged(std::string_view key, const Failure& why);
Failure objects_gone(std::string_view log, std::size_t count);
Failure asked_again(std::string_view log, std::size_t count);
Failure new_columns(std::string_view log, std::string_view names);

Failure other_source(std::string_view before, std::string_view now);
Failure other_region(std::string_view before, std::string_view now);
/// `ahead`: of this machine's clock before the vendor's.
Failure clock_skew(Duration ahead);

/// Without a code while the key is young. `known`: the age is from key_created.
Failure key_age(Duration age, TimePoint ends, bool known);
/// Ends the notice with that code.
Failure key_is_new(std::string_view code);

/// Ends the notice with that code.
Failure queue_works(std::string_view code);
Failure foreign_messages(std::uint64_t count);
Failure repeated_messages(std::uint64_t count);
Failure damaged_messages(std::uint64_t count);

}  // namespace cistern::connectors::cisco_umbrella::messages
