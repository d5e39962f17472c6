// The data of the benchmark, as the lab generates it: blobs of Microsoft 365, events of Falcon.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cistern::bench {

struct Blob {
  std::string content_id;
  std::string json;  ///< The array as the vendor sends it.
  std::string gzipped;
};

/// Blobs of about 1 MB of JSON each, `bytes` in all; the same ones at each run.
std::vector<Blob> make_blobs(std::uint64_t bytes);

/// Events of CrowdStrike Falcon of every type, `bytes` in all; the same ones at each run.
std::vector<std::string> make_falcon_events(std::uint64_t bytes);

}  // namespace cistern::bench
