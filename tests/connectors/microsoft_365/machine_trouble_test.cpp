// What single blobs, permissions, throttling and outages do, and what they must not do.
#include "connectors/microsoft_365/error_table.hpp"
#include "connectors/microsoft_365/machine_bench.hpp"

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

FakeBlob blob(std::string id, TimePoint created, std::vector<std::string> records) {
  FakeBlob out;
  out.id = std::move(id);
  out.created = created;
  out.expires = created + hours{24 * 7};
  out.records = std::move(records);
  return out;
}

bool is_listing(const HttpRequest& request) {
  return request.url.find("/subscriptions/content") != std::string::npos;
}
bool is_blob(const HttpRequest& request) {
  return request.url.find("/feed/audit/") != std::string::npos;
}

Failure net_failure(std::string code) {
  return {.verdict = code == "net/too-large" ? Verdict::stop : Verdict::retry,
          .code = std::move(code),
          .cause = "scripted",
          .consequence = {},
          .next_step = {}};
}

/// A bench with two hours of backfill and one blob an hour ago.
struct OneBlob : MachineBench {
  OneBlob() {
    options.backfill = hours{2};
    vendor.add("Audit.Exchange", blob("b", now - hours{1}, {"r"}));
  }
};

TEST(MachineTrouble, ABlobThatFailsForTwoHoursHoldsTheWatermarkAndNoOtherBlob) {
  OneBlob bench;
  const TimePoint begin = bench.now;
  bench.vendor.fault = [&](const HttpRequest& request, TimePoint now) -> std::optional<Answer> {
    if (request.url.find("/audit/b?") == std::string::npos || now > begin + hours{2})
      return std::nullopt;
    return answer(500, error_body("AF50000", "An internal error occurred. Retry the request."),
                  now);
  };
  for (int i = 0; i < 5; ++i) {
    const std::string name = "n" + std::to_string(i);
    bench.vendor.add("Audit.Exchange", blob(name, begin + minutes{10 * i}, {name}));
  }
  bench.start();
  bench.run_for(hours{1});
  EXPECT_THAT(bench.ids(), SizeIs(5));
  EXPECT_THAT(bench.ids(), Not(Contains("r")));
  EXPECT_LE(bench.watermark(), begin - hours{1});
  EXPECT_TRUE(bench.told_code("microsoft_365/vendor-error"));
  EXPECT_LE(bench.vendor.count("/audit/b?"), 20U);
  bench.run_for(hours{2});
  EXPECT_THAT(bench.ids(), SizeIs(6));
  EXPECT_GE(bench.watermark(), bench.now - minutes{2});
}

TEST(MachineTrouble, ABlobThatFailsSurvivesARestart) {
  OneBlob bench;
  bool failing = true;
  bench.vendor.fault = [&](const HttpRequest& request, TimePoint now) -> std::optional<Answer> {
    if (!is_blob(request) || !failing) return std::nullopt;
    return answer(503, "", now);
  };
  bench.start();
  bench.run_for(hours{5});
  failing = false;
  bench.start();
  bench.run_for(minutes{15});
  EXPECT_THAT(bench.ids(), Contains("r"));
}

TEST(MachineTrouble, BlobsThatAreGoneAreLostInTheLedgerAndLetTheWatermarkPass) {
  for (const std::string_view code : {"AF20050", "AF20051", "AF20052"}) {
    OneBlob bench;
    bench.vendor.fault = [&](const HttpRequest& request, TimePoint now) -> std::optional<Answer> {
      if (!is_blob(request)) return std::nullopt;
      return answer(400, error_body(code), now);
    };
    bench.start();
    bench.run_for(minutes{10});
    const auto lost = bench.rows("blob", CoverageState::lost);
    ASSERT_THAT(lost, SizeIs(1)) << code;
    EXPECT_EQ(lost[0].item, "b");
    EXPECT_THAT(lost[0].reason, HasSubstr(std::string(code)));
    EXPECT_EQ(lost[0].from, at("2026-03-10T11:00:00Z"));
    EXPECT_EQ(lost[0].expires, lost[0].from + hours{24 * 7});
    EXPECT_THAT(bench.told(Report::Kind::lost), SizeIs(1));
    EXPECT_EQ(bench.vendor.count("/audit/b"), 1U);
    EXPECT_GE(bench.watermark(), bench.now - minutes{2});
  }
}

