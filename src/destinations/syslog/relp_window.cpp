#include "destinations/syslog/relp_window.hpp"

#include "base/bytes.hpp"

namespace cistern::destinations::syslog {
namespace {

constexpr std::size_t kLongestRefusal = 120;

tl::unexpected<Failure> out_of_step(std::string what) {
  return fail({.verdict = Verdict::retry,
               .code = "relp/grammar",
               .cause = "the receiver is out of step: " + std::move(what),
               .consequence = "the connection is closed, and what is unanswered is sent again",
               .next_step = "if it goes on, look into the receiver's log"});
}

/// How many numbers back from `next` the transaction is, over the wrap; 1 is the newest.
std::uint64_t distance(std::uint32_t next, std::uint32_t transaction) {
  if (transaction < next) return next - transaction;
  return std::uint64_t{next} + codec::kLastRelpTransaction - transaction;
}

}  // namespace

std::uint32_t RelpWindow::add(std::size_t item) {
  const std::uint32_t number = next_;
  open_.push_back({.item = item});
  next_ = codec::relp_transaction_after(number);
  return number;
}

Result<RelpWindow::Settled> RelpWindow::settle(const codec::RelpFrame& answer) {
  const std::string number = std::to_string(answer.transaction);
  const std::uint64_t back = distance(next_, answer.transaction);
  if (answer.transaction == 0 || back > open_.size())
    return out_of_step("it answers transaction " + number + ", which is not open");
  Open& open = open_[open_.size() - back];
  if (open.answered) return out_of_step("it answers transaction " + number + " twice");
  const auto said = codec::parse_relp_answer(answer.data);
  if (!said) {
    return out_of_step("its answer to transaction " + number + " has no code: \"" +
                       excerpt(answer.data, kLongestRefusal) + "\"");
  }
  Settled settled{.item = open.item, .accepted = said->accepted(), .refusal = {}};
  if (!settled.accepted)
    settled.refusal = std::to_string(said->code) + " " + excerpt(said->text, kLongestRefusal);
  open.answered = true;
  while (!open_.empty() && open_.front().answered)
    open_.pop_front();
  return settled;
}

}  // namespace cistern::destinations::syslog
