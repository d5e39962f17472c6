#include "codec/relp.hpp"

#include <gtest/gtest.h>

namespace cistern::codec {
namespace {

std::string frame(std::uint32_t transaction, std::string_view command, std::string_view data) {
  std::string out;
  append_relp_frame(out, transaction, command, data);
  return out;
}

struct Read {
  std::uint32_t transaction;
  std::string command;
  std::string data;
  friend bool operator==(const Read&, const Read&) = default;
};

/// All frames of the bytes, given in pieces of that size; `failure` is the code that ended it.
std::vector<Read> read(std::string_view bytes, std::size_t piece, std::string& failure,
                       std::size_t most = 1000) {
  RelpReader reader{most};
  std::vector<Read> frames;
  while (!bytes.empty()) {
    reader.arrived(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    while (true) {
      const auto next = reader.next();
      if (!next) {
        failure = next.error().code;
        return frames;
      }
      if (!*next) break;
      frames.push_back(
          {(*next)->transaction, std::string{(*next)->command}, std::string{(*next)->data}});
    }
  }
  return frames;
}

TEST(Relp, FramesAreWrittenAsTheProtocolSays) {
  EXPECT_EQ(frame(1, "open", "relp_version=0"), "1 open 14 relp_version=0\n");
  EXPECT_EQ(frame(9, "close", ""), "9 close 0\n");
  EXPECT_EQ(frame(kLastRelpTransaction, "syslog", "a\nb"), "999999999 syslog 3 a\nb\n");
}

TEST(Relp, FramesAreReadHoweverTheyArrive) {
  const std::string binary{"\0\n 7 rsp 2 \n", 12};
  const std::string bytes = frame(1, "rsp", "200 OK") + frame(0, "serverclose", "") +
                            frame(2, "syslog", binary) + "3 rsp 6 200";
  const std::vector<Read> expected = {
      {1, "rsp", "200 OK"}, {0, "serverclose", ""}, {2, "syslog", binary}};
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    std::string failure;
    EXPECT_EQ(read(bytes, piece, failure), expected) << piece;
    EXPECT_EQ(failure, "");
  }
}

TEST(Relp, WhatBreaksTheGrammarIsRefusedByName) {
  for (const char* bytes :
       {"x", " 1 rsp 0\n", "1  rsp 0\n", "1 r2p 0\n", "1 rsp x\n", "1 rsp 0 \n", "1 rsp 3 abcd\n",
        "1 rsp 3\nabc", "1234567890 rsp 0\n", "1 rsp 1234567890\n", "\n", "-1 rsp 0\n",
        "1 abcdefghijklmnopqrstuvwxyzabcdefg 0\n", "HTTP/1.1 400 Bad Request\r\n"}) {
    std::string failure;
    EXPECT_TRUE(read(bytes, 1000, failure).empty()) << bytes;
    EXPECT_EQ(failure, "relp/grammar") << bytes;
  }
}

TEST(Relp, ALongFrameIsRefusedBeforeItsDataIsThere) {
  std::string failure;
  EXPECT_TRUE(read("1 syslog 1001 ", 1000, failure).empty());
  EXPECT_EQ(failure, "relp/too-large");
  failure.clear();
  EXPECT_EQ(read(frame(1, "syslog", std::string(1000, 'x')), 1000, failure).size(), 1U);
}

TEST(Relp, AnswersHaveACodeATextAndOffers) {
  const auto plain = parse_relp_answer("200 OK");
  ASSERT_TRUE(plain);
  EXPECT_TRUE(plain->accepted());
  EXPECT_EQ(plain->text, "OK");
  const auto offers = parse_relp_answer("200 OK\nrelp_version=0\ncommands=syslog");
  ASSERT_TRUE(offers);
  EXPECT_EQ(offers->text, "OK");
  EXPECT_EQ(offers->offers, "relp_version=0\ncommands=syslog");
  EXPECT_EQ(parse_relp_answer("500 queue full")->code, 500);
  EXPECT_FALSE(parse_relp_answer("500 queue full")->accepted());
  EXPECT_TRUE(parse_relp_answer("200")->accepted());
  for (const char* none : {"", "OK", "20", "2000 OK", "20x"})
    EXPECT_FALSE(parse_relp_answer(none)) << none;
}

TEST(Relp, OffersAreReadBackAndUnknownOnesPassedOver) {
  const RelpOffers ours{.version = 0, .software = "cistern,1.0", .commands = {"syslog", "other"}};
  const std::string text = write_relp_offers(ours);
  EXPECT_EQ(text, "relp_version=0\nrelp_software=cistern,1.0\ncommands=syslog,other");
  const auto back = parse_relp_offers("new_thing=1\nno equals\n\n" + text);
  EXPECT_EQ(back.version, 0);
  EXPECT_EQ(back.software, ours.software);
  EXPECT_EQ(back.commands, ours.commands);
  EXPECT_FALSE(parse_relp_offers("relp_version=x").version);
  EXPECT_FALSE(parse_relp_offers("").version);
}

TEST(Relp, NumbersBeginAgainBehindTheLast) {
  EXPECT_EQ(relp_transaction_after(1), 2U);
  EXPECT_EQ(relp_transaction_after(kLastRelpTransaction), 1U);
}

}  // namespace
}  // namespace cistern::codec