TEST(MachineTrouble, A404WithoutACodeIsAskedAgainBeforeItIsALoss) {
  OneBlob bench;
  int answers = 0;
  bench.vendor.fault = [&](const HttpRequest& request, TimePoint now) -> std::optional<Answer> {
    if (!is_blob(request) || ++answers > 2) return std::nullopt;
    return answer(404, "<html>gateway</html>", now);
  };
  bench.start();
  bench.run_for(minutes{5});
  EXPECT_THAT(bench.ids(), Contains("r"));
  EXPECT_THAT(bench.rows("blob", CoverageState::lost), IsEmpty());
}

TEST(MachineTrouble, AFailingBlobIsLostOnlyOnceItHasExpired) {
  OneBlob bench;
  bench.vendor.content["Audit.Exchange"][0].expires = bench.now + hours{6};
  bench.vendor.fault = [&](const HttpRequest& request, TimePoint now) -> std::optional<Answer> {
    if (!is_blob(request)) return std::nullopt;
    return answer(500, error_body("AF50000"), now);
  };
  bench.start();
  bench.run_for(hours{5});
  EXPECT_THAT(bench.rows("blob", CoverageState::lost), IsEmpty());
  bench.run_for(hours{2});
  EXPECT_THAT(bench.rows("blob", CoverageState::lost), SizeIs(1));
  EXPECT_GE(bench.watermark(), bench.now - minutes{2});
}

TEST(MachineTrouble, ACutBodyIsFetchedAgainAndNeverTakenAsEmpty) {
  OneBlob bench;
  int cuts = 0;
  bench.vendor.fault = [&](const HttpRequest& request, TimePoint) -> std::optional<Answer> {
    if (!is_blob(request) || ++cuts > 3) return std::nullopt;
    return fail(net_failure("net/cut"));
  };
  bench.start();
  bench.run_for(seconds{3});
  EXPECT_THAT(bench.rows("blob", CoverageState::whole), IsEmpty());
  EXPECT_LE(bench.watermark(), bench.now - hours{1});
  bench.run_for(minutes{5});
  EXPECT_THAT(bench.ids(), Contains("r"));
}

TEST(MachineTrouble, APageOfAGatewayIsNotContent) {
  OneBlob bench;
  int pages = 0;
  bench.vendor.fault = [&](const HttpRequest& request, TimePoint now) -> std::optional<Answer> {
    if (!is_blob(request) || ++pages > 6) return std::nullopt;
    return answer(200, pages % 2 == 0 ? "<html>please log in</html>" : "", now);
  };
  bench.start();
  bench.run_for(minutes{20});
  EXPECT_THAT(bench.store.records, SizeIs(1));
  EXPECT_THAT(bench.ids(), Contains("r"));
  EXPECT_TRUE(bench.told_code("microsoft_365/blob-unfinished"));
}

TEST(MachineTrouble, AnArrayThatNeverEndsIsKeptAsFarAsItGoes) {
  OneBlob bench;
  bench.vendor.content["Audit.Exchange"][0].body = R"([{"Id":"whole"},{"Id":"cut)";
  bench.start();
  bench.run_for(minutes{10});
  EXPECT_EQ(bench.vendor.count("/audit/b"), 4U);
  EXPECT_THAT(bench.store.records, SizeIs(2));
  EXPECT_GE(bench.watermark(), bench.now - minutes{2});
}

