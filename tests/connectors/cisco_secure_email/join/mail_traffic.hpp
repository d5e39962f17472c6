// What an appliance says of a day's messages, line by line.
#pragma once

#include "mail_day.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cistern::test {

struct SaidLine {
  std::int64_t at = 0;
  std::string text;  ///< Behind the header.
};

/// The lines in the order of time; `day` gets its messages and the time of its reset.
std::vector<SaidLine> play_traffic(const MailDayOptions& options, MailDay& day);

}  // namespace cistern::test
