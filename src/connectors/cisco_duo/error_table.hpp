// What an answer of the Admin API means and what is to be done: a table, one row an error.
//
// Source: "Duo Admin API", section "Response format"; `code` is the HTTP status times 100 plus a
// number. Require 200 and stat OK: a 200 may say FAIL.
#pragma once

#include "base/result.hpp"
#include "connectors/cisco_duo/wire.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace cistern::connectors::cisco_duo {

enum class Fate : std::uint8_t {
  window,       ///< The window breaks a rule: measure the vendor's clock, ask for another window.
  token,        ///< The place of the next page is not accepted: go on by time.
  limit,        ///< Our `limit` is not accepted: leave it out.
  request,      ///< The request is refused for a reason that we cannot repair: this log stops.
  clock,        ///< The Date is refused: learn the vendor's clock, once again, then as `refused`.
  signature,    ///< The signature is refused: once again with a fresh date, then as `refused`.
  refused,      ///< Nothing of this integration can work until somebody changes something.
  denied,       ///< This log is not allowed; the others may be.
  unavailable,  ///< This account has no such log; the others are collected.
  throttled,
  retry,
};

struct ErrorRow {
  int code = 0;    ///< The vendor's; 0: any of the status.
  int status = 0;  ///< 0: any.
  Fate fate = Fate::retry;
  std::string_view name;  ///< Ours: "cisco_duo/...".
  std::string_view meaning;
  std::string_view consequence;
  std::string_view next_step;
  std::chrono::minutes recheck{0};  ///< For rows that stop something: until it is tried again.
};

/// The row for an answer to a page request; `with_token`: it asked for a further page. Words of
/// the vendor decide only which of our parameters a 400 is about.
const ErrorRow& row_of(const Refusal& refusal, bool with_token);

/// The failure that a person reads; begins with the meaning. `what` names the log, or is empty.
Failure to_failure(const ErrorRow& row, const Refusal& refusal, std::string_view what);

}  // namespace cistern::connectors::cisco_duo
