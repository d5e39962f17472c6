// What the vendor's rules owe a collector, as NDJSON.
//
// Lines: one `{"kind":"truth",...}` with seed and times; one `{"kind":"record",...}` for each
// distinct record that has become readable; one `{"kind":"gap",...}` for each blob that is listed
// and cannot be read, and for each range of offsets that was asked for too late; one
// `{"kind":"unsubscribed",...}` for each content type and feed nobody asked for; one
// `{"kind":"noise",...}` for each line of a stream that is no event; and `{"kind":"end",...}`,
// without which the truth was cut.
#pragma once

#include "base/clock.hpp"
#include "lab/crowdstrike_falcon/falcon_generator.hpp"
#include "lab/crowdstrike_falcon/feeds.hpp"
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
  const Feeds& feeds;
  const FalconGenerator& falcon;
};

/// Gives the truth piece by piece (about 256 KiB each), so that a week of it needs no memory.
std::function<bool(std::string&)> truth_stream(const TruthSources& sources);

}  // namespace cistern::lab
