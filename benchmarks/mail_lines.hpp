// Lines of a mail appliance: taken apart, and turned into ECS documents.
#pragma once

#include "measure.hpp"

namespace cistern::bench {

Table measure_mail_lines(int repeat);

}  // namespace cistern::bench
