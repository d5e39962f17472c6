#pragma once

#include "lab/syslog/conversation.hpp"

namespace cistern::lab {

std::unique_ptr<Conversation> stream_conversation(std::unique_ptr<Link> link, Framing framing,
                                                  SenderTruth& truth, const Clock& clock,
                                                  std::uint64_t seed);
/// Also sends again what the truth knows as not accepted.
Result<std::unique_ptr<Conversation>> relp_conversation(std::unique_ptr<Link> link,
                                                        SenderTruth& truth, const Clock& clock,
                                                        const std::atomic<bool>& hurry);

}  // namespace cistern::lab
