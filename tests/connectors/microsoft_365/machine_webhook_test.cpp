// The webhook: registered, renewed, restarted; a shorter wait when it works, polling when it does
// not.
#include "connectors/microsoft_365/machine_bench.hpp"

#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::microsoft_365::test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const std::string kAddress = "https://collector.example.com/cistern/contoso";

class MachineWebhook : public testing::Test {
 protected:
  MachineWebhook() {
    bench.options.webhook = WebhookOptions{.address = kAddress,
                                           .auth_id = Secret{std::string("0123456789abcdef")},
                                           .lifetime = hours{6}};
    bench.options.poll_interval = minutes{10};
  }
  void content(const std::string& id, TimePoint created) {
    FakeBlob blob;
    blob.id = id;
    blob.created = created;
    blob.expires = created + hours{24 * 7};
    blob.records = {id + "-r"};
    bench.vendor.add("Audit.Exchange", blob);
  }
  [[nodiscard]] FakeWebhook& hook() { return bench.vendor.webhooks["Audit.Exchange"]; }
  [[nodiscard]] std::size_t listings() const {
    return bench.vendor.count("/subscriptions/content");
  }
  [[nodiscard]] int starts() { return bench.vendor.starts["Audit.Exchange"]; }
  /// The last notice of this code; whether it stands.
  [[nodiscard]] bool stands(const std::string& code) const {
    const auto notices = bench.told(Report::Kind::notice);
    const auto last = std::find_if(notices.rbegin(), notices.rend(), [&](const Report& report) {
      return report.failure.code == "microsoft_365/" + code;
    });
    return last != notices.rend() && !last->failure.next_step.empty();
  }

  MachineBench bench;
};

TEST_F(MachineWebhook, IsRegisteredWithTheStartAndEndsByItself) {
  bench.start();
  bench.run_for(minutes{1});
  EXPECT_EQ(starts(), 1);
  EXPECT_EQ(hook().address, kAddress);
  EXPECT_EQ(hook().auth_id, "0123456789abcdef");
  EXPECT_EQ(at(hook().expiration), at("2026-03-10T18:00:00Z"));
  const auto start = std::find_if(bench.sent.begin(), bench.sent.end(), [](const auto& request) {
    return request.url.find("/subscriptions/start") != std::string::npos;
  });
  ASSERT_NE(start, bench.sent.end());
  EXPECT_TRUE(start->sensitive) << "the body holds the AuthID";
  EXPECT_EQ(start->url.find("0123456789abcdef"), std::string::npos);
}

TEST_F(MachineWebhook, AnEnabledSubscriptionGetsItAsWell) {
  bench.vendor.subscriptions["Audit.Exchange"] = "enabled";
  bench.start();
  bench.run_for(minutes{1});
  EXPECT_EQ(starts(), 1);
  EXPECT_EQ(hook().address, kAddress);
}

TEST_F(MachineWebhook, IsRenewedBeforeItsEnd) {
  bench.start();
  for (int hour = 0; hour < 24; ++hour) {
    bench.run_for(hours{1});
    EXPECT_GT(at(hook().expiration), bench.now + minutes{90}) << hour;
  }
  EXPECT_LE(starts(), 8);
}

TEST_F(MachineWebhook, ANotificationShortensTheWait) {
  bench.start();
  bench.run_for(minutes{1});
  const TimePoint born = bench.now + seconds{30};
  content("new", born);
  bench.run_until(born + seconds{1});
  bench.notify({"new"});
  bench.run_for(seconds{5});
  EXPECT_THAT(bench.ids(), Contains("new-r")) << "the next poll is nine minutes away";
}

TEST_F(MachineWebhook, WithoutNotificationsPollingFindsEverything) {
  bench.start();
  bench.run_for(minutes{1});
  content("quiet", bench.now + seconds{30});
  bench.run_for(minutes{11});
  EXPECT_THAT(bench.ids(), Contains("quiet-r"));
}

