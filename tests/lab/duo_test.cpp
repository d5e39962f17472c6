// The lab's Duo refuses what Duo refuses, and its logs are asked for as Duo's are.
#include "lab/cisco_duo/duo_signature.hpp"
#include "lab/truth/json_scan.hpp"
#include "tests/lab/lab_fixture.hpp"

#include <set>

namespace cistern::lab {

namespace {

namespace json = boost::json;

constexpr std::string_view kAuthentication = "/admin/v2/logs/authentication";
constexpr std::string_view kAdministrator = "/admin/v1/logs/administrator";

class DuoTest : public LabTest {
 protected:
  static LabOptions with_logs() {
    auto options = calm();
    options.history = std::chrono::hours{72};
    options.history_per_hour = 200;
    options.live_per_second = 2;
    return options;
  }

  struct Signing {
    std::string ikey{kLabDuoIntegrationKey};
    std::string secret{kLabDuoSecretKey};
    DuoSignature version = DuoSignature::v5;
    std::string date{};
    Parameters unsigned_ones{};
  };

  std::string mail_date(Duration off = Duration{0}) const {
    auto text = http_date(clock.now() + off);
    return text.replace(text.size() - 3, 3, "-0000");
  }

  ClientReply ask(std::string_view path, Parameters parameters, const Signing& how) const {
    DuoSigned request;
    request.date = how.date.empty() ? mail_date() : how.date;
    request.method = "GET";
    request.host = lab_->url().substr(7);
    request.path = std::string(path);
    request.parameters = parameters;
    const auto hmac = duo_hmac(request, how.version, how.secret);
    auto target = std::string(path);
    for (const auto& one : how.unsigned_ones)
      parameters.push_back(one);
    char mark = '?';
    for (const auto& [name, value] : parameters) {
      target += mark + percent_encode(name) + "=" + percent_encode(value);
      mark = '&';
    }
    return get(target, {{"Date", request.date},
                        {"Authorization", "Basic " + base64_encode(how.ikey + ":" + hmac)}});
  }
  ClientReply ask(std::string_view path, Parameters parameters) const {
    return ask(path, std::move(parameters), Signing{});
  }

  std::string ms(Duration before_now) const {
    return std::to_string(std::chrono::floor<std::chrono::milliseconds>(clock.now() - before_now)
                              .time_since_epoch()
                              .count());
  }
  std::string seconds(Duration before_now) const {
    return std::to_string(unix_seconds(clock.now() - before_now));
  }
  Parameters window(Duration from, Duration to, std::size_t limit = 1000) const {
    return {{"mintime", ms(from)},
            {"maxtime", ms(to)},
            {"limit", std::to_string(limit)},
            {"sort", "ts:asc"}};
  }

