#include "lab/cisco_secure_email/mail_traffic.hpp"

#include "lab/cisco_secure_email/appliance_log.hpp"
#include "lab/cisco_secure_email/other_logs.hpp"

#include <algorithm>
#include <chrono>

namespace cistern::lab {

namespace {

// Of each of the other logs: one line in so many connections.
constexpr std::uint64_t kConnectionsAnOtherLine = 12;

TimePoint whole_second(TimePoint time) {
  return std::chrono::floor<std::chrono::seconds>(time);
}

}  // namespace

MailTraffic::MailTraffic(const TrafficOptions& options)
    : options_(options), dice_(key_of({options.seed, 0xE5AULL})), next_(options.start) {}

Duration MailTraffic::gap(TimePoint at) {
  const double per_second =
      at < options_.live ? options_.history_per_hour / 3600 : options_.live_per_second;
  // Nobody writes for an hour: then it is asked again.
  if (per_second <= 1.0 / 3600) return std::chrono::hours{1};
  const auto mean = std::chrono::duration<double>(1 / per_second);
  return std::chrono::duration_cast<Duration>(mean * (2 * dice_.fraction())) +
         std::chrono::microseconds{1};
}

void MailTraffic::add(std::size_t log, TimePoint at, std::string text) {
  waiting_.emplace(std::pair{whole_second(at), number_++},
                   LogLine{log, whole_second(at), std::move(text)});
}

void MailTraffic::play(TimePoint at) {
  auto script = play_connection(whole_second(at), counters_, dice_);
  for (auto& line : script.lines)
    add(kMailLog, line.at, std::move(line.text));
  for (auto& mail : script.mails) {
    if (mail.icid != 0) add(kConsolidatedLog, mail.finished, consolidated_line(mail, dice_));
    finishing_.emplace(mail.finished, std::move(mail));
  }
  add_others(at);
}

void MailTraffic::add_others(TimePoint at) {
  for (std::size_t log = kConsolidatedLog + 1; log < kApplianceLogs.size(); ++log) {
    if (dice_.below(kConnectionsAnOtherLine) == 0) add(log, at, other_log_line(log, at, dice_));
  }
}

void MailTraffic::play_until(TimePoint until) {
  while (next_ <= until) {
    const double rate =
        next_ < options_.live ? options_.history_per_hour : options_.live_per_second;
    if (rate > 0) play(next_);
    const auto after = next_ + gap(next_);
    // The live rate begins at its time, however rare mail was before.
    next_ = next_ < options_.live ? std::min(after, std::max(options_.live, next_ + Duration{1}))
                                  : after;
  }
}

std::vector<LogLine> MailTraffic::advance(TimePoint until) {
  play_until(until);
  std::vector<LogLine> lines;
  // A second is given out when it is over: until then lines may still come before others of it.
  const auto whole = whole_second(until);
  while (!waiting_.empty() && waiting_.begin()->first.first < whole) {
    lines.push_back(std::move(waiting_.begin()->second));
    waiting_.erase(waiting_.begin());
  }
  return lines;
}

std::vector<MailTruth> MailTraffic::take_finished(TimePoint until) {
  std::vector<MailTruth> mails;
  while (!finishing_.empty() && finishing_.begin()->first < whole_second(until)) {
    mails.push_back(std::move(finishing_.begin()->second));
    finishing_.erase(finishing_.begin());
  }
  return mails;
}

}  // namespace cistern::lab
