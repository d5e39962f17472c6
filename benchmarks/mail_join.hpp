#pragma once

#include "measure.hpp"

namespace cistern::bench {

/// Mail-log lines joined to messages while 100,000 others are open.
Table measure_mail_join(int repeat);

}  // namespace cistern::bench