TEST(MachineTrouble, AListingThatIsNoListMovesNothing) {
  OneBlob bench;
  bool broken = true;
  bench.vendor.fault = [&](const HttpRequest& request, TimePoint now) -> std::optional<Answer> {
    if (!is_listing(request) || !broken) return std::nullopt;
    return answer(200, "<html>502 inside a 200</html>", now);
  };
  bench.start();
  const TimePoint first = bench.now - hours{2};
  bench.run_for(minutes{20});
  EXPECT_EQ(bench.watermark(), first);
  EXPECT_TRUE(bench.told_code("microsoft_365/unreadable-answer"));
  broken = false;
  bench.run_for(minutes{20});
  EXPECT_THAT(bench.ids(), Contains("r"));
}

TEST(MachineTrouble, AnOversizeBlobIsSetAsideAloudAndTriedEachHour) {
  OneBlob bench;
  bool too_large = true;
  bench.vendor.fault = [&](const HttpRequest& request, TimePoint) -> std::optional<Answer> {
    if (!is_blob(request) || !too_large) return std::nullopt;
    return fail(net_failure("net/too-large"));
  };
  bench.start();
  bench.run_for(hours{3} + minutes{1});
  EXPECT_EQ(bench.vendor.count("/audit/b"), 4U);
  const auto rows = bench.rows("blob", CoverageState::partial);
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0].reason, "larger than max_blob");
  EXPECT_LE(bench.watermark(), at("2026-03-10T11:00:00Z"));
  EXPECT_TRUE(bench.told_code("microsoft_365/blob-too-large"));
  too_large = false;
  bench.run_for(hours{2});
  EXPECT_THAT(bench.ids(), Contains("r"));
  EXPECT_GE(bench.watermark(), bench.now - minutes{2});
}

TEST(MachineTrouble, ALargeBlobIsCommittedInParts) {
  OneBlob bench;
  std::string body = "[";
  for (int i = 0; i < 30; ++i) {
    body += (i == 0 ? "" : ",") + ("{\"Id\":\"big" + std::to_string(i)) + "\",\"Text\":\"" +
            std::string(1 << 20, 'x') + "\"}";
  }
  bench.vendor.content["Audit.Exchange"][0].body = body + "]";
  bench.start();
  bench.die_after = 4;
  bench.run_for(minutes{5});
  ASSERT_FALSE(bench.alive());
  EXPECT_THAT(bench.rows("blob", CoverageState::whole), IsEmpty());
  EXPECT_THAT(bench.rows("blob", CoverageState::partial), Not(IsEmpty()));
  bench.start();
  bench.run_for(minutes{5});
  EXPECT_THAT(bench.ids(), SizeIs(30));
  EXPECT_THAT(bench.rows("blob", CoverageState::whole), SizeIs(1));
  EXPECT_GT(bench.store.largest_commit, 6U << 20);
}

TEST(MachineTrouble, ThrottlingStopsEverythingForAWhileAndLosesNothing) {
  MachineBench bench({"Audit.Exchange", "Audit.General"});
  bench.options.backfill = hours{4};
  const TimePoint begin = bench.now;
  for (int i = 0; i < 20; ++i) {
    const std::string name = "b" + std::to_string(i);
    bench.vendor.add("Audit.Exchange", blob(name, begin - minutes{3 * i + 1}, {name}));
  }
  std::vector<TimePoint> refused;
  bench.vendor.fault = [&](const HttpRequest& request, TimePoint now) -> std::optional<Answer> {
    if (!is_blob(request) || now > begin + minutes{10}) return std::nullopt;
    refused.push_back(now);
    return answer(403, error_body("AF429", "Too many requests. Method=GetBlob, PublisherId=x"),
                  now);
  };
  bench.start();
  bench.run_for(minutes{10});
  // One burst of those under way, then a few at a time with growing pauses between.
  EXPECT_LE(refused.size(), 8U + 3U * 8U);
  std::vector<TimePoint> bursts = refused;
  bursts.erase(std::unique(bursts.begin(), bursts.end()), bursts.end());
  for (std::size_t i = 1; i < bursts.size(); ++i)
    EXPECT_GE(bursts[i] - bursts[i - 1], seconds{30});
  EXPECT_LE(bursts.size(), 7U);
  EXPECT_FALSE(bench.told(Report::Kind::throttled).empty());
  bench.run_for(minutes{20});
  EXPECT_THAT(bench.ids(), SizeIs(20));
}

