// Words that peers send (command lines, paths, names) and lines that administrators paste (keys).
#include "base/bytes.hpp"
#include "net/ssh/algorithms.hpp"
#include "net/ssh/authorized_keys.hpp"
#include "net/ssh/push_names.hpp"
#include "net/ssh/scp_command.hpp"
#include "net/ssh/shell_words.hpp"
#include "net/ssh/source_rates.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace cistern::net::ssh {
namespace {

using Words = std::vector<std::string>;
using namespace std::string_literals;

TEST(ShellWords, AreSplitAsAShellWould) {
  EXPECT_EQ(split_shell_words("scp -t /upload").words, (Words{"scp", "-t", "/upload"}));
  EXPECT_EQ(split_shell_words("  scp   -t  x ").words, (Words{"scp", "-t", "x"}));
  EXPECT_EQ(split_shell_words("scp -t '/up load'").words, (Words{"scp", "-t", "/up load"}));
  EXPECT_EQ(split_shell_words("a 'b'\"c\"d\\ e").words, (Words{"a", "bcd e"}));
  EXPECT_EQ(split_shell_words("a '' \"\"").words, (Words{"a", "", ""}));
  EXPECT_EQ(split_shell_words(R"(a "x\"y\\z\n")").words, (Words{"a", "x\"y\\z\\n"}));
  EXPECT_EQ(split_shell_words("a '$(x); `y`'").words, (Words{"a", "$(x); `y`"}));
  EXPECT_EQ(split_shell_words("a b~c#d").words, (Words{"a", "b~c#d"}));
  EXPECT_TRUE(split_shell_words("").fault.empty());
}

TEST(ShellWords, WhatAShellWouldDoMoreWithIsRefused) {
  for (const std::string& line : {"scp -t /x; id"s,
                                  "scp -t $HOME"s,
                                  "scp -t `id`"s,
                                  "scp -t \"$(id)\""s,
                                  "scp -t \"`id`\""s,
                                  "scp -t x | y"s,
                                  "scp -t x&"s,
                                  "scp -t <x"s,
                                  "scp -t >x"s,
                                  "scp -t *"s,
                                  "scp -t a?"s,
                                  "scp -t [a]"s,
                                  "scp -t ~/x"s,
                                  "scp -t {a,b}"s,
                                  "scp -t x\nid"s,
                                  "scp -t x\0y"s,
                                  "a 'b"s,
                                  "a \"b"s,
                                  "a b\\"s,
                                  "scp -t #x"s,
                                  "scp -t (x)"s,
                                  std::string(5000, 'a'),
                                  [] {
                                    std::string many;
                                    for (int i = 0; i < 33; ++i)
                                      many += "a ";
                                    return many;
                                  }()}) {
    const ShellWords split = split_shell_words(line);
    EXPECT_FALSE(split.fault.empty()) << line;
    EXPECT_TRUE(split.words.empty()) << line;
  }
}

TEST(ScpCommand, FormsOfClientsAreUnderstood) {
  EXPECT_EQ(read_scp_command("scp -t /upload/")->target, "/upload/");
  EXPECT_EQ(read_scp_command("scp -v -t .")->target, ".");
  EXPECT_EQ(read_scp_command("scp -t")->target, ".");
  EXPECT_EQ(read_scp_command("scp -t -- -odd")->target, "-odd");
  EXPECT_EQ(read_scp_command("/usr/bin/scp -t '/upload dir'")->target, "/upload dir");
  const auto all = read_scp_command("scp -p -d -t upload");
  ASSERT_TRUE(all);
  EXPECT_TRUE(all->times);
  EXPECT_TRUE(read_scp_command("scp -rpt upload")->recursive);
}

TEST(ScpCommand, EverythingElseIsRefusedWithItsReason) {
  for (const char* line : {"", "id", "sh -c id", "scp", "scp /x", "scp -f /etc/passwd",
                           "scp -tf /x", "scp -t a b", "scp -t /x; id", "scp -z -t /x",
                           "sftp-server", "internal-sftp", "scpx -t x", "rsync --server"}) {
    const auto command = read_scp_command(line);
    ASSERT_FALSE(command) << line;
    EXPECT_EQ(command.error().code, "ssh/command-refused");
  }
}

TEST(PushNames, PathsStayBelowTheRootThatExistsInWordsOnly) {
  EXPECT_EQ(normal_path(""), "/");
  EXPECT_EQ(normal_path("."), "/");
  EXPECT_EQ(normal_path("upload"), "/upload");
  EXPECT_EQ(normal_path("//upload/./x/../"), "/upload");
  EXPECT_EQ(normal_path(".."), std::nullopt);
  EXPECT_EQ(normal_path("/upload/../.."), std::nullopt);
  EXPECT_EQ(normal_path("/a\nb"), std::nullopt);
  EXPECT_EQ(normal_path("/a\0b"s), std::nullopt);
  EXPECT_EQ(normal_path(std::string(2000, 'a')), std::nullopt);
}

TEST(PushNames, FoldersHoldTheirParentsAndNothingElse) {
  const DropFolders folders({"/upload/mail", "/logs"});
  for (const char* path : {"/", "/upload", "/upload/mail", "/logs"})
    EXPECT_TRUE(folders.holds(path)) << path;
  for (const char* path : {"/upload/mail/x", "/log", "", "/etc"})
    EXPECT_FALSE(folders.holds(path)) << path;
  EXPECT_EQ(folders.below("/"), (Words{"logs", "upload"}));
  EXPECT_EQ(folders.below("/upload"), (Words{"mail"}));
  EXPECT_EQ(folders.listed(), "/logs, /upload, /upload/mail");
}

