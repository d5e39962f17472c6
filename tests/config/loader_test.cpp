#include "config/loader.hpp"

#include "test_schema.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::config {
namespace {

using namespace std::chrono_literals;
using testing_schema::load_text;

std::string text_of(const Secret& secret) {
  return secret.use([](std::string_view text) { return std::string{text}; });
}

constexpr std::string_view kGood = R"(# what we collect
store: {path: data, keep: 1w, max_size: 1GiB}
telemetry:
  listen: 0.0.0.0:9000
destinations:
  siem:
    type: file
    path: "-"
    connectors: [contoso, fabrikam-2]
connectors:
  contoso:
    type: cloud_audit
    tenant: contoso.onmicrosoft.com
    client_secret: ${env:CLIENT_SECRET}
    cloud: gcc
    clouds: [china, global]
    poll_every: 1h30m
    parallel: 8
    enabled: false
    names: {1: one, two: "2"}
  fabrikam-2:
    type: cloud_audit
    tenant: 4711
)";

TEST(Load, ReadsEveryKindOfValue) {
  const Loaded loaded = load_text(kGood);
  ASSERT_TRUE(loaded.ok()) << render(loaded.problems, false);
  EXPECT_TRUE(loaded.problems.empty());
  const Configuration& c = loaded.configuration;
  EXPECT_EQ(c.store.text("path"), "/etc/cistern/data");
  EXPECT_EQ(c.store.duration("keep"), 7 * 24h);
  EXPECT_EQ(c.store.size("max_size"), 1ULL << 30);
  EXPECT_EQ(c.telemetry.text("listen"), "0.0.0.0:9000");
  ASSERT_EQ(c.connectors.size(), 2U);
  EXPECT_EQ(c.connectors[0].name, "contoso");
  EXPECT_EQ(c.connectors[0].type, "cloud_audit");
  const Values& v = c.connectors[0].values;
  EXPECT_EQ(v.text("tenant"), "contoso.onmicrosoft.com");
  EXPECT_EQ(text_of(v.secret("client_secret")), "from-environment");
  EXPECT_EQ(v.text("cloud"), "gcc");
  EXPECT_EQ(v.list("clouds"), (std::vector<std::string>{"china", "global"}));
  EXPECT_EQ(v.duration("poll_every"), 90min);
  EXPECT_EQ(v.integer("parallel"), 8);
  EXPECT_FALSE(v.boolean("enabled"));
  EXPECT_EQ(v.map("names"), (std::map<std::string, std::string>{{"1", "one"}, {"two", "2"}}));
  EXPECT_EQ(v.place("tenant").text(), "/etc/cistern/cistern.yaml:13:13");
  ASSERT_EQ(c.destinations.size(), 1U);
  EXPECT_EQ(c.destinations[0].values.text("path"), "-");
  EXPECT_EQ(c.destinations[0].values.list("connectors").size(), 2U);
}

TEST(Load, FillsInFallbacks) {
  const Loaded loaded = load_text(kGood);
  const Values& v = loaded.configuration.connectors.at(1).values;
  EXPECT_TRUE(v.boolean("enabled"));
  EXPECT_EQ(v.duration("poll_every"), 1min);
  EXPECT_EQ(v.list("clouds"), (std::vector<std::string>{"global", "gcc"}));
  EXPECT_TRUE(v.has("cloud"));
  EXPECT_FALSE(v.has("client_secret"));
  EXPECT_FALSE(v.has("endpoint"));
  EXPECT_EQ(v.text("endpoint"), "");
  EXPECT_EQ(v.place("cloud").text(), "/etc/cistern/cistern.yaml:21:3");
  EXPECT_EQ(default_values(testing_schema::kStore).duration("keep"), 30 * 24h);
}

TEST(Load, AskingForAnOptionThatNobodyDeclaredIsABug) {
  const Loaded loaded = load_text(kGood);
  EXPECT_THROW((void)loaded.configuration.store.text("pth"), std::logic_error);
  EXPECT_THROW((void)loaded.configuration.store.has("pth"), std::logic_error);
}

TEST(Load, TakesWindowsLineEndsAndAByteOrderMark) {
  std::string text = "\xEF\xBB\xBF";
  for (const char c : kGood)
    text += c == '\n' ? std::string{"\r\n"} : std::string{c};
  const Loaded loaded = load_text(text);
  EXPECT_TRUE(loaded.problems.empty()) << render(loaded.problems, false);
  EXPECT_EQ(loaded.configuration.connectors.at(0).values.place("tenant").line, 13);
}

std::string with_secret(const std::string& value) {
  return "store: {path: /s}\nconnectors:\n  a:\n    type: cloud_audit\n    tenant: t\n    "
         "client_secret: " +
         value + "\n";
}

