// The client's side of RELP, byte by byte.
#include "lab/syslog/relp_session.hpp"

#include <gtest/gtest.h>

namespace cistern::lab {

namespace {

// An answer of the server.
std::string answer(int number, const std::string& data) {
  return std::to_string(number) + " rsp " + std::to_string(data.size()) + " " + data + "\n";
}

RelpSession opened(std::size_t window = 8) {
  RelpSession session(window);
  const auto open = session.open();
  EXPECT_TRUE(open.starts_with("1 open 79 relp_version=0\n")) << open;
  EXPECT_TRUE(open.ends_with("commands=syslog\n"));
  EXPECT_TRUE(session.take(answer(1, "200 OK\nrelp_version=0\ncommands=syslog")));
  EXPECT_TRUE(session.is_open());
  return session;
}

TEST(RelpSession, CountsOnlyWhatWasAnswered) {
  auto session = opened();
  EXPECT_EQ(session.message(70, "<13>hello"), "2 syslog 9 <13>hello\n");
  session.message(71, "<13>b");
  session.message(72, "<13>c");
  // Answers may come in any order, and in pieces.
  auto answers = session.take("4 rsp 6 200 OK\n2 rsp 6 2");
  ASSERT_TRUE(answers);
  EXPECT_EQ(answers->accepted, (std::vector<std::uint64_t>{72}));
  answers = session.take("00 OK\n");
  ASSERT_TRUE(answers);
  EXPECT_EQ(answers->accepted, (std::vector<std::uint64_t>{70}));
  EXPECT_EQ(session.unanswered(), (std::vector<std::uint64_t>{71}));
  answers = session.take("3 rsp 9 500 full!\n");
  ASSERT_TRUE(answers);
  EXPECT_EQ(answers->refused, (std::vector<std::uint64_t>{71}));
  EXPECT_TRUE(answers->accepted.empty());
}

TEST(RelpSession, KeepsToItsWindow) {
  auto session = opened(2);
  session.message(1, "a");
  EXPECT_TRUE(session.has_room());
  session.message(2, "b");
  EXPECT_FALSE(session.has_room());
  ASSERT_TRUE(session.take("2 rsp 6 200 OK\n"));
  EXPECT_TRUE(session.has_room());
}

TEST(RelpSession, ClosesInOrder) {
  auto session = opened();
  EXPECT_EQ(session.close(), "2 close 0\n");
  EXPECT_FALSE(session.is_closed());
  ASSERT_TRUE(session.take("2 rsp 0\n"));
  EXPECT_TRUE(session.is_closed());
  auto hinted = opened();
  const auto answers = hinted.take("0 serverclose 0\n");
  ASSERT_TRUE(answers);
  EXPECT_TRUE(answers->server_closes);
}

TEST(RelpSession, RefusesWhatIsNoRelp) {
  for (const auto* const bytes :
       {"HTTP/1.1 400 Bad Request\r\n", "7 rsp 6 200 OK\n", "1 rsp 6 200 OKx", "1 rsp 0 \n",
        "12345678901 rsp 0\n", "1 syslog 2 ab\n", "0 open 0\n"}) {
    auto session = opened();
    session.message(1, "a");
    EXPECT_FALSE(session.take(bytes)) << bytes;
  }
  RelpSession refused(1);
  refused.open();
  EXPECT_FALSE(
      refused.take("1 rsp 14 500 not for you"
                   "\n"));
  EXPECT_FALSE(refused.is_open());
}

}  // namespace

}  // namespace cistern::lab
