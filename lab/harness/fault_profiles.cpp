#include "lab/harness/fault_profiles.hpp"

#include <span>

namespace cistern::lab {

namespace {

struct Row {
  unsigned per_10000;
  Fault fault;
};

using std::chrono::milliseconds;

std::vector<Row> data_rows(FaultProfile profile) {
  const Fault internal{.kind = FaultKind::error, .status = 500, .code = "AF50000"};
  const Fault gateway{.kind = FaultKind::html, .status = 502};
  const Fault busy{.kind = FaultKind::error, .status = 429, .code = "AF429", .retry_after = 1};
  const Fault refused{.kind = FaultKind::error, .status = 403, .code = "AF429", .retry_after = 1};
  // As in the vendor's own example: no word of how long. A collector then waits half a minute and
  // more, so it is rare here.
  const Fault throttled{.kind = FaultKind::error, .status = 403, .code = "AF429"};
  const Fault cut{.kind = FaultKind::cut};
  const Fault reset{.kind = FaultKind::reset};
  const Fault late{.kind = FaultKind::delay, .delay = milliseconds{300}};
  if (profile == FaultProfile::ordinary) {
    return {{60, internal}, {30, gateway}, {15, busy}, {40, cut}, {20, reset}, {100, late}};
  }
  return {{200, internal},
          {150, gateway},
          {50, busy},
          {58, refused},
          {2, throttled},
          {200, cut},
          {100, reset},
          {300, late},
          {50, {.kind = FaultKind::wrong_type}},
          {50, {.kind = FaultKind::empty, .status = 200}},
          {60, {.kind = FaultKind::slow, .bytes_per_second = 40'000}},
          {5, {.kind = FaultKind::oversize, .bytes = 160ULL << 20, .chunked = true}},
          // A token that the service no longer takes although its time is not over.
          {100, {.kind = FaultKind::error, .status = 401}},
          {150, {.kind = FaultKind::foreign_next}}};
}

std::vector<Row> control_rows(FaultProfile profile) {
  const Fault unavailable{.kind = FaultKind::error, .status = 503};
  if (profile == FaultProfile::ordinary) return {{50, unavailable}};
  return {{300, unavailable},
          {100, {.kind = FaultKind::reset}},
          {100, {.kind = FaultKind::html, .status = 502}},
          {100, {.kind = FaultKind::cut}}};
}

// Errors that a collector answers by waiting are rare, and never those that end its work.
std::vector<Row> falcon_rows(FaultProfile profile, bool discovery) {
  const Fault unavailable{.kind = FaultKind::error, .status = 503};
  const Fault blank{.kind = FaultKind::empty, .status = 200};
  if (profile == FaultProfile::ordinary) return {{50, unavailable}, {discovery ? 50U : 0U, blank}};
  return {{250, unavailable},
          {discovery ? 250U : 0U, blank},
          {100, {.kind = FaultKind::reset}},
          {100, {.kind = FaultKind::html, .status = 502}},
          {100, {.kind = FaultKind::cut}},
          {60, {.kind = FaultKind::error, .status = 429, .retry_after = 1}},
          {60, {.kind = FaultKind::error, .status = 401}},
          {200, {.kind = FaultKind::delay, .delay = milliseconds{300}}}};
}

std::vector<Row> falcon_stream_rows(FaultProfile profile) {
  const Fault cut{.kind = FaultKind::cut};
  const Fault end{.kind = FaultKind::end};
  if (profile == FaultProfile::ordinary) return {{2500, cut}, {1000, end}};
  return {{4500, cut},
          {1500, end},
          {300, {.kind = FaultKind::reset}},
          {200, {.kind = FaultKind::error, .status = 503}},
          {200, {.kind = FaultKind::error, .status = 404}},
          {200, {.kind = FaultKind::error, .status = 401}},
          {100, {.kind = FaultKind::error, .status = 429, .retry_after = 1}},
          {300, {.kind = FaultKind::slow, .bytes_per_second = 400'000}}};
}

// What both of Cisco's APIs may answer. A client waits after an error, each time longer: they are
// rarer than elsewhere, and those that end its work do not come by themselves.
std::vector<Row> cisco_rows(FaultProfile profile, const Fault& internal, const Fault& hidden) {
  const Fault gateway{.kind = FaultKind::html, .status = 502};
  const Fault cut{.kind = FaultKind::cut};
  const Fault reset{.kind = FaultKind::reset};
  const Fault late{.kind = FaultKind::delay, .delay = milliseconds{300}};
  if (profile == FaultProfile::ordinary) {
    return {{40, internal}, {20, gateway}, {40, cut}, {20, reset}, {100, late}};
  }
  return {{150, internal},
          {100, gateway},
          {50, hidden},
          {200, cut},
          {100, reset},
          {300, late},
          {30, {.kind = FaultKind::error, .status = 429, .code = "42901", .retry_after = 1}},
          {30, {.kind = FaultKind::wrong_type}},
          {30, {.kind = FaultKind::empty, .status = 200}},
          {40, {.kind = FaultKind::slow, .bytes_per_second = 400'000}}};
}

std::optional<Fault> pick(const std::vector<Row>& rows, Dice& dice) {
  auto roll = dice.below(10'000);
  for (const auto& row : rows) {
    if (roll < row.per_10000) return row.fault;
    roll -= row.per_10000;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Fault> draw_falcon_fault(FaultProfile profile, std::string_view operation,
                                       Dice& dice) {
  if (profile == FaultProfile::calm) return std::nullopt;
  if (operation != "stream") return pick(falcon_rows(profile, operation == "discovery"), dice);
  auto fault = pick(falcon_stream_rows(profile), dice);
  if (!fault) return std::nullopt;
  // Evenly by magnitude: from within the first line to far into a backlog.
  const std::uint64_t least = profile == FaultProfile::ordinary ? 100'000 : 200;
  const auto magnitude = std::uint64_t{1} << dice.below(14);
  fault->bytes = least * magnitude + dice.below(least * magnitude);
  return fault;
}

std::optional<Fault> draw_fault(FaultProfile profile, std::string_view operation, Dice& dice) {
  if (profile == FaultProfile::calm) return std::nullopt;
  const bool data = operation == "list" || operation == "blob";
  auto fault = pick(data ? data_rows(profile) : control_rows(profile), dice);
  if (fault && fault->kind == FaultKind::foreign_next && operation != "list") return std::nullopt;
  return fault;
}

std::optional<Fault> draw_duo_fault(FaultProfile profile, Dice& dice) {
  if (profile == FaultProfile::calm) return std::nullopt;
  const Fault internal{.kind = FaultKind::error, .status = 500, .code = "50001"};
  // A failure that calls itself a success.
  const Fault hidden{.kind = FaultKind::error, .status = 200, .code = "50001"};
  return pick(cisco_rows(profile, internal, hidden), dice);
}

std::optional<Fault> draw_endpoint_fault(FaultProfile profile, Dice& dice) {
  if (profile == FaultProfile::calm) return std::nullopt;
  const Fault internal{.kind = FaultKind::error, .status = 503};
  const Fault hidden{.kind = FaultKind::error, .status = 504};
  return pick(cisco_rows(profile, internal, hidden), dice);
}

}  // namespace cistern::lab