TEST_F(MachineWebhook, WhatIsKnownCausesNoRequest) {
  content("old", bench.now - hours{1});
  bench.start();
  bench.run_for(minutes{1});
  ASSERT_THAT(bench.ids(), Contains("old-r"));
  const auto before = listings();
  for (int i = 0; i < 100; ++i)
    bench.notify({"old"});
  bench.run_for(minutes{1});
  EXPECT_EQ(listings(), before);
}

TEST_F(MachineWebhook, AFloodOfForgedNotificationsCausesFewListingsAndNothingElse) {
  bench.start();
  bench.run_for(minutes{1});
  const auto listed = listings();
  const auto requests = bench.vendor.requests.size();
  for (int second = 0; second < 60; ++second) {
    for (int i = 0; i < 50; ++i)
      bench.notify({"forged-" + std::to_string(second * 50 + i)});
    bench.run_for(seconds{1});
  }
  EXPECT_LE(listings() - listed, 60 / 3 + 2);
  EXPECT_EQ(bench.vendor.requests.size() - requests, listings() - listed)
      << "no content is fetched";
  EXPECT_THAT(bench.rows("blob", CoverageState::lost), IsEmpty());
  EXPECT_THAT(bench.vendor.broken_rules, IsEmpty());
}

TEST_F(MachineWebhook, ListingsBetweenPollsAreNarrowAndPutNoPollOff) {
  bench.start();
  bench.run_for(minutes{1});
  FakeBlob late;
  late.id = "late";
  late.created = bench.now - minutes{40};
  late.visible = bench.now + minutes{2};
  late.records = {"late-r"};
  bench.vendor.add("Audit.Exchange", late);
  const auto before = bench.vendor.requests.size();
  for (int i = 0; i < 72; ++i) {
    content("busy-" + std::to_string(i), bench.now);
    bench.notify({"busy-" + std::to_string(i)});
    bench.run_for(seconds{10});
  }
  int narrow = 0;
  int wide = 0;
  for (std::size_t i = before; i < bench.vendor.requests.size(); ++i) {
    const std::string& url = bench.vendor.requests[i];
    if (url.find("/subscriptions/content") == std::string::npos) continue;
    const auto query = query_of(url);
    const Duration width = at(query.at("endtime")) - at(query.at("starttime"));
    ++(width < minutes{3} ? narrow : wide);
  }
  EXPECT_GE(narrow, 60);
  EXPECT_EQ(wide, 1) << "one poll in twelve minutes";
  EXPECT_THAT(bench.ids(), Contains("late-r")) << "which found what appeared late";
  EXPECT_THAT(bench.ids(), Contains("busy-70-r"));
}

TEST_F(MachineWebhook, ARefusedWebhookIsSaidAndPollingGoesOn) {
  bench.vendor.webhook_answers = false;
  content("early", bench.now - hours{1});
  bench.start();
  bench.run_for(minutes{2});
  EXPECT_EQ(starts(), 2) << "with the webhook, then without it";
  EXPECT_THAT(bench.ids(), Contains("early-r"));
  EXPECT_TRUE(stands("webhook-refused"));
  EXPECT_THAT(bench.told(Report::Kind::stopped), IsEmpty());
  bench.run_for(hours{2});
  EXPECT_LE(starts(), 2 + 8) << "every 15 minutes";
  content("later", bench.now + seconds{1});
  bench.run_for(minutes{11});
  EXPECT_THAT(bench.ids(), Contains("later-r"));
  EXPECT_TRUE(stands("webhook-refused"));
  bench.vendor.webhook_answers = true;
  bench.run_for(minutes{20});
  EXPECT_EQ(hook().address, kAddress);
  EXPECT_FALSE(stands("webhook-refused")) << "it works again, and the notice ends";
}

