#include "lab/cisco_umbrella/umbrella_faults.hpp"

#include <vector>

namespace cistern::lab {

namespace {

struct Row {
  unsigned per_10000;
  Fault fault;
};

using std::chrono::milliseconds;

std::vector<Row> s3_rows(FaultProfile profile, bool is_get) {
  const Fault slow_down{.kind = FaultKind::error, .status = 503, .code = "SlowDown"};
  const Fault internal{.kind = FaultKind::error, .status = 500, .code = "InternalError"};
  const Fault unavailable{.kind = FaultKind::error, .status = 503, .code = "ServiceUnavailable"};
  const Fault cut{.kind = FaultKind::cut};
  const Fault reset{.kind = FaultKind::reset};
  const Fault late{.kind = FaultKind::delay, .delay = milliseconds{300}};
  if (profile == FaultProfile::ordinary) {
    return {{50, slow_down}, {30, internal}, {is_get ? 150U : 50U, cut}, {30, reset}, {100, late}};
  }
  return {{200, slow_down},
          {150, internal},
          {100, unavailable},
          {is_get ? 500U : 200U, cut},
          {200, reset},
          {100, {.kind = FaultKind::html, .status = 502}},
          {300, late},
          // A page without any body can be told from one; an object without cannot be from an
          // empty one, except by the size that the listing said.
          {is_get ? 0U : 100U, {.kind = FaultKind::empty, .status = 200}},
          {60, {.kind = FaultKind::slow, .bytes_per_second = 400'000}}};
}

std::vector<Row> queue_rows(FaultProfile profile) {
  const Fault unavailable{.kind = FaultKind::error, .status = 503, .code = "ServiceUnavailable"};
  const Fault throttled{.kind = FaultKind::error, .status = 400, .code = "ThrottlingException"};
  if (profile == FaultProfile::ordinary) return {{50, unavailable}};
  return {{150, unavailable}, {100, throttled}, {100, {.kind = FaultKind::reset}}};
}

}  // namespace

std::optional<Fault> draw_umbrella_fault(FaultProfile profile, std::string_view operation,
                                         Dice& dice) {
  if (profile == FaultProfile::calm) return std::nullopt;
  const bool s3 = operation == "list" || operation == "get";
  auto roll = dice.below(10'000);
  for (const auto& row : s3 ? s3_rows(profile, operation == "get") : queue_rows(profile)) {
    if (roll < row.per_10000) return row.fault;
    roll -= row.per_10000;
  }
  return std::nullopt;
}

}  // namespace cistern::lab