  static json::value body_of(const ClientReply& reply) {
    json::error_code error;
    auto value = json::parse(reply.body, error);
    EXPECT_FALSE(error) << reply.body;
    return value;
  }
  static std::int64_t code_of_duo(const ClientReply& reply) {
    const auto body = body_of(reply);
    const auto* const code = body.as_object().if_contains("code");
    return code == nullptr ? 0 : code->to_number<std::int64_t>();
  }
  static std::string token_of(const json::value& page) {
    const auto& metadata = page.at("response").at("metadata").as_object();
    const auto* const next = metadata.if_contains("next_offset");
    if (next == nullptr || next->is_null()) return {};
    if (next->is_string()) return std::string(next->get_string());
    const auto& pair = next->as_array();
    return std::string(pair.at(0).as_string()) + "," + std::string(pair.at(1).as_string());
  }
  // Every row of a window, page by page; the place of the array in the answer.
  std::vector<std::string> walk(std::string_view path, const std::string& rows,
                                const Parameters& parameters) const {
    std::vector<std::string> all;
    std::string token;
    for (int pages = 0; pages < 200; ++pages) {
      auto these = parameters;
      if (!token.empty()) these.emplace_back("next_offset", token);
      const auto reply = ask(path, these);
      EXPECT_EQ(reply.status, 200) << reply.body;
      const auto body = body_of(reply);
      for (const auto& row : body.at("response").at(rows).as_array())
        all.push_back(json::serialize(row));
      token = token_of(body);
      if (token.empty()) return all;
    }
    ADD_FAILURE() << "the pages do not end";
    return all;
  }
  void set(const std::string& json) const { EXPECT_EQ(post("/lab/duo", json).status, 200) << json; }
};

constexpr auto kHour = std::chrono::hours{1};
constexpr auto kMinute = std::chrono::minutes{1};

TEST_F(DuoTest, AllThreeSignaturesAreTaken) {
  start(with_logs());
  for (const auto version : {DuoSignature::v2_sha1, DuoSignature::v2_sha512, DuoSignature::v5}) {
    Signing how;
    how.version = version;
    EXPECT_EQ(ask(kAuthentication, window(2 * kHour, kHour), how).status, 200);
  }
}

TEST_F(DuoTest, WhatIsWrongWithCredentialsHasANumber) {
  start(with_logs());
  const auto parameters = window(2 * kHour, kHour);
  EXPECT_EQ(code_of_duo(get(std::string(kAuthentication))), 40101);
  Signing other_ikey;
  other_ikey.ikey = "DI000000000000000000";
  EXPECT_EQ(code_of_duo(ask(kAuthentication, parameters, other_ikey)), 40102);
  Signing wrong;
  wrong.secret = "wrong";
  EXPECT_EQ(code_of_duo(ask(kAuthentication, parameters, wrong)), 40103);
  Signing unsigned_one;
  unsigned_one.unsigned_ones = {{"users", "a b"}};
  EXPECT_EQ(code_of_duo(ask(kAuthentication, parameters, unsigned_one)), 40103);
  Signing old;
  old.date = mail_date(-6 * kMinute);
  EXPECT_EQ(code_of_duo(ask(kAuthentication, parameters, old)), 40105);
  Signing tolerable;
  tolerable.date = mail_date(4 * kMinute);
  EXPECT_EQ(ask(kAuthentication, parameters, tolerable).status, 200);
  Signing no_read_log;
  no_read_log.ikey = kLabDuoNoReadLogKey;
  EXPECT_EQ(code_of_duo(ask(kAuthentication, parameters, no_read_log)), 40301);
  set(R"({"absent":["trust_monitor"],"forbidden":["activity"]})");
  EXPECT_EQ(code_of_duo(ask("/admin/v1/trust_monitor/events", parameters)), 40401);
  EXPECT_EQ(code_of_duo(ask("/admin/v2/logs/activity", parameters)), 40301);
  EXPECT_EQ(code_of_duo(ask("/admin/v2/logs/nothing", parameters)), 40401);
  set(R"({"address_refused":true})");
  EXPECT_EQ(code_of_duo(ask(kAuthentication, parameters)), 40301);
  EXPECT_EQ(post("/lab/duo", R"({"unknown":1})").status, 400);
}

TEST_F(DuoTest, WindowsHaveRules) {
  start(with_logs());
  const auto same = ms(kHour);
  const auto refused = [&](Parameters parameters) {
    return code_of_duo(ask(kAuthentication, std::move(parameters)));
  };
  EXPECT_EQ(refused({{"maxtime", same}}), 40001);
  const auto empty = ask(kAuthentication, {{"mintime", same}, {"maxtime", same}});
  EXPECT_EQ(code_of_duo(empty), 40002);
  EXPECT_NE(empty.body.find("strictly greater"), std::string::npos);
  EXPECT_EQ(refused({{"mintime", ms(181 * 24 * kHour)}, {"maxtime", ms(kHour)}}), 40002);
  // Seconds where milliseconds belong are half a century.
  EXPECT_EQ(refused({{"mintime", seconds(2 * kHour)}, {"maxtime", ms(kHour)}}), 40002);
  EXPECT_EQ(refused(window(2 * kHour, kHour, 1001)), 40002);
  EXPECT_EQ(code_of_duo(ask(kAdministrator, {{"mintime", ms(kHour)}})), 40002);
}

TEST_F(DuoTest, PagesLeadThroughAWindowOnceInOrder) {
  auto options = with_logs();
  options.faults = "hostile";
  options.duo.crowded_seconds = 1;
  start(options);
  post("/lab/faults", R"({"kind":"delay","count":1000000})");
  const auto whole = walk(kAuthentication, "authlogs", window(72 * kHour, 3 * kMinute));
  EXPECT_GT(whole.size(), 10'000U);
  EXPECT_EQ(std::set<std::string>(whole.begin(), whole.end()).size(), whole.size());
  const auto small = walk(kAuthentication, "authlogs", window(3 * kHour, 3 * kMinute, 7));
  EXPECT_EQ(std::vector<std::string>(whole.end() - static_cast<std::ptrdiff_t>(small.size()),
                                     whole.end()),
            small);
  std::string last;
  for (const auto& row : whole) {
    // By millisecond; within one the id decides.
    const auto time = member_text(row, "isotimestamp")->substr(0, 23);
    EXPECT_LE(last, time);
    last = time;
  }
}

TEST_F(DuoTest, TheNewestComeFirstUnlessAskedOtherwise) {
  start(with_logs());
  auto parameters = window(3 * kHour, kHour);
  const auto forward = walk(kAuthentication, "authlogs", parameters);
  parameters.pop_back();
  auto backward = walk(kAuthentication, "authlogs", parameters);
  std::reverse(backward.begin(), backward.end());
  EXPECT_EQ(forward, backward);
}

TEST_F(DuoTest, ATokenIsForItsOwnQuestion) {
  start(with_logs());
  const auto first = ask(kAuthentication, window(3 * kHour, kHour, 5));
  const auto token = token_of(body_of(first));
  ASSERT_FALSE(token.empty());
  auto other = window(3 * kHour, kHour + kMinute, 5);
  other.emplace_back("next_offset", token);
  EXPECT_EQ(code_of_duo(ask(kAuthentication, other)), 40002);
  // Joined, or as two parameters.
  auto joined = window(3 * kHour, kHour, 5);
  auto parted = joined;
  joined.emplace_back("next_offset", token);
  parted.emplace_back("next_offset", token.substr(0, token.find(',')));
  parted.emplace_back("next_offset", token.substr(token.find(',') + 1));
  EXPECT_EQ(ask(kAuthentication, joined).body, ask(kAuthentication, parted).body);
}

TEST_F(DuoTest, RowsShowTwoMinutesLate) {
  start(with_logs());
  clock.advance(std::chrono::minutes{10});
  const auto rows = walk(kAuthentication, "authlogs", window(10 * kMinute, Duration{0}));
  ASSERT_FALSE(rows.empty());
  const auto newest = parse_time(*member_text(rows.back(), "isotimestamp"));
  EXPECT_LE(*newest, clock.now() - 2 * kMinute);
  EXPECT_GT(*newest, clock.now() - 3 * kMinute);
}

TEST_F(DuoTest, NoMoreRequestsThanAllowed) {
  auto options = with_logs();
  options.requests_per_minute = 100;  // Duo's own limit is in force.
  start(options);
  const auto parameters = window(2 * kHour, kHour);
  EXPECT_EQ(ask(kAuthentication, parameters).status, 200);
  EXPECT_EQ(ask(kAuthentication, parameters).status, 200);
  const auto third = ask(kAuthentication, parameters);
  EXPECT_EQ(third.status, 429);
  EXPECT_EQ(code_of_duo(third), 42901);
  EXPECT_TRUE(third.header("Retry-After").empty());
  // Each endpoint has its own count.
  EXPECT_EQ(ask("/admin/v2/logs/telephony", parameters).status, 200);
  clock.advance(std::chrono::seconds{31});
  EXPECT_EQ(ask(kAuthentication, parameters).status, 200);
}

TEST_F(DuoTest, RowsBySecondAreTheEarliestThousand) {
  auto options = with_logs();
  options.duo.crowded_seconds = 1;
  options.history_per_hour = 2000;
  start(options);
  const auto rows = body_of(ask(kAdministrator, {{"mintime", seconds(72 * kHour)}}));
  const auto& first = rows.at("response").as_array();
  ASSERT_EQ(first.size(), 1000U);
  std::multiset<std::string> texts;
  std::int64_t last = 0;
  for (const auto& row : first) {
    const auto second = row.at("timestamp").to_number<std::int64_t>();
    EXPECT_GE(second, last);
    last = second;
    texts.insert(json::serialize(row));
  }
  // Without an id, equal rows stand there as often as they happened.
  const auto equal = [&](const std::string& text) { return texts.count(text) > 1; };
  EXPECT_TRUE(std::any_of(texts.begin(), texts.end(), equal));
  const auto bound = body_of(ask(kAdministrator, {{"mintime", std::to_string(last)}}));
  EXPECT_EQ(bound.at("response").at(0).at("timestamp").to_number<std::int64_t>(), last);
}

TEST_F(DuoTest, TrustMonitorPagesByNumber) {
  auto options = with_logs();
  options.history_per_hour = 2000;
  start(options);
  Parameters parameters{{"mintime", ms(72 * kHour)}, {"maxtime", ms(kHour)}, {"limit", "200"}};
  std::set<std::string> seen;
  std::size_t rows = 0;
  for (int pages = 0; pages < 100; ++pages) {
    const auto page = body_of(ask("/admin/v1/trust_monitor/events", parameters));
    for (const auto& event : page.at("response").at("events").as_array()) {
      seen.emplace(event.at("sekey").as_string());
      ++rows;
    }
    const auto* const next =
        page.at("response").at("metadata").as_object().if_contains("next_offset");
    if (next == nullptr) break;
    parameters.resize(3);
    parameters.emplace_back(
        "offset", next->is_string() ? std::string(next->get_string()) : json::serialize(*next));
  }
  EXPECT_GT(rows, 1000U);
  EXPECT_EQ(seen.size(), rows);
  parameters.resize(2);
  parameters.emplace_back("limit", "201");
  EXPECT_EQ(code_of_duo(ask("/admin/v1/trust_monitor/events", parameters)), 40002);
}

TEST_F(DuoTest, AccountsHaveLogsOfTheirOwn) {
  auto options = with_logs();
  options.tenants = 2;
  start(options);
  Signing parent;
  parent.ikey = kLabDuoAccountsKey;
  auto first = window(2 * kHour, kHour);
  auto second = first;
  first.emplace_back("account_id", lab_duo_account_id(1));
  second.emplace_back("account_id", lab_duo_account_id(2));
  const auto one = ask(kAuthentication, first, parent);
  EXPECT_EQ(one.status, 200);
  EXPECT_NE(one.body, ask(kAuthentication, second, parent).body);
  EXPECT_EQ(code_of_duo(ask(kAuthentication, second)), 40301);
}

TEST_F(DuoTest, TheTruthOwesWhatWasAskedFor) {
  start(with_logs());
  ask(kAuthentication, window(2 * kHour, kHour));
  const auto rows = walk(kAuthentication, "authlogs", window(2 * kHour, 3 * kMinute));
  std::size_t owed = 0;
  const auto truth = get("/lab/truth").body;
  std::size_t at = 0;
  while (at < truth.size()) {
    const auto end = truth.find('\n', at);
    const std::string_view line(truth.data() + at, end - at);
    at = end + 1;
    if (member_text(line, "vendor").value_or("") != "cisco_duo") continue;
    if (member_text(line, "kind").value_or("") != "record") continue;
    if (member_text(line, "owed").value_or("") == "true") ++owed;
  }
  EXPECT_GE(owed, rows.size());
  EXPECT_LE(owed, rows.size() + 20);  // Those that became visible behind the window's end.
}

}  // namespace

}  // namespace cistern::lab