/// A key of the wire form: strings behind their lengths.
std::string blob_of(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts)
    out += std::string{'\0', '\0', static_cast<char>(part.size() >> 8),
                       static_cast<char>(part.size() & 0xff)} +
           part;
  return out;
}

std::string ed25519_line(char fill, const std::string& comment = "esa") {
  return "ssh-ed25519 " + base64_encode(blob_of({"ssh-ed25519", std::string(32, fill)})) + " " +
         comment;
}

std::string rsa_line(std::size_t bytes) {
  return "ssh-rsa " +
         base64_encode(blob_of({"ssh-rsa", "\1", "\0"s + std::string(bytes, '\xff')})) + " esa";
}

TEST(AuthorizedKeys, LinesAreReadAndCompared) {
  const auto read = read_authorized_keys("# appliance\n\n  " + ed25519_line('a') + "\r\n" +
                                         "restrict " + rsa_line(256) + "\n");
  EXPECT_TRUE(read.faults.empty());
  ASSERT_EQ(read.keys.size(), 2U);
  EXPECT_EQ(read.keys[0].comment, "esa");
  EXPECT_EQ(read.keys[1].bits, 2048U);
  EXPECT_TRUE(is_authorized(read.keys, read.keys[0].blob));
  EXPECT_TRUE(is_authorized(read.keys, read.keys[1].blob));
  std::string nearly = read.keys[0].blob;
  nearly.back() = static_cast<char>(nearly.back() ^ 1);
  EXPECT_FALSE(is_authorized(read.keys, nearly));
  EXPECT_FALSE(is_authorized(read.keys, read.keys[0].blob + "x"));
  EXPECT_FALSE(is_authorized(read.keys, ""));
  EXPECT_FALSE(is_authorized({}, read.keys[0].blob));
}

TEST(AuthorizedKeys, LinesThatCannotBeUsedAreNamedAndTheOthersStand) {
  const std::string good = ed25519_line('b');
  const auto read = read_authorized_keys(
      "ssh-dss AAAAB3NzaC1kc3MAAACB old\n"
      "from=\"192.0.2.1\" " +
      good +
      "\n"
      "ssh-ed25519 AAAA+broken! x\n"
      "ssh-rsa " +
      good.substr(12) +
      "\n"
      "ssh-ed25519 " +
      base64_encode(blob_of({"ssh-ed25519", "short"})) + "\n" + good + "\n");
  ASSERT_EQ(read.faults.size(), 5U);
  EXPECT_NE(read.faults[0].find("DSA"), std::string::npos);
  EXPECT_EQ(read.faults[1].substr(0, 7), "line 2:");
  ASSERT_EQ(read.keys.size(), 1U);
}

TEST(AuthorizedKeys, TheFingerprintIsOpenSshs) {
  // echo -n abc | sha256, in base64.
  EXPECT_EQ(key_fingerprint("abc"), "SHA256:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0");
}

TEST(Algorithms, NothingOfSha1IsOnByDefault) {
  const Algorithms normal = algorithms(false);
  for (const std::string& list :
       {normal.key_exchange, normal.host_keys, normal.ciphers, normal.macs, normal.user_keys}) {
    for (const char* weak : {"sha1", "ssh-dss", "cbc", "3des", "arcfour", "md5", "group1-"})
      EXPECT_EQ(list.find(weak), std::string::npos) << weak << " in " << list;
    EXPECT_EQ(("," + list + ",").find(",ssh-rsa,"), std::string::npos);
  }
  const Algorithms legacy = algorithms(true);
  EXPECT_NE(legacy.key_exchange.find("diffie-hellman-group14-sha1"), std::string::npos);
  EXPECT_NE((legacy.user_keys + ",").find(",ssh-rsa,"), std::string::npos);
  EXPECT_NE((legacy.host_keys + ",").find(",ssh-rsa,"), std::string::npos);
  EXPECT_EQ(legacy.ciphers, normal.ciphers);
}

TEST(Algorithms, TheClientsListIsTakenOutOfTheLibrarysWords) {
  NoCommonAlgorithm none;
  ASSERT_TRUE(
      read_no_common_algorithm("kex error : no match for method kex algos: server "
                               "[curve25519-sha256], client "
                               "[diffie-hellman-group14-sha1,diffie-hellman-group1-sha1]",
                               none));
  EXPECT_EQ(none.what, "key exchange");
  EXPECT_EQ(none.offered, "diffie-hellman-group14-sha1,diffie-hellman-group1-sha1");
  EXPECT_TRUE(none.legacy_helps);
  NoCommonAlgorithm other;
  ASSERT_TRUE(read_no_common_algorithm(
      "kex error : no match for method server host key algo: server [x], client [ssh-dss]", other));
  EXPECT_EQ(other.what, "host key");
  EXPECT_FALSE(other.legacy_helps);
  EXPECT_FALSE(read_no_common_algorithm("Socket error: Connection reset by peer", other));
}

TEST(SourceRates, EachSourceHasItsOwnBucket) {
  SourceRates rates(10);
  const Duration start = std::chrono::seconds{1000};
  for (int i = 0; i < 20; ++i)
    EXPECT_TRUE(rates.admit("192.0.2.1", start));
  EXPECT_FALSE(rates.admit("192.0.2.1", start));
  EXPECT_TRUE(rates.admit("192.0.2.2", start));
  EXPECT_TRUE(rates.admit("192.0.2.1", start + std::chrono::milliseconds{100}));
  EXPECT_FALSE(rates.admit("192.0.2.1", start + std::chrono::milliseconds{100}));
}

TEST(SourceRates, AFloodOfSourcesIsBounded) {
  SourceRates rates(10);
  for (int i = 0; i < 20'000; ++i)
    rates.admit("source " + std::to_string(i), Duration{});
  EXPECT_LE(rates.size(), 4096U);
}

}  // namespace
}  // namespace cistern::net::ssh