TEST_F(MachineWebhook, ADisabledOneIsSeenAndStartedAgain) {
  bench.start();
  bench.run_for(minutes{20});
  hook().status = "disabled";
  bench.vendor.webhook_answers = false;
  bench.run_for(minutes{16});
  EXPECT_TRUE(stands("webhook-refused") || stands("webhook-disabled"));
  bench.vendor.webhook_answers = true;
  bench.run_for(minutes{31});
  EXPECT_EQ(hook().status, "enabled");
  EXPECT_FALSE(stands("webhook-refused"));
  EXPECT_FALSE(stands("webhook-disabled"));
}

TEST_F(MachineWebhook, AfterARestartAWorkingOneIsLeftAloneAndAChangedAuthIdIsRegistered) {
  bench.start();
  bench.run_for(minutes{1});
  bench.start();
  bench.run_for(minutes{20});
  EXPECT_EQ(starts(), 1);
  bench.options.webhook->auth_id = Secret{std::string("another-auth-id-")};
  bench.start();
  bench.run_for(minutes{1});
  EXPECT_EQ(hook().auth_id, "another-auth-id-");
}

TEST_F(MachineWebhook, SilenceWhileContentComesIsSaid) {
  bench.start();
  bench.run_for(minutes{30});
  for (int i = 0; i < 10; ++i) {
    content("c" + std::to_string(i), bench.now + seconds{10});
    bench.run_for(minutes{15});
  }
  EXPECT_TRUE(stands("webhook-silent"));
  content("told", bench.now + seconds{1});
  bench.run_for(seconds{2});
  bench.notify({"told"});
  bench.run_for(minutes{1});
  EXPECT_FALSE(stands("webhook-silent"));
}

TEST_F(MachineWebhook, AQuietTenantIsNotASilentWebhook) {
  bench.start();
  bench.run_for(hours{24});
  EXPECT_FALSE(bench.told_code("microsoft_365/webhook-silent"));
}

TEST_F(MachineWebhook, AStartThatIsNotHeardLeavesTheListingsAlone) {
  bench.vendor.subscriptions["Audit.Exchange"] = "enabled";
  bench.vendor.fault = [](const HttpRequest& request, TimePoint now) -> std::optional<Answer> {
    if (request.url.find("/subscriptions/start") == std::string::npos) return std::nullopt;
    return answer(500, error_body("AF50000"), now);
  };
  content("there", bench.now - hours{1});
  bench.start();
  bench.run_for(minutes{5});
  EXPECT_THAT(bench.ids(), Contains("there-r"));
  EXPECT_TRUE(bench.vendor.webhooks.empty());
  bench.vendor.fault = nullptr;
  bench.run_for(minutes{5});
  EXPECT_EQ(hook().address, kAddress);
}

TEST_F(MachineWebhook, WithoutTheOptionNothingIsRegisteredAndNothingAsked) {
  bench.options.webhook.reset();
  bench.start();
  bench.run_for(hours{3});
  EXPECT_TRUE(bench.vendor.webhooks.empty());
  EXPECT_EQ(bench.vendor.count("/subscriptions/list"), 1U);
}

TEST(MachineSubscription, ADisabledOneIsNamedBeforeItIsStartedAgain) {
  MachineBench bench;
  bench.vendor.subscriptions["Audit.Exchange"] = "disabled";
  bench.start();
  bench.run_for(minutes{2});
  const auto told = bench.told(Report::Kind::retrying);
  ASSERT_THAT(told, Not(IsEmpty()));
  EXPECT_EQ(told.front().failure.code, "microsoft_365/subscription-disabled");
  EXPECT_EQ(told.front().stream, "audit.exchange");
  EXPECT_THAT(told.front().failure.cause, HasSubstr("somebody stopped it"));
  EXPECT_EQ(bench.vendor.starts["Audit.Exchange"], 1);
  EXPECT_THAT(bench.told(Report::Kind::working), Not(IsEmpty())) << "then it works";
}

}  // namespace
}  // namespace cistern::connectors::microsoft_365::test
