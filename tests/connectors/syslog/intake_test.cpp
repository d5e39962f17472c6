// From frames to records: filter, rules, meta, and the RELP session.
#include "codec/relp.hpp"
#include "config/loader.hpp"
#include "connectors/syslog/connector.hpp"
#include "connectors/syslog/doctor.hpp"
#include "connectors/syslog/match.hpp"
#include "connectors/syslog/relp_server.hpp"
#include "connectors/syslog/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::syslog {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

config::Loaded load(const std::string& options) {
  const config::ComponentType type{
      .name = "syslog", .summary = "x", .options = option_table(), .check = check_options};
  const config::Schema schema{.store = {},
                              .telemetry = {},
                              .common_connector = {},
                              .common_destination = {},
                              .connectors = {type},
                              .destinations = {}};
  const config::SecretSources none{
      .environment = [](const std::string&) { return std::nullopt; },
      .read_file = [](const std::string&) -> Result<std::string> { return std::string{}; },
      .credentials_directory = {}};
  return config::load("connectors:\n  devices:\n    type: syslog\n" + options, "c.yaml", schema,
                      none);
}

Settings settings_of(const std::string& options) {
  const auto loaded = load(options);
  EXPECT_TRUE(loaded.ok()) << config::render(loaded.problems, false);
  return make_settings(loaded.configuration.connectors.at(0).values).value();
}

std::string problems_of(const std::string& options) {
  return config::render(load(options).problems, false);
}

TEST(SyslogOptions, WithoutAnyItListensOnThisMachineAlone) {
  const auto settings = settings_of("");
  ASSERT_EQ(settings.listeners.size(), 2U);
  EXPECT_EQ(settings.listeners[0].at.text(), "127.0.0.1:5514");
  EXPECT_EQ(settings.max_message, 65536U);
  EXPECT_TRUE(settings.filter.takes(23, 7));
}

TEST(SyslogOptions, ListenersInAllForms) {
  EXPECT_EQ(parse_listener("tls://[::]:6514")->at.host, "::");
  EXPECT_EQ(parse_listener("tcp://:601")->at.host, "127.0.0.1");
  EXPECT_EQ(parse_listener("relps://0.0.0.0:20514")->has_tls(), true);
  for (const auto* const bad : {"", "514", "http://0.0.0.0:1", "udp://", "udp://0.0.0.0",
                                "udp://host.example:1", "udp://0.0.0.0:99999"})
    EXPECT_EQ(parse_listener(bad).error().code, "config/listen") << bad;
}

TEST(SyslogOptions, WhatCannotWorkIsSaid) {
  EXPECT_THAT(problems_of("    listen: [\"tls://0.0.0.0:6514\"]\n"), HasSubstr("certificate"));
  EXPECT_THAT(problems_of("    listen: [\"tcp://:1\", \"relp://:1\"]\n"),
              HasSubstr("listens where another one does"));
  EXPECT_THAT(problems_of("    allow: [10.0.0.0/33]\n"), HasSubstr("is no address or range"));
  EXPECT_THAT(problems_of("    facilities: [local9]\n"), HasSubstr("is no facility"));
  EXPECT_THAT(problems_of("    zone: Europe/Nowhere\n"), HasSubstr("not known on this machine"));
  EXPECT_THAT(problems_of("    match: [{peer: 10.0.0.1}]\n"), HasSubstr("does nothing"));
  EXPECT_THAT(problems_of("    match: [{pear: 10.0.0.1, name: a}]\n"),
              HasSubstr("did you mean 'peer'?"));
  EXPECT_THAT(problems_of("    match: [{host: 'a*b*', name: a}]\n"), HasSubstr("more than one *"));
  EXPECT_THAT(problems_of("    match: [{listener: 'tcp://:1', name: a}]\n"),
              HasSubstr("none of `listen`"));
  EXPECT_THAT(problems_of("    match: [{stream: sophos.firewal}]\n"), HasSubstr("sophos.firewall"));
  EXPECT_THAT(problems_of("    client_ca: /x.pem\n"), HasSubstr("does nothing without a tls"));
}

TEST(SyslogMatch, Patterns) {
  EXPECT_TRUE(fits_pattern("FW-*", "fw-7.example"));
  EXPECT_TRUE(fits_pattern("*.example", "fw-7.example"));
  EXPECT_TRUE(fits_pattern("a*a", "aa"));
  EXPECT_FALSE(fits_pattern("a*a", "a"));
  EXPECT_FALSE(fits_pattern("fw", "fw1"));
}

