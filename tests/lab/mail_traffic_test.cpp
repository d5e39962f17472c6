// The lab's mail appliance: what its logs say, and how they become files.
#include "lab/cisco_secure_email/mail_traffic.hpp"

#include "lab/cisco_secure_email/appliance_log.hpp"
#include "lab/cisco_secure_email/appliance_truth.hpp"
#include "lab/cisco_secure_email/push_plan.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

namespace cistern::lab {

namespace {

const TimePoint kStart = *parse_time("2026-03-04T05:06:07Z");

TrafficOptions an_hour(std::uint64_t seed = 1) {
  return {seed, kStart, kStart + std::chrono::hours{2}, 600, 1};
}

struct Played {
  std::vector<LogLine> lines;
  std::vector<MailTruth> mails;
};

Played play(const TrafficOptions& options, Duration step) {
  MailTraffic traffic(options);
  Played played;
  for (auto at = kStart; at <= kStart + std::chrono::hours{1}; at += step) {
    for (auto& line : traffic.advance(at))
      played.lines.push_back(std::move(line));
    for (auto& mail : traffic.take_finished(at))
      played.mails.push_back(std::move(mail));
  }
  return played;
}

TEST(MailTraffic, FollowsFromTheSeedHoweverItIsAskedFor) {
  const auto once = play(an_hour(), std::chrono::minutes{1});
  const auto again = play(an_hour(), std::chrono::seconds{7});
  ASSERT_GT(once.lines.size(), 10'000U);
  const auto common = std::min(once.lines.size(), again.lines.size());
  for (std::size_t at = 0; at < common; ++at)
    ASSERT_EQ(once.lines[at].text, again.lines[at].text) << at;
  EXPECT_TRUE(std::is_sorted(once.lines.begin(), once.lines.end(),
                             [](const LogLine& a, const LogLine& b) { return a.at < b.at; }));
  const auto other = play(an_hour(2), std::chrono::minutes{1});
  EXPECT_NE(once.lines.size(), other.lines.size());
}

TEST(MailTraffic, EveryFinishedMessageStandsInTheLogOnce) {
  const auto played = play(an_hour(), std::chrono::minutes{1});
  std::map<std::string, int> said;
  for (const auto& line : played.lines) {
    if (line.log == kMailLog) ++said[line.text];
  }
  ASSERT_GT(played.mails.size(), 300U);
  std::set<std::string> actions;
  std::set<std::uint64_t> mids;
  for (const auto& mail : played.mails) {
    actions.insert(mail.action);
    EXPECT_TRUE(mids.insert(mail.mid).second) << mail.mid;
    EXPECT_EQ(said["Info: Message finished MID " + std::to_string(mail.mid) + " " + mail.finish],
              1);
  }
  for (const auto* action : {"delivered", "bounced", "quarantined", "dropped", "aborted"})
    EXPECT_TRUE(actions.contains(action)) << action;
}

TEST(MailTraffic, MessagesOfManyConnectionsAreMixed) {
  const auto played = play(an_hour(), std::chrono::minutes{1});
  std::set<std::string> open;
  std::size_t most = 0;
  for (const auto& line : played.lines) {
    const auto words = line.text.find("Info: Start MID ");
    if (words == 0) open.insert(line.text.substr(16, line.text.find(' ', 16) - 16));
    if (line.text.starts_with("Info: Message finished MID "))
      open.erase(line.text.substr(27, line.text.find(' ', 27) - 27));
    most = std::max(most, open.size());
  }
  EXPECT_GT(most, 5U);
}

TEST(ApplianceLog, RollsFilesAsTheApplianceDoes) {
  LogRoller roller(kMailLog, kStart);
  EXPECT_EQ(roller.bytes(), 0U);
  roller.add(kStart, "Info: MID 1 Message-ID '<a\n @example.com>'");
  roller.add(kStart + std::chrono::seconds{1}, "Info: MID 1 queued for delivery");
  const auto file = roller.roll(kStart + std::chrono::seconds{9});
  // Seven hours behind UTC.
  EXPECT_EQ(file.name, "mail.@20260303T220607.s");
  const std::string head =
      "Tue Mar  3 22:06:07 2026 Info: Begin Logfile\n"
      "Tue Mar  3 22:06:07 2026 Info: Version: 15.0.1-030 SN: "
      "42127C7D00006852677B-F80CE8070000\n"
      "Tue Mar  3 22:06:07 2026 Info: Time offset from UTC: -25200 seconds\n";
  EXPECT_EQ(file.bytes, head +
                            "Tue Mar  3 22:06:07 2026 Info: MID 1 Message-ID '<a\n"
                            " @example.com>'\n"
                            "Tue Mar  3 22:06:08 2026 Info: MID 1 queued for delivery\n"
                            "Tue Mar  3 22:06:16 2026 Info: End Logfile\n");
  ASSERT_EQ(file.entries.size(), 6U);
  EXPECT_EQ(file.entries[3].line, 4U);
  EXPECT_EQ(file.text_of(file.entries[3]),
            "Tue Mar  3 22:06:07 2026 Info: MID 1 Message-ID '<a\n @example.com>'");
  EXPECT_EQ(file.entries[4].line, 6U);
  EXPECT_EQ(roller.roll(kStart + std::chrono::seconds{20}).name, "mail.@20260303T220616.s");
  LogRoller events(kConsolidatedLog, kStart);
  events.add(kStart, "CEF:0|Cisco|");
  EXPECT_EQ(events.roll(kStart + std::chrono::seconds{1}).bytes,
            "Tue Mar  3 22:06:07 2026: CEF:0|Cisco|\n");
}

TEST(PushOrder, NewestOfTheFailedComesFirst) {
  std::vector<PushedFile> files;
  for (int at = 0; at < 4; ++at) {
    auto file = std::make_shared<ApplianceFile>();
    file->begun = kStart + std::chrono::seconds{at};
    files.push_back({std::move(file), at == 1, {}, 0, false, {}});
  }
  EXPECT_EQ(push_order(files), (std::vector<std::size_t>{3, 2, 0}));
}

TEST(PushPlan, AHostileProfileBreaksOffEverywhere) {
  Dice dice(3);
  std::set<PushCut> cuts;
  std::size_t again = 0;
  std::size_t renamed = 0;
  for (int at = 0; at < 500; ++at) {
    const auto plan = plan_push(FaultProfile::hostile, 1000, dice);
    cuts.insert(plan.options.cut);
    EXPECT_LT(plan.options.cut_at, 1000U);
    again += plan.again ? 1 : 0;
    renamed += plan.other_name ? 1 : 0;
  }
  EXPECT_EQ(cuts.size(), 4U);
  EXPECT_GT(again, renamed);
  EXPECT_GT(renamed, 0U);
  for (int at = 0; at < 100; ++at)
    EXPECT_EQ(plan_push(FaultProfile::calm, 1000, dice).options.cut, PushCut::none);
}

TEST(ApplianceTruth, OwesMessagesOnlyOfFilesThatWereAcknowledged) {
  auto file = std::make_shared<ApplianceFile>();
  file->begun = kStart;
  file->ended = kStart + std::chrono::hours{1};
  Appliance::Truth truth;
  truth.files = {{file, true, kStart, 1, true, {}}};
  truth.log_until = file->ended;
  MailTruth mail;
  mail.begun = kStart + std::chrono::minutes{1};
  mail.finished = kStart + std::chrono::minutes{2};
  EXPECT_TRUE(is_mail_owed(mail, truth));
  truth.files[0].acknowledged = false;
  EXPECT_FALSE(is_mail_owed(mail, truth));
  truth.files[0].acknowledged = true;
  mail.finished = file->ended - std::chrono::seconds{1};
  EXPECT_FALSE(is_mail_owed(mail, truth));
}

}  // namespace

}  // namespace cistern::lab