TEST(Secrets, ComeFromEveryProviderInBothForms) {
  const std::tuple<const char*, const char*, std::optional<std::string>> cases[] = {
      {"${env:CLIENT_SECRET}", "from-environment", std::nullopt},
      {"\"${env:CLIENT_SECRET}\"", "from-environment", std::nullopt},
      {"{env: CLIENT_SECRET}", "from-environment", std::nullopt},
      {"${file:/secrets/key}", "from /secrets/key", "/secrets/key"},
      {"{file: /secrets/key}", "from /secrets/key", "/secrets/key"},
      {"${file:key}", "from /etc/cistern/key", "/etc/cistern/key"},
      {"${credential:key}", "from /run/credentials/key", "/run/credentials/key"},
  };
  for (const auto& [written, expected, file] : cases) {
    const Loaded loaded = load_text(with_secret(written));
    ASSERT_TRUE(loaded.problems.empty()) << written << "\n" << render(loaded.problems, false);
    const Values& values = loaded.configuration.connectors.at(0).values;
    EXPECT_EQ(text_of(values.secret("client_secret")), expected) << written;
    EXPECT_EQ(values.secret_file("client_secret"), file) << written;
  }
}

TEST(Secrets, InTheFileWorkWithAWarning) {
  const Loaded loaded = load_text(with_secret("hunter2"));
  EXPECT_TRUE(loaded.ok());
  ASSERT_EQ(loaded.problems.size(), 1U);
  EXPECT_EQ(loaded.problems[0].severity, Problem::Severity::warning);
  EXPECT_EQ(text_of(loaded.configuration.connectors.at(0).values.secret("client_secret")),
            "hunter2");
}

TEST(Secrets, AreReadFromRealFilesWithoutTheLastLineBreak) {
  std::string pattern = std::filesystem::temp_directory_path() / "cistern-config-XXXXXX";
  const std::string folder = ::mkdtemp(pattern.data());
  std::ofstream(folder + "/key") << "two\nlines\r\n";
  std::ofstream(folder + "/huge") << std::string((1U << 20) + 1, 'x');
  const SecretSources sources = system_secret_sources();
  EXPECT_EQ(sources.read_file(folder + "/key").value(), "two\nlines");
  EXPECT_EQ(sources.read_file(folder + "/huge").error().code, "file/too-large");
  EXPECT_EQ(sources.read_file(folder + "/none").error().code, "file/missing");
  EXPECT_FALSE(sources.read_file(folder));
  EXPECT_TRUE(sources.environment("PATH"));
  EXPECT_FALSE(sources.environment("CISTERN_NO_SUCH_VARIABLE"));
  std::filesystem::remove_all(folder);
}

TEST(LoadFile, ReadsAFileOrSaysWhyNot) {
  std::string pattern = std::filesystem::temp_directory_path() / "cistern-config-XXXXXX";
  const std::string folder = ::mkdtemp(pattern.data());
  std::ofstream(folder + "/cistern.yaml") << kGood;
  std::ofstream(folder + "/large.yaml") << std::string((4U << 20) + 1, '\n');
  const auto read = [&](const char* name) {
    return load_file(folder + "/" + name, testing_schema::schema(), testing_schema::secrets());
  };
  EXPECT_TRUE(read("cistern.yaml").ok());
  EXPECT_EQ(read("cistern.yaml").configuration.store.text("path"), folder + "/data");
  const Loaded missing = read("none.yaml");
  ASSERT_FALSE(missing.ok());
  EXPECT_THAT(missing.problems.at(0).what, testing::HasSubstr("none.yaml"));
  EXPECT_FALSE(missing.problems.at(0).next_step.empty());
  EXPECT_THAT(read("large.yaml").problems.at(0).what, testing::HasSubstr("4 MiB"));
  std::filesystem::remove_all(folder);
}

TEST(Render, ShowsPlaceLineCaretAndNextStep) {
  const Loaded loaded =
      load_text("store: {path: /s}\nconnectors:\n  ä: {type: cloud_audit, tenat: x}\n");
  EXPECT_EQ(render(loaded.problems, false),
            "error: /etc/cistern/cistern.yaml:3:3: 'ä' cannot be the name of a connector\n"
            "  3 |   ä: {type: cloud_audit, tenat: **\n"
            "    |   ^\n"
            "  next step: use at most 63 of the characters a-z, 0-9, _ and -, beginning with a "
            "letter or digit\n"
            "error: /etc/cistern/cistern.yaml:3:26: unknown option 'tenat' in connector 'ä'\n"
            "  3 |   ä: {type: cloud_audit, tenat: **\n"
            "    |                          ^^^^^\n"
            "  next step: did you mean 'tenant'?\n");
}

TEST(Render, ColoursOnlyWhenAsked) {
  const std::vector<Problem> problems = {
      {Problem::Severity::warning, {"f", 1, 3}, "what\x1b[2J", "next\nstep", "a: bcd"}};
  EXPECT_EQ(render(problems, false),
            "warning: f:1:3: what.[2J\n  1 | a: bcd\n    |   ^\n  next step: next.step\n");
  EXPECT_THAT(render(problems, true), testing::StartsWith("\x1b[1;33mwarning\x1b[0m: "));
}

}  // namespace
}  // namespace cistern::config
