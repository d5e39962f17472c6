// Lines of the logs beside the mail log.
#pragma once

#include "lab/cisco_secure_email/mail_truth.hpp"
#include "lab/harness/random.hpp"

#include <cstddef>
#include <string>

namespace cistern::lab {

/// A line of any log but the mail log and the consolidated events, with its level.
std::string other_log_line(std::size_t log, TimePoint time, Dice& dice);

/// The consolidated event of a message that has finished.
std::string consolidated_line(const MailTruth& mail, Dice& dice);

}  // namespace cistern::lab
