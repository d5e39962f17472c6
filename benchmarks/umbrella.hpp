// Objects of Cisco Umbrella: splitting their CSV, reading them, and their way to a file.
#pragma once

#include "measure.hpp"
#include "path_source.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cistern::bench {

/// The text of objects as the vendor uploads them, about 1 MB each: DNS rows of version 13, many of
/// whose cells repeat from row to row.
std::vector<std::string> make_umbrella_texts(std::uint64_t bytes);

/// `texts` must outlive the source.
PathSource umbrella_source(const std::vector<std::string>& texts);

/// One core: rows found in the text, rows out of gzip as records, rows into ECS documents.
Table measure_umbrella(const std::vector<std::string>& texts, int repeat);

}  // namespace cistern::bench
