// What Umbrella's export owes a collector, as NDJSON.
//
// Lines: `{"kind":"object",...}` for each object in each bucket that was asked for anything, behind
// it one `{"kind":"row",...}` for each of its rows, and at last `{"kind":"count",...}`.
#pragma once

#include "lab/cisco_umbrella/export_index.hpp"
#include "lab/cisco_umbrella/object_maker.hpp"
#include "lab/cisco_umbrella/umbrella_demand.hpp"
#include "lab/vendor.hpp"

#include <string>
#include <vector>

namespace cistern::lab {

struct UmbrellaTruthBucket {
  std::string name;
  std::string folder;  ///< With its slash, or empty.
};

struct UmbrellaTruthSources {
  std::vector<UmbrellaTruthBucket> buckets;
  std::vector<ExportIndex::Row> objects;
  TimePoint start{};
  Duration skew{0};  ///< The vendor's clock is ahead by this.
  const ObjectMaker& maker;
  const UmbrellaDemand& demand;
  std::string own_bucket;  ///< The one with the queue.
};

TruthStream umbrella_truth(UmbrellaTruthSources sources);

}  // namespace cistern::lab