TEST(MachineTrouble, RetryAfterIsObeyed) {
  OneBlob bench;
  std::vector<TimePoint> asked;
  bench.vendor.fault = [&](const HttpRequest& request, TimePoint now) -> std::optional<Answer> {
    if (!is_listing(request)) return std::nullopt;
    asked.push_back(now);
    if (asked.size() > 1) return std::nullopt;
    HttpResponse out = answer(429, "", now);
    out.headers.push_back({"Retry-After", "1500"});
    return out;
  };
  bench.start();
  bench.run_for(minutes{40});
  ASSERT_GE(asked.size(), 2U);
  EXPECT_GE(asked[1] - asked[0], seconds{1500});
  EXPECT_THAT(bench.ids(), Contains("r"));
}

TEST(MachineTrouble, A401RenewsOnceThenIsRefusedAndCheckedEvery15Minutes) {
  OneBlob bench;
  bool refusing = true;
  int refusals = 0;
  bench.vendor.fault = [&](const HttpRequest& request, TimePoint now) -> std::optional<Answer> {
    if (!is_listing(request) || !refusing) return std::nullopt;
    ++refusals;
    return answer(401, error_body("AF10001", "The permission set () sent in the request"), now);
  };
  bench.start();
  bench.run_for(minutes{14});
  EXPECT_EQ(refusals, 2);
  EXPECT_EQ(bench.tokens, 2);
  ASSERT_THAT(bench.told(Report::Kind::denied), SizeIs(1));
  EXPECT_THAT(bench.told(Report::Kind::denied)[0].failure.next_step,
              HasSubstr("Grant admin consent"));
  bench.run_for(minutes{46});
  EXPECT_LE(refusals, 2 + 3 * 2);
  EXPECT_LE(bench.tokens, 2 + 3 * 2);
  refusing = false;
  bench.run_for(minutes{20});
  EXPECT_THAT(bench.ids(), Contains("r"));
  EXPECT_EQ(bench.reports.back().kind, Report::Kind::working);
}

TEST(MachineTrouble, AnExpiredTokenIsRenewedWithoutANoise) {
  OneBlob bench;
  int refusals = 0;
  bench.vendor.fault = [&](const HttpRequest& request, TimePoint now) -> std::optional<Answer> {
    if (!is_blob(request) || refusals++ > 0) return std::nullopt;
    return answer(401, "{\"Message\":\"Authorization has been denied for this request.\"}", now);
  };
  bench.start();
  bench.run_for(minutes{2});
  EXPECT_THAT(bench.ids(), Contains("r"));
  EXPECT_THAT(bench.told(Report::Kind::refused), IsEmpty());
}

TEST(MachineTrouble, ATokenWithoutRolesIsRefusedWithTheExactCure) {
  OneBlob bench;
  bench.grant.roles.clear();
  bench.start();
  bench.run_for(minutes{20});
  EXPECT_TRUE(bench.told_code("microsoft_365/role-missing"));
  EXPECT_THAT(bench.ids(), IsEmpty());
  bench.grant.roles = {"ActivityFeed.Read"};
  bench.run_for(minutes{16});
  EXPECT_THAT(bench.ids(), Contains("r"));
}

TEST(MachineTrouble, ATokenOfAnotherTenantOrCloudIsRefused) {
  OneBlob bench;
  bench.grant.tenant = "99999999-2222-4333-8444-555555555555";
  bench.start();
  bench.run_for(minutes{1});
  EXPECT_TRUE(bench.told_code("microsoft_365/tenant-mismatch"));
  OneBlob cloud;
  cloud.grant.audience = "https://manage.office365.us";
  cloud.start();
  cloud.run_for(minutes{1});
  EXPECT_TRUE(cloud.told_code("microsoft_365/audience-mismatch"));
  EXPECT_THAT(cloud.ids(), IsEmpty());
}

