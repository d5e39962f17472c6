// What the vendor's rules owe a collector, as NDJSON.
//
// Lines: one `{"kind":"truth",...}` with seed and times; one `{"kind":"record",...}` for each
// distinct record that has become readable; one `{"kind":"gap",...}` for each blob that is listed
// and cannot be read; one `{"kind":"unsubscribed",...}` for each content type nobody asked for; and
// `{"kind":"end",...}`, without which the truth was cut.
#pragma once

#include "base/clock.hpp"
#include "lab/entra/directory.hpp"
#include "lab/microsoft_365/activity_api.hpp"
#include "lab/microsoft_365/generator.hpp"
#include "lab/microsoft_365/timeline.hpp"

#include <functional>
#include <string>

namespace cistern::lab {

struct TruthSources {
  const Timeline& timeline;
  const Generator& generator;
  const Subscriptions& subscriptions;
  TimePoint visible_until{};  ///< Of the moment the truth was asked for.
  Duration clock_skew{0};
};

/// Gives the truth piece by piece (about 256 KiB each), so that a week of it needs no memory.
std::function<bool(std::string&)> truth_stream(const TruthSources& sources);

}  // namespace cistern::lab
