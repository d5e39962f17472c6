#include "base/http.hpp"

#include "base/result.hpp"

#include <gtest/gtest.h>

namespace cistern {
namespace {

using namespace std::chrono_literals;

TEST(HttpResponse, FindsTheFirstHeaderWhateverItsCase) {
  const HttpResponse response{200, {{"Retry-After", "5"}, {"retry-after", "9"}}, {}, 0, {}};
  EXPECT_EQ(response.header("RETRY-AFTER"), "5");
  EXPECT_FALSE(response.header("Date"));
}

TEST(UrlOrigin, IsSchemeHostAndUnusualPort) {
  EXPECT_EQ(url_origin("https://Manage.Example.COM/api?x=1"), "https://manage.example.com");
  EXPECT_EQ(url_origin("HTTPS://a.example:443"), "https://a.example");
  EXPECT_EQ(url_origin("http://a.example:0080/"), "http://a.example");
  EXPECT_EQ(url_origin("https://a.example:8443?q"), "https://a.example:8443");
  EXPECT_EQ(url_origin("https://a.example:/x"), "https://a.example");
  EXPECT_EQ(url_origin("http://[::1]:8080/x"), "http://[::1]:8080");
}

TEST(UrlOrigin, RefusesWhatLibrariesReadDifferently) {
  for (const char* bad :
       {"", "a.example", "//a.example/", "ftp://a.example/", "https:///x",
        "https://user@a.example/", "https://good.example@evil.example/",
        "https://a.example\\@evil.example/", "https://a b/", "https://a.example:x/",
        "https://a.example:70000/", "https://a.example:0/", "https://%65vil.example/",
        "https://a.example/\r\nx", "https://[::1", "https://[::1]x/", "https://ä.example/",
        "https://:443/"})
    EXPECT_FALSE(url_origin(bad)) << bad;
}

TEST(HttpDate, ReadsTheFixedForm) {
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), TimePoint{784111777s});
  EXPECT_EQ(parse_http_date("Wed, 31 Dec 2025 23:59:59 GMT"), parse_time("2025-12-31T23:59:59Z"));
  for (const char* bad : {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC",
                          "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Noc 1994 08:49:37 GMT",
                          "Xxx, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49    GMT"})
    EXPECT_FALSE(parse_http_date(bad)) << bad;
}

TEST(RetryAfter, IsSecondsOrADateAndNeverAboveTheLimit) {
  const TimePoint now{784111777s};
  EXPECT_EQ(parse_retry_after("120", now, 1h), 2min);
  EXPECT_EQ(parse_retry_after(" 0 ", now, 1h), 0s);
  EXPECT_EQ(parse_retry_after("7200", now, 1h), 1h);
  EXPECT_EQ(parse_retry_after("99999999999999999999999", now, 1h), 1h);
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:50:37 GMT", now, 1h), 1min);
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:40:37 GMT", now, 1h), 0s);
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 2094 08:40:37 GMT", now, 1h), 1h);
  for (const char* bad : {"", "-5", "1.5", "soon"})
    EXPECT_FALSE(parse_retry_after(bad, now, 1h)) << bad;
}

TEST(Failure, IsOneSentenceOnOneLine) {
  const Failure failure{.verdict = Verdict::stop,
                        .code = "a/b",
                        .cause = "the vendor\nrefused",
                        .consequence = "nothing is read",
                        .next_step = "copy it again"};
  EXPECT_EQ(failure.sentence(), "the vendor refused; nothing is read. Next step: copy it again");
  EXPECT_EQ(fail_stop("a/b", "", "").value().sentence(), "a/b");
  EXPECT_EQ(to_string(Verdict::renew_credentials), "renew_credentials");
}

}  // namespace
}  // namespace cistern