TEST(MachineTrouble, ARefusedLoginIsCheckedEvery15Minutes) {
  OneBlob bench;
  bench.login_failure = {.verdict = Verdict::stop,
                         .code = "entra/secret-expired",
                         .cause = "the secret expired",
                         .consequence = {},
                         .next_step = "a new one"};
  bench.start();
  bench.run_for(minutes{50});
  EXPECT_LE(bench.sent.size(), 5U);
  EXPECT_TRUE(bench.told_code("entra/secret-expired"));
  bench.login_failure.reset();
  bench.run_for(minutes{20});
  EXPECT_THAT(bench.ids(), Contains("r"));
}

TEST(MachineTrouble, DlpWithoutItsRoleIsLeftOutUnlessItWasAskedFor) {
  MachineBench bench({"Audit.Exchange", "DLP.All"});
  bench.grant.roles = {"ActivityFeed.Read"};
  bench.vendor.add("DLP.All", blob("d", bench.now - hours{1}, {"dlp"}));
  bench.vendor.add("Audit.Exchange", blob("e", bench.now - hours{1}, {"exchange"}));
  bench.start();
  bench.run_for(minutes{5});
  EXPECT_THAT(bench.ids(), Not(Contains("dlp")));
  EXPECT_THAT(bench.ids(), Contains("exchange"));
  EXPECT_TRUE(bench.told_code("microsoft_365/dlp-left-out"));
  EXPECT_EQ(bench.vendor.count("DLP.All"), 0U);

  MachineBench wanted({"Audit.Exchange", "DLP.All"});
  wanted.options.dlp_required = true;
  wanted.grant.roles = {"ActivityFeed.Read"};
  wanted.vendor.add("DLP.All", blob("d", wanted.now - hours{1}, {"dlp"}));
  wanted.start();
  wanted.run_for(minutes{5});
  ASSERT_FALSE(wanted.told(Report::Kind::denied).empty());
  EXPECT_EQ(wanted.told(Report::Kind::denied)[0].stream, "dlp.all");
  wanted.grant.roles.emplace_back("ActivityFeed.ReadDlp");
  wanted.run_for(minutes{20});
  EXPECT_THAT(wanted.ids(), Contains("dlp"));
}

TEST(MachineTrouble, AnOutageIsProbedAndNotHammered) {
  MachineBench bench({"Audit.Exchange", "Audit.General", "Audit.SharePoint"});
  bench.start();
  bench.run_for(minutes{5});
  const std::size_t before = bench.sent.size();
  bool down = true;
  bench.vendor.fault = [&](const HttpRequest&, TimePoint) -> std::optional<Answer> {
    if (!down) return std::nullopt;
    return fail(net_failure("net/connect"));
  };
  bench.run_for(hours{10});
  EXPECT_LE(bench.sent.size() - before, 150U);
  down = false;
  bench.vendor.add("Audit.General", blob("b", bench.now - hours{5}, {"r"}));
  bench.run_for(minutes{30});
  EXPECT_THAT(bench.ids(), Contains("r"));
  EXPECT_THAT(bench.rows("window", CoverageState::lost), IsEmpty());
}

/// Every row of the vendor's table, met by a listing: nothing is lost, the watermark does not pass,
/// and when it is over everything is there within two hours.
class EveryError : public testing::TestWithParam<std::string_view> {};

TEST_P(EveryError, OfAListingMovesNothingAndHeals) {
  OneBlob bench;
  bool broken = true;
  bench.vendor.fault = [&](const HttpRequest& request, TimePoint now) -> std::optional<Answer> {
    if (!is_listing(request) || !broken) return std::nullopt;
    const int status = GetParam() == "AF429" ? 403 : GetParam() == "AF10001" ? 401 : 400;
    return answer(status, error_body(GetParam()), now);
  };
  bench.start();
  const TimePoint first = bench.now - hours{2};
  bench.run_for(minutes{50});
  EXPECT_EQ(bench.watermark(), first);
  EXPECT_LE(bench.vendor.count("/subscriptions/content"), 130U);
  broken = false;
  bench.run_for(hours{2});
  EXPECT_THAT(bench.ids(), Contains("r"));
  EXPECT_GE(bench.watermark(), bench.now - minutes{2});
}

