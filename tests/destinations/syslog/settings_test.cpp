#include "destinations/syslog/settings.hpp"

#include <gtest/gtest.h>

namespace cistern::destinations::syslog {
namespace {

using config::Values;

/// Values as the loader would make them of the file.
class Given {
 public:
  explicit Given(const std::string& address) : values(config::default_values(syslog_options())) {
    text("address", address);
  }
  Given& text(std::string_view name, const std::string& value) {
    auto& entry = values.values.find(name)->second;
    entry.text = value;
    entry.given = true;
    return *this;
  }
  Given& list(std::string_view name, std::vector<std::string> items) {
    auto& entry = values.values.find(name)->second;
    entry.list = std::move(items);
    entry.given = true;
    return *this;
  }
  Given& number(std::string_view name, std::int64_t number) {
    auto& entry = values.values.find(name)->second;
    entry.number = number;
    entry.given = true;
    return *this;
  }
  [[nodiscard]] std::string mistake() const {
    std::vector<config::Problem> problems;
    check_syslog_options(values, problems);
    std::string all;
    for (const auto& problem : problems) {
      EXPECT_FALSE(problem.next_step.empty()) << problem.what;
      all += problem.what + " / " + problem.next_step + "\n";
    }
    return all;
  }
  Values values;
};

TEST(SyslogAddress, ReadsTransportHostAndPort) {
  const auto tls = parse_server("tls://siem.example.com:6514");
  ASSERT_TRUE(tls);
  EXPECT_EQ(tls->transport, Transport::tls);
  EXPECT_EQ(tls->address, (net::PeerAddress{"siem.example.com", 6514}));
  const auto v6 = parse_server("udp://[2001:db8::1]:514");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->address.host, "2001:db8::1");
  EXPECT_EQ(v6->text(), "udp://[2001:db8::1]:514");
}

TEST(SyslogAddress, SaysWhatIsWrong) {
  for (const char* text :
       {"", "siem:514", "tcp://", "tcp://siem", "tcp://siem:", "tcp://siem:0", "tcp://siem:65536",
        "tcp://siem:5x", "tcp://:514", "tcp://2001:db8::1:514", "tcp://a b:514", "tcp://a/b:514",
        "tcp://u@h:514"}) {
    const auto server = parse_server(text);
    ASSERT_FALSE(server) << text;
    EXPECT_EQ(server.error().code, "config/address");
  }
  EXPECT_NE(parse_server("tsl://siem:514").error().next_step.find("tls"), std::string::npos);
}

TEST(SyslogSettings, SoundOnesAreAccepted) {
  EXPECT_EQ(Given{"udp://siem:514"}.mistake(), "");
  EXPECT_EQ(Given{"tcp://siem:514"}.text("framing", "lf").mistake(), "");
  EXPECT_EQ(Given{"relp://siem:2514"}.number("window", 5).mistake(), "");
  EXPECT_EQ(Given{"tls://a:6514"}
                .list("fail_over", {"tls://b:6514", "tls://a:6515"})
                .text("certificate", "/c")
                .text("private_key", "/k")
                .text("fingerprint", "sha256:" + std::string(64, 'A'))
                .mistake(),
            "");
}

TEST(SyslogSettings, OptionsThatDoNothingAreMistakes) {
  EXPECT_NE(Given{"udp://siem:514"}.text("framing", "lf").mistake(), "");
  EXPECT_NE(Given{"relp://siem:514"}.text("framing", "lf").mistake(), "");
  EXPECT_NE(Given{"tcp://siem:514"}.number("window", 5).mistake(), "");
  EXPECT_NE(Given{"tcp://siem:514"}.text("ca_file", "/ca").mistake(), "");
  EXPECT_NE(Given{"relp://siem:514"}.text("certificate", "/ca").mistake(), "");
  EXPECT_NE(Given{"tls://siem:514"}.text("private_key", "/k").mistake(), "");
  EXPECT_NE(Given{"tls://siem:514"}.text("return_after", "1m").mistake(), "");
  EXPECT_NE(Given{"tcp://s:1"}.text("header", "none").text("facility", "user").mistake(), "");
  EXPECT_NE(Given{"tcp://s:1"}.text("header", "rfc3164").number("enterprise_id", 7).mistake(), "");
}

TEST(SyslogSettings, TextsThatMeanNothingAreMistakes) {
  EXPECT_NE(Given{"tcp://s:1"}.text("facility", "local8").mistake(), "");
  EXPECT_NE(Given{"tcp://s:1"}.text("severity", "loud").mistake(), "");
  EXPECT_NE(Given{"tcp://s:1"}.text("hostname", "two words").mistake(), "");
  EXPECT_NE(Given{"tcp://s:1"}.text("app_name", std::string(49, 'a')).mistake(), "");
  EXPECT_NE(Given{"tls://s:1"}.text("fingerprint", "12:34").mistake(), "");
  EXPECT_NE(Given{"udp://s:1"}.number("max_message", 70000).mistake(), "");
  EXPECT_NE(Given{"tcp://s:1"}.number("max_message", 100).mistake(), "");
}

TEST(SyslogSettings, OtherServersHaveTheSameTransportAndStandOnce) {
  EXPECT_NE(Given{"tls://a:1"}.list("fail_over", {"tcp://b:1"}).mistake(), "");
  EXPECT_NE(Given{"tls://a:1"}.list("fail_over", {"tls://a:1"}).mistake(), "");
  EXPECT_NE(Given{"tls://a:1"}.list("fail_over", {"b"}).mistake(), "");
}

TEST(SyslogSettings, TheLengthsDependOnTheTransport) {
  EXPECT_EQ(syslog_settings(Given{"udp://s:1"}.values, "m").message.max_message, 8192U);
  EXPECT_EQ(syslog_settings(Given{"tcp://s:1"}.values, "m").message.max_message, 65536U);
  EXPECT_EQ(syslog_settings(Given{"tcp://s:1"}.number("max_message", 900).values, "m")
                .message.max_message,
            900U);
}

TEST(SyslogSettings, HeadersNameThisMachineUnlessToldOtherwise) {
  EXPECT_EQ(syslog_settings(Given{"tcp://s:1"}.values, "node 1").message.host, "node?1");
  EXPECT_EQ(syslog_settings(Given{"tcp://s:1"}.text("hostname", "h").values, "m").message.host,
            "h");
  EXPECT_FALSE(syslog_settings(Given{"tcp://s:1"}.values, "m").message.severity);
  EXPECT_EQ(
      syslog_settings(Given{"tcp://s:1"}.text("severity", "err").values, "m").message.severity, 3);
}

}  // namespace
}  // namespace cistern::destinations::syslog
