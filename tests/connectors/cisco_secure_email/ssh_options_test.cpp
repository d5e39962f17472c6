// What a configuration of the SSH side means, what is refused with which cure, and what the inbox
// is told of a pushed file.
#include "base/bytes.hpp"
#include "config/loader.hpp"
#include "connectors/cisco_secure_email/options.hpp"
#include "connectors/cisco_secure_email/pushed_files.hpp"
#include "connectors/cisco_secure_email/ssh_reception.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::cisco_secure_email {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

/// 32 bytes that are a key of this kind as well as any.
const std::string kKey =
    "ssh-ed25519 " +
    base64_encode(std::string("\0\0\0\x0bssh-ed25519\0\0\0\x20", 19) + std::string(32, 'k'));

const std::string kGood = R"(
      port: 2222
      listen_address: 192.0.2.10
      users:
        - {name: esa-berlin, keys: [")" +
                          kKey + R"("], appliance: esa1, kind: mail, zone: Europe/Berlin}
        - {name: esa-paris, key_file: /keys/paris.pub}
      directories:
        - {path: upload/cel/, kind: consolidated}
)";

config::Loaded load(const std::string& options) {
  config::Schema schema;
  schema.connectors.push_back({.name = "cisco_secure_email",
                               .summary = "test",
                               .options = option_table(),
                               .check = check_options});
  config::SecretSources sources;
  sources.environment = [](const std::string&) { return std::optional<std::string>{}; };
  sources.read_file = [](const std::string& path) -> Result<std::string> { return path; };
  return config::load("connectors:\n  mail:\n      type: cisco_secure_email\n" + options,
                      "cistern.yaml", schema, sources);
}

std::vector<std::string> problems(const std::string& options) {
  std::vector<std::string> out;
  for (const config::Problem& problem : load(options).problems)
    out.push_back((problem.severity == config::Problem::Severity::warning ? "warning " : "error ") +
                  problem.what);
  return out;
}

Settings settings(const std::string& options) {
  const config::Loaded loaded = load(options);
  EXPECT_TRUE(loaded.ok());
  return make_settings(loaded.configuration.connectors.at(0).values);
}

TEST(SshOptions, WhoChoosesNoAddressIsToldThatNoApplianceReachesIt) {
  const std::string users = "      users: [{name: esa, keys: [\"" + kKey + "\"]}]\n";
  EXPECT_THAT(problems("      port: 2222\n" + users),
              Contains(HasSubstr("which no appliance can reach")));
  EXPECT_THAT(problems("      port: 2222\n      listen_address: 127.0.0.1\n" + users), IsEmpty());
}

TEST(SshOptions, AWholeConfigurationIsUnderstood) {
  EXPECT_THAT(problems(kGood), IsEmpty());
  const Settings made = settings(kGood);
  ASSERT_TRUE(made.ssh);
  EXPECT_FALSE(made.watch);
  EXPECT_EQ(made.ssh->port, 2222);
  ASSERT_EQ(made.ssh->users.size(), 2U);
  EXPECT_EQ(made.ssh->users[0].appliance, "esa1");
  EXPECT_EQ(made.ssh->users[1].appliance, "esa-paris");
  ASSERT_EQ(made.ssh->folders.size(), 2U);
  EXPECT_EQ(made.ssh->folders[0].path, "/upload/cel");
  EXPECT_EQ(made.ssh->folders[1].path, "/upload");
  EXPECT_FALSE(made.ssh->legacy_algorithms);
  EXPECT_EQ(made.ssh->max_file_size, 512ULL << 20);
}

TEST(SshOptions, WhatCannotWorkIsSaid) {
  EXPECT_THAT(problems("      messages: false\n"),
              Contains("error neither 'port' nor 'watch_folder' says where files come from"));
  EXPECT_THAT(problems("      port: 2222\n"),
              Contains("error nobody may push: 'users' is missing"));
  EXPECT_THAT(problems("      port: 2222\n      users: [{name: esa}]\n"),
              Contains("error the user 'esa' has no key"));
  EXPECT_THAT(problems(kGood + "      directory: ../../etc\n"),
              Contains("error '../../etc' is no directory to push into"));
  EXPECT_THAT(problems(kGood + "      zone: Mars/Olympus\n"),
              Contains("error 'Mars/Olympus' is no time zone of this system"));
  EXPECT_THAT(problems(kGood + "      legacy_algorithms: true\n"),
              Contains("warning SHA-1 algorithms are switched on"));
  EXPECT_THAT(
      problems("      port: 2222\n      users: [{name: a b, keys: [x]}, {name: c, keys: [x]}, "
               "{name: c, keys: [x]}]\n"),
      testing::IsSupersetOf({"error 'a b' is no user name", "error the user 'c' is there twice"}));
}