TEST(SyslogMatch, AllConditionsOfARuleMustHold) {
  const auto rule = settings_of(
                        "    match: [{peer: 192.0.2.0/24, listener: 'udp://127.0.0.1:5514', host: "
                        "fw*, app: sshd, contains: bad, stream: message}]\n")
                        .rules.at(0);
  const auto peer = net::parse_ip_address("192.0.2.9").value();
  EXPECT_TRUE(holds_for_sender(rule, peer, "udp://127.0.0.1:5514"));
  EXPECT_FALSE(holds_for_sender(rule, peer, "tcp://127.0.0.1:5514"));
  EXPECT_FALSE(
      holds_for_sender(rule, net::parse_ip_address("192.0.3.9").value(), "udp://127.0.0.1:5514"));
  codec::SyslogMessage message;
  message.host = "FW1";
  message.app = "sshd";
  EXPECT_TRUE(holds_for_message(rule, message, "a bad login"));
  EXPECT_FALSE(holds_for_message(rule, message, "a good login"));
  message.app = "su";
  EXPECT_FALSE(holds_for_message(rule, message, "a bad login"));
}

// ---- RELP ----

RelpStep take(RelpServer& server, std::uint32_t number, std::string_view command,
              std::string_view data) {
  return server.take({.transaction = number, .command = command, .data = data});
}

TEST(RelpServer, OpensTakesAndCloses) {
  RelpServer server;
  const auto opened =
      take(server, 1, "open", "relp_version=0\nrelp_software=x\ncommands=syslog,starttls");
  EXPECT_EQ(opened.kind, RelpStep::Kind::reply);
  EXPECT_THAT(opened.reply, HasSubstr("200 OK\nrelp_version=0\n"));
  EXPECT_THAT(opened.reply, HasSubstr("commands=syslog"));
  const auto message = take(server, 2, "syslog", "<13>hello");
  EXPECT_EQ(message.kind, RelpStep::Kind::message);
  EXPECT_EQ(message.data, "<13>hello");
  EXPECT_EQ(message.reply, "2 rsp 6 200 OK\n");
  const auto closed = take(server, 3, "close", "");
  EXPECT_EQ(closed.kind, RelpStep::Kind::close);
  EXPECT_EQ(closed.reply, "3 rsp 0\n");
}

TEST(RelpServer, RefusesWhoDoesNotKeepToTheProtocol) {
  RelpServer early;
  EXPECT_EQ(take(early, 1, "syslog", "x").kind, RelpStep::Kind::broken);
  for (const auto* const offers : {"", "relp_version=7\ncommands=syslog", "relp_version=0"}) {
    RelpServer server;
    const auto step = take(server, 1, "open", offers);
    EXPECT_EQ(step.kind, RelpStep::Kind::broken) << offers;
    EXPECT_THAT(step.reply, HasSubstr("1 rsp "));
    EXPECT_THAT(step.reply, HasSubstr("0 serverclose 0\n"));
  }
  RelpServer server;
  take(server, 1, "open", "relp_version=1\ncommands=syslog");
  EXPECT_THAT(take(server, 2, "starttls", "").reply, HasSubstr("2 rsp 34 500 "));
  EXPECT_EQ(take(server, 3, "open", "relp_version=0\ncommands=syslog").kind,
            RelpStep::Kind::broken);
}

// ---- doctor ----

TEST(SyslogDoctor, JudgesPortsAndBuffers) {
  using Outcome = runtime::ProbeResult::Outcome;
  const auto everywhere = parse_listener("udp://0.0.0.0:514").value();
  EXPECT_EQ(judge_port(everywhere, {}, false).outcome, Outcome::passed);
  EXPECT_EQ(judge_port(parse_listener("udp://:514").value(), {}, false).outcome, Outcome::warning);
  const Status taken = fail_stop("net/listen-port", "taken", "stop the other");
  EXPECT_EQ(judge_port(everywhere, taken, true).outcome, Outcome::passed);
  EXPECT_EQ(judge_port(everywhere, taken, false).outcome, Outcome::failed);
  EXPECT_EQ(judge_buffer(1024, std::size_t{1024}).outcome, Outcome::passed);
  EXPECT_THAT(judge_buffer(1U << 25, std::size_t{212992}).next_step,
              HasSubstr("net.core.rmem_max=33554432"));
}

}  // namespace
}  // namespace cistern::connectors::syslog
