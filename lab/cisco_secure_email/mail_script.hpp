// The lines that an appliance writes about one connection and its messages, each with its time.
//
// A script is told from the first line to the last as if nothing else happened; the traffic mixes
// the lines of many by their times. Numbers of messages and connections come from common counters.
#pragma once

#include "lab/cisco_secure_email/mail_truth.hpp"
#include "lab/harness/random.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::lab {

/// The appliance's counters; none of them is ever used twice.
struct MailCounters {
  std::uint64_t mid = 7000;
  std::uint64_t icid = 5300;
  std::uint64_t dcid = 880;
  std::uint64_t rcid = 40;
};

struct TimedLine {
  TimePoint at{};    ///< UTC, in whole seconds.
  std::string text;  ///< With its level: "Info: MID 7001 ready 15731 bytes from <...>".
};

class MailScript {
 public:
  MailScript(TimePoint start, MailCounters& counters, Dice& dice)
      : now_(start), counters_(counters), dice_(dice) {}

  void say(std::string_view text, std::string_view level = "Info");
  /// Time goes by.
  void wait(std::uint64_t seconds) { now_ += std::chrono::seconds{seconds}; }
  [[nodiscard]] TimePoint now() const { return now_; }
  [[nodiscard]] Dice& dice() { return dice_; }

  // ---- what happens, in the words of the log ----

  /// A connection from outside, up to the first message; its facts go into `mail`.
  void connect(MailTruth& mail, std::string_view verb);
  void close_connection(const MailTruth& mail);
  /// The next message of the connection of `mail`, up to its recipients.
  void start_message(MailTruth& mail, std::size_t recipients);
  /// A message made by the appliance from `mail`, with a new number.
  MailTruth start_child(const MailTruth& mail);
  void receive(MailTruth& mail);
  /// Verdicts of all engines; the anti-spam engine says `spam`.
  void scan(MailTruth& mail, std::string_view spam);
  void queue(const MailTruth& mail);
  /// A connection to the next hop, and the attempt to deliver to all.
  std::uint64_t deliver_to(MailTruth& mail);
  /// The next hop has taken the message for these recipients.
  void accepted(MailTruth& mail, std::uint64_t dcid, const std::vector<std::uint64_t>& rids);
  void bounced(MailTruth& mail, std::uint64_t dcid, std::uint64_t rid);
  void delayed(MailTruth& mail, std::uint64_t dcid, std::uint64_t rid);
  void close_delivery(std::uint64_t dcid);
  void finish(MailTruth& mail, std::string_view how = "done");

  /// The report of a bounce, which is delivered to the sender.
  void report_bounce(const MailTruth& mail);

  MailCounters& counters() { return counters_; }
  /// Of all messages that have finished.
  std::vector<MailTruth> mails;
  std::vector<TimedLine> lines;

 private:
  void say_of(const MailTruth& mail, const std::string& text);
  void authenticate_domain(MailTruth& mail);

  TimePoint now_;
  MailCounters& counters_;
  Dice& dice_;
};

/// "[0, 1]"
std::string rid_list(const std::vector<std::uint64_t>& rids);

/// One connection from outside or inside with what becomes of its messages.
MailScript play_connection(TimePoint start, MailCounters& counters, Dice& dice);

}  // namespace cistern::lab