TEST(SshOptions, KeysComeFromTheLineAndFromTheFileAsItIsNow) {
  const Settings made = settings(kGood);
  std::string file = kKey + "\n";
  const ReadFile read = [&](const std::string&) -> Result<std::string> { return file; };
  EXPECT_EQ(keys_of_user(made.ssh->users[0], read)->keys.size(), 1U);
  EXPECT_EQ(keys_of_user(made.ssh->users[1], read)->keys.size(), 1U);
  file += kKey + "\n";
  EXPECT_EQ(keys_of_user(made.ssh->users[1], read)->keys.size(), 2U);
}

TEST(SshOptions, AUserWithoutAKeyThatCanBeUsedFailsTheCheck) {
  const config::Loaded loaded = load(kGood);
  const auto& values = loaded.configuration.connectors.at(0).values;
  const auto with_file = [&](const std::string& text) {
    return verify_files(values, [text](const std::string&) -> Result<std::string> { return text; });
  };
  EXPECT_TRUE(with_file(kKey));
  const Status dsa = with_file("ssh-dss AAAAB3NzaC1kc3MAAACB esa\n");
  ASSERT_FALSE(dsa);
  EXPECT_EQ(dsa.error().code, "cisco_secure_email/no-key");
  EXPECT_THAT(dsa.error().cause, HasSubstr("DSA"));
  EXPECT_FALSE(with_file(""));
}

TEST(PushedFile, IsDescribedByWhoPushedItAndWhere) {
  const SshSettings ssh = *settings(kGood).ssh;
  EXPECT_EQ(
      describe_file({.user = "esa-berlin", .host = "192.0.2.1", .method = "scp"},
                    {.name = "mail.@1.s", .directory = "/upload", .modified = 5}, ssh),
      R"({"name":"mail.@1.s","source":"esa1","host":"192.0.2.1","user":"esa-berlin",)"
      R"("method":"scp","directory":"/upload","mtime":5,"kind":"mail","zone":"Europe/Berlin"})");
  EXPECT_EQ(describe_file({.user = "esa-berlin", .host = "192.0.2.1", .method = "sftp"},
                          {.name = "a\"\xff.@1.s", .directory = "/upload/cel"}, ssh),
            R"({"name":"a\"..@1.s","source":"esa1","host":"192.0.2.1","user":"esa-berlin",)"
            R"("method":"sftp","directory":"/upload/cel","kind":"consolidated",)"
            R"("zone":"Europe/Berlin"})")
      << "the directory's kind goes before the user's";
}

/// Counts what was begun.
class CountingInbox final : public journal::Inbox {
 public:
  Result<std::unique_ptr<journal::InboxFile>> create(const std::string&, std::string,
                                                     std::optional<std::uint64_t>) override {
    ++created;
    return fail_retry("journal/inbox-full", "full");
  }
  [[nodiscard]] std::vector<journal::InboxEntry> list(const std::string&) const override {
    return {};
  }
  Result<std::string> read(const std::string&, std::uint64_t, std::size_t) override { return ""; }
  std::uint64_t on_stored(std::function<void(const journal::InboxEntry&)>) override { return 0; }
  void remove_listener(std::uint64_t) override {}
  int created = 0;
};

TEST(PushedFile, NamesAndRatesAreLookedAtBeforeTheInbox) {
  SshSettings ssh = *settings(kGood).ssh;
  ssh.files_per_hour = 2;
  CountingInbox inbox;
  ManualClock clock{TimePoint{std::chrono::hours{1}}};
  PushedFiles files("mail", ssh, inbox, clock);
  const auto code = [&](const std::string& user, const std::string& name) {
    const auto begun = files.begin({.user = user, .host = "192.0.2.1", .method = "scp"},
                                   {.name = name, .directory = "/upload"});
    return begun ? std::string{} : begun.error().code;
  };
  const std::string name = "mail_logs.@20240318T081200.s";
  EXPECT_EQ(code("esa-berlin", "notes.txt"), "ssh/name-refused");
  EXPECT_EQ(inbox.created, 0);
  EXPECT_EQ(code("esa-berlin", name), "journal/inbox-full");
  EXPECT_EQ(code("esa-berlin", name), "journal/inbox-full");
  EXPECT_EQ(code("esa-berlin", name), "ssh/too-many-files");
  EXPECT_EQ(code("esa-paris", name), "journal/inbox-full") << "another user's hour";
  EXPECT_EQ(inbox.created, 3);
  clock.advance(std::chrono::hours{1});
  EXPECT_EQ(code("esa-berlin", name), "journal/inbox-full");
}

}  // namespace
}  // namespace cistern::connectors::cisco_secure_email
