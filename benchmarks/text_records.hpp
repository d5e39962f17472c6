// Records of text: pairs of a line, and lines into ECS documents.
#pragma once

#include "measure.hpp"

namespace cistern::bench {

/// Lines of a firewall of about 1,000 bytes on one core: the pairs alone, and the whole view.
Table measure_text_records(int repeat);

}  // namespace cistern::bench