TEST_P(EveryError, OfABlobNeverVanishesSilently) {
  OneBlob bench;
  bool broken = true;
  bench.vendor.fault = [&](const HttpRequest& request, TimePoint now) -> std::optional<Answer> {
    if (!is_blob(request) || !broken) return std::nullopt;
    const int status = GetParam() == "AF429" ? 403 : GetParam() == "AF10001" ? 401 : 400;
    return answer(status, error_body(GetParam()), now);
  };
  bench.start();
  bench.run_for(minutes{50});
  broken = false;
  bench.run_for(hours{2});
  const bool lost = !bench.rows("blob", CoverageState::lost).empty();
  EXPECT_NE(lost, bench.ids().contains("r"));
  EXPECT_GE(bench.watermark(), bench.now - minutes{2});
}

TEST_P(EveryError, OfAStartIsNotRepeatedWithin15Minutes) {
  OneBlob bench;
  std::vector<TimePoint> starts;
  bool broken = true;
  bench.vendor.fault = [&](const HttpRequest& request, TimePoint now) -> std::optional<Answer> {
    if (request.method != "POST" || !broken) return std::nullopt;
    starts.push_back(now);
    const int status = GetParam() == "AF429" ? 403 : GetParam() == "AF10001" ? 401 : 400;
    return answer(status, error_body(GetParam()), now);
  };
  bench.start();
  bench.run_for(hours{2});
  ASSERT_FALSE(starts.empty());
  const Fate fate = interpret_error(answer(400, error_body(GetParam()), bench.now)).row->fate;
  // An internal error did not count as a start; a missing role is asked for twice, with a new
  // token.
  if (fate == Fate::retry) {
    EXPECT_LE(starts.size(), 25U);
  } else {
    std::size_t close_together = 0;
    for (std::size_t i = 1; i < starts.size(); ++i) {
      close_together += starts[i] - starts[i - 1] < minutes{15} ? 1 : 0;
    }
    EXPECT_LE(close_together, fate == Fate::refused ? 1U : 0U);
  }
  broken = false;
  bench.run_for(hours{2});
  if (GetParam() == "AF20024") return;  // Success: the fake subscription was never made.
  EXPECT_THAT(bench.ids(), Contains("r"));
}

std::vector<std::string_view> all_codes() {
  std::vector<std::string_view> out;
  for (const ErrorRow& row : error_rows())
    out.push_back(row.vendor_code);
  return out;
}

INSTANTIATE_TEST_SUITE_P(Rows, EveryError, testing::ValuesIn(all_codes()),
                         [](const auto& info) { return std::string(info.param); });

TEST(MachineTrouble, ADayWithoutAnyContentIsToldOnceAndItsEndAsWell) {
  MachineBench bench;
  const auto told = [&] {
    std::vector<Failure> notices;
    for (const Report& report : bench.told(Report::Kind::notice)) {
      if (report.failure.code == "microsoft_365/no-content") notices.push_back(report.failure);
    }
    return notices;
  };
  bench.start();
  bench.run_for(hours{3});
  ASSERT_THAT(told(), SizeIs(1));
  EXPECT_THAT(told()[0].next_step, HasSubstr("Licenses"));
  FakeBlob blob;
  blob.id = "first";
  blob.created = bench.now + minutes{1};
  blob.expires = blob.created + hours{24 * 7};
  blob.records = {"r"};
  bench.vendor.add("Audit.Exchange", blob);
  bench.run_for(hours{3});
  ASSERT_THAT(told(), SizeIs(2));
  EXPECT_EQ(told()[1].next_step, "") << "that ends it";
  bench.run_for(hours{30});
  EXPECT_THAT(told(), SizeIs(3)) << "a day after the last content it is said again";
}

}  // namespace
}  // namespace cistern::connectors::microsoft_365::test
