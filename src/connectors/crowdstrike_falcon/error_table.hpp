// What an answer of the Event Streams API means and what is to be done: a table, one row a status
// of an operation.
#pragma once

#include "base/http.hpp"
#include "base/result.hpp"
#include "connectors/crowdstrike_falcon/wire.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace cistern::connectors::crowdstrike_falcon {

enum class Operation : std::uint8_t { discovery, stream, refresh };

enum class Fate : std::uint8_t {
  renew,      ///< The access token is not accepted: a new one, once; then as `refused`.
  denied,     ///< The API client lacks the scope: checked again now and then.
  refused,    ///< Cannot work until the configuration changes: checked again now and then.
  gone,       ///< The session is no longer alive: discover again, never use its token again.
  expired,    ///< The offset asked for is no longer retained.
  throttled,  ///< Wait as long as the answer says.
  retry,
};

struct ErrorRow {
  Operation operation = Operation::discovery;
  int status = 0;  ///< 0: any that has no row of its own.
  Fate fate = Fate::retry;
  std::string_view code;  ///< Ours: "crowdstrike_falcon/...".
  std::string_view meaning;
  std::string_view consequence;
  std::string_view next_step;
};

/// How long nothing is asked after a refusal: the vendor locks out clients that repeat what was
/// refused, and audits each attempt.
inline constexpr Duration kRecheck = std::chrono::minutes{5};

/// The row for an answer. `offset_asked` matters for streams alone: only then can 400 and 410 mean
/// that the offset is no longer retained (which of them the vendor sends is not documented).
const ErrorRow& row_of(Operation operation, const AnswerError& error, bool offset_asked = false);

/// The failure that a person reads; begins with the meaning and ends with the vendor's trace id,
/// for which its support asks.
Failure to_failure(const ErrorRow& row, const AnswerError& error);

}  // namespace cistern::connectors::crowdstrike_falcon
