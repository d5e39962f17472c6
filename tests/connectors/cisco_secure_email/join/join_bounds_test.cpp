// What is hostile or broken: bounded, counted, and never the end of the work.
#include "join_harness.hpp"

#include <random>

namespace cistern::test {
namespace {

constexpr std::int64_t kDay = 1'710'720'000;

TEST(JoinBounds, MillionsOfOpenMessagesAreTold) {
  JoinerOptions options;
  options.bounds.messages = 1000;
  options.bounds.connections = 500;
  options.bounds.deliveries = 200;
  JoinHarness harness{options};
  for (int i = 0; i < 20'000; ++i) {
    const std::string n = std::to_string(i + 1);
    harness.say(kDay + i / 1000,
                {"New SMTP ICID " + n +
                     " interface I (192.0.2.25) address 203.0.113.9 "
                     "reverse dns host h verified no",
                 "Start MID " + n + " ICID " + n,
                 "New SMTP DCID " + n + " interface 192.0.2.25 address 198.51.100.20 port 25"});
    ASSERT_LE(harness.joiner().counts().open, 1001U);
  }
  const auto counts = harness.joiner().counts();
  EXPECT_GE(counts.incidents.at("messages"), 18'000U);
  EXPECT_GE(counts.incidents.at("connections"), 18'000U);
  EXPECT_GE(counts.incidents.at("deliveries"), 18'000U);
  // Nothing went without a word.
  EXPECT_GE(harness.events().size(), 18'900U);
  EXPECT_EQ(boost::json::serialize(harness.events().front().at("incomplete")).find("bound") ==
                std::string::npos,
            false);
}

TEST(JoinBounds, OneMessageIsBounded) {
  JoinHarness harness;
  harness.say(kDay, {"Start MID 1 ICID 0", "MID 1 ICID 0 From: <a@example.com>"});
  for (int i = 0; i < 5000; ++i) {
    harness.say(kDay, {"MID 1 ICID 0 RID " + std::to_string(i) + " To: <" + std::string(100, 'x') +
                           std::to_string(i) + "@contoso.com>",
                       "MID 1 URL https://example.com/" + std::to_string(i) +
                           " has reputation 1.0 matched Condition: c",
                       "MID 1 quarantined to \"Q" + std::to_string(i) + "\" (r)",
                       "MID 1 was split creating MID " + std::to_string(i + 100) +
                           " due to a per-recipient policy P in the inbound table"});
  }
  EXPECT_LT(harness.joiner().counts().open_bytes, 5200U * 1024 + 256 * 1024);
  harness.say(kDay + 1,
              {"Message aborted MID 1 Dropped by antivirus", "Message finished MID 1 aborted"});
  harness.say(kDay + 100, {"Status: CrtMID 1", "Status: CrtMID 1"});
  harness.pause(std::chrono::seconds{61});
  for (const auto& event : harness.events())
    EXPECT_LT(boost::json::serialize(event).size(), 200U * 1024);
}

// A commit's state stays small whatever becomes due at once.
TEST(JoinBounds, AJumpOfTheClockMakesNoHugeCommit) {
  JoinHarness harness;
  harness.commit_bytes = 256 * 1024;
  for (int i = 1; i <= 5000; ++i) {
    const std::string n = std::to_string(i);
    harness.say(kDay, {"Start MID " + n + " ICID 0", "MID " + n + " ICID 0 From: <a@example.com>",
                       "MID " + n + " Subject '" + std::string(200, 's') + "'",
                       "MID " + n + " ready 10 bytes from <a@example.com>"});
  }
  harness.commit();
  harness.most_state = 0;
  harness.say(kDay + 40 * 86400, {"Status: CrtMID 1", "Status: CrtMID 1"});
  harness.pause(std::chrono::seconds{61});
  EXPECT_EQ(harness.events().size(), 5000U);
  EXPECT_LE(harness.most_state, 1024U * 1024);
}

TEST(JoinBounds, GarbageChangesNothing) {
  std::mt19937 random{3};
  const MailDay day = make_mail_day({.seed = 9, .connections = 60, .files = 3, .reset = false});
  JoinHarness harness;
  for (const auto& file : day.files) {
    std::size_t number = 0;
    for (std::string text : file.records) {
      for (int change = static_cast<int>(random() % 4); change > 0 && !text.empty(); --change)
        text[random() % text.size()] = static_cast<char>(random() % 127 + 1);
      if (random() % 50 == 0) text = text.substr(0, random() % (text.size() + 1));
      harness.line(text, file.id, ++number);
      if (random() % 100 == 0) harness.crash();
    }
    harness.restart();
  }
  harness.pause(std::chrono::seconds{61});
  for (const auto& event : harness.events())
    EXPECT_TRUE(event.contains("mid"));
}

TEST(JoinBounds, AStateOfAnotherVersionIsRefused) {
  Joiner joiner;
  for (const char* key : {"1/m/7", "x", "1/m", "1/s/0", "1/q/1"}) {
    const auto status = joiner.restore({{key, "99;"}});
    ASSERT_FALSE(status.has_value()) << key;
    EXPECT_EQ(status.error().code, "cisco_secure_email/join-state");
  }
}

}  // namespace
}  // namespace cistern::test
