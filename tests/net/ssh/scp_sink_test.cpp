// The receiving side of scp: every row of the protocol, and everything that a sender can get wrong.
#include "net/ssh/scp_sink.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace cistern::net::ssh {
namespace {

using namespace std::string_literals;
using Kind = PushOrder::Kind;

const std::string kOk("\0", 1);
constexpr const char* kName = "mail_logs.@20240318T081200.s";

Failure failure(std::string code, std::string cause) {
  return {.verdict = Verdict::retry,
          .code = std::move(code),
          .cause = std::move(cause),
          .consequence = {},
          .next_step = {}};
}

/// A sender and the disk behind the sink: opens are granted at once unless told otherwise, and what
/// is finished waits until the test says that it is stored.
class Sink {
 public:
  explicit Sink(std::uint64_t max_file_size = 1000)
      : sink_("/upload", {.max_file_size = max_file_size}) {
    PushStep step;
    sink_.start(step);
    take(std::move(step));
  }

  /// Sends as far as the sink takes it; returns what it did not take.
  std::string send(std::string bytes) {
    while (!bytes.empty()) {
      PushStep step;
      const std::size_t taken = sink_.take(bytes, step);
      const bool moved = taken > 0 || !step.orders.empty();
      bytes.erase(0, taken);
      take(std::move(step));
      if (!moved) break;
    }
    return bytes;
  }

  void stored(const Status& status = {}) {
    PushStep step;
    sink_.stored(file, status, step);
    take(std::move(step));
  }

  void end() {
    PushStep step;
    sink_.ended(step);
    take(std::move(step));
  }

  /// What the sink has answered since the last call.
  std::string answer() { return std::exchange(answer_, {}); }

  ScpSink& machine() { return sink_; }

  std::uint32_t file = 0;
  Status open_result;
  std::vector<FileFacts> opened;
  std::string data;
  std::vector<Kind> ends;
  std::vector<std::string> codes;

 private:
  void take(PushStep step) {
    answer_ += step.reply;
    for (const PushRemark& remark : step.remarks)
      codes.push_back(remark.code);
    for (PushOrder& order : step.orders) {
      if (order.kind == Kind::append) {
        data += order.bytes;
      } else if (order.kind == Kind::open) {
        file = order.file;
        opened.push_back(order.facts);
        PushStep next;
        sink_.opened(order.file, open_result, next);
        take(std::move(next));
      } else {
        ends.push_back(order.kind);
      }
    }
  }

  ScpSink sink_;
  std::string answer_;
};

std::string file_record(const std::string& name, std::size_t size) {
  return "C0644 " + std::to_string(size) + " " + name + "\n";
}

TEST(ScpSink, OneFileIsAcknowledgedWhenItIsStoredAndNotBefore) {
  Sink sink;
  EXPECT_EQ(sink.answer(), kOk);
  sink.send(file_record(kName, 6));
  EXPECT_EQ(sink.answer(), kOk);
  sink.send("hello\n"s);
  sink.send(kOk);
  EXPECT_EQ(sink.answer(), "");
  ASSERT_EQ(sink.ends, std::vector<Kind>{Kind::finish});
  sink.stored();
  EXPECT_EQ(sink.answer(), kOk);
  sink.end();
  ASSERT_EQ(sink.opened.size(), 1U);
  EXPECT_EQ(sink.opened[0].name, kName);
  EXPECT_EQ(sink.opened[0].directory, "/upload");
  EXPECT_EQ(sink.opened[0].size, 6U);
  EXPECT_EQ(sink.data, "hello\n");
  EXPECT_TRUE(sink.machine().finished());
  EXPECT_EQ(sink.machine().exit_status(), 0);
}

TEST(ScpSink, BytesMayComeOneByOne) {
  Sink sink;
  const std::string all = "T1795313058 0 1795313059 5\n" + file_record(kName, 6) + "hello\n"s + kOk;
  for (const char c : all)
    EXPECT_EQ(sink.send(std::string(1, c)), "");
  sink.stored();
  EXPECT_EQ(sink.answer(), std::string(4, '\0'));
  EXPECT_EQ(sink.opened.at(0).modified, 1795313058);
  EXPECT_EQ(sink.data, "hello\n");
}

TEST(ScpSink, WhatComesWhileAFileIsBeingStoredWaits) {
  Sink sink;
  const std::string second = file_record("b.@20240318T081300.s", 1);
  EXPECT_EQ(sink.send(file_record(kName, 1) + "x" + kOk + second), second);
  sink.stored();
  EXPECT_EQ(sink.send(second + "y" + kOk), "");
  sink.stored();
  sink.end();
  EXPECT_EQ(sink.data, "xy");
  EXPECT_EQ(sink.opened.size(), 2U);
  EXPECT_EQ(sink.machine().exit_status(), 0);
}

TEST(ScpSink, TimesBelongToTheNextFileOnly) {
  Sink sink;
  sink.send("T5 0 6 0\n" + file_record(kName, 0) + kOk);
  sink.stored();
  sink.send(file_record("b.@1.s", 0) + kOk);
  EXPECT_EQ(sink.opened.at(0).modified, 5);
  EXPECT_EQ(sink.opened.at(1).modified, std::nullopt);
}

TEST(ScpSink, AnEmptyFileIsAFile) {
  Sink sink;
  sink.send(file_record(kName, 0) + kOk);
  EXPECT_EQ(sink.ends, std::vector<Kind>{Kind::finish});
}

class ScpNames : public ::testing::TestWithParam<std::string> {};

TEST_P(ScpNames, ThatCouldMeanMoreThanANameAreRefusedAndTheNextFileIsTaken) {
  Sink sink;
  sink.answer();
  sink.send(file_record(GetParam(), 5));
  const std::string answer = sink.answer();
  ASSERT_EQ(answer.substr(0, 6), "\1scp: ");
  EXPECT_EQ(answer.back(), '\n');
  EXPECT_EQ(std::count_if(answer.begin() + 1, answer.end() - 1,
                          [](char c) { return static_cast<unsigned char>(c) < 0x20; }),
            0);
  EXPECT_TRUE(sink.opened.empty());
  EXPECT_EQ(sink.codes, std::vector<std::string>{"ssh/name-refused"});
  sink.send(file_record(kName, 1) + "x" + kOk);
  sink.stored();
  EXPECT_EQ(sink.answer(), kOk + kOk);
  EXPECT_EQ(sink.machine().exit_status(), 1);
}

INSTANTIATE_TEST_SUITE_P(Hostile, ScpNames,
                         ::testing::Values("..", ".", "../../etc/passwd", "/etc/passwd", "a/b", "",
                                           "a\0b"s, "a\x1b[2Jb", "a\rb", "a\x7f",
                                           std::string(256, 'a')));

class ScpRecords : public ::testing::TestWithParam<std::string> {};

TEST_P(ScpRecords, ThatCannotBeReadEndTheSession) {
  Sink sink;
  sink.answer();
  sink.send(GetParam());
  EXPECT_EQ(sink.answer().substr(0, 21), "\2scp: protocol error:");
  EXPECT_TRUE(sink.machine().finished());
  EXPECT_EQ(sink.machine().exit_status(), 1);
  EXPECT_TRUE(sink.opened.empty());
  EXPECT_EQ(sink.send("C0644 1 late.@1.s\nx"), "") << "what follows is read and dropped";
  EXPECT_EQ(sink.answer(), "");
}

INSTANTIATE_TEST_SUITE_P(
    Hostile, ScpRecords,
    ::testing::Values("\n", "X\n", "E\n", "C\n", "C0644\n", "C644 1 a\n", "C0844 1 a\n",
                      "C0644 -1 a\n", "C0644 +1 a\n", "C0644  1 a\n", "C0644 1\n", "C0644 a 1\n",
                      "C0644 99999999999999999999999 a\n", "C06441 1 a\n", "T\n", "T1 0 1\n",
                      "T1 1000000 1 0\n", "T-1 0 1 0\n", "T1 0 1 0 0\n", "\0\n"s,
                      "C0644 1 " + std::string(2048, 'a') + "\n", std::string(5000, 'C')));

TEST(ScpSink, ADirectoryIsRefusedAndTheSessionGoesOn) {
  Sink sink;
  sink.answer();
  sink.send("D0755 0 logs\n");
  EXPECT_EQ(sink.answer(), "\1scp: directories not accepted\n");
  sink.send(file_record(kName, 1) + "x" + kOk);
  sink.stored();
  EXPECT_EQ(sink.answer(), kOk + kOk);
}

TEST(ScpSink, AFileBeyondTheLimitIsRefusedBeforeItsBytes) {
  Sink sink(10);
  sink.answer();
  sink.send(file_record(kName, 11));
  EXPECT_NE(sink.answer().find("File too large"), std::string::npos);
  EXPECT_EQ(sink.codes, std::vector<std::string>{"ssh/file-too-large"});
  sink.send(file_record(kName, 10));
  EXPECT_EQ(sink.answer(), kOk);
}

TEST(ScpSink, AStoreThatTakesNothingSaysSoBeforeTheBytes) {
  Sink sink;
  sink.answer();
  sink.open_result = fail(failure("journal/inbox-full", "20,000 files wait in /var/lib"));
  sink.send(file_record(kName, 5));
  EXPECT_EQ(sink.answer(), "\1scp: "s + kName + ": No space left on device\n");
  EXPECT_TRUE(sink.ends.empty());
}

TEST(ScpSink, ADiskThatFillsIsToldOnceAndAfterTheWholeFile) {
  Sink sink;
  sink.send(file_record(kName, 10) + "12345");
  sink.answer();
  sink.machine().write_failed(sink.file, failure("file/no-space", "/store/x: no space"));
  EXPECT_EQ(sink.send("67890"), "");
  EXPECT_EQ(sink.answer(), "");
  sink.send(kOk);
  EXPECT_EQ(sink.answer(), "\1scp: "s + kName + ": No space left on device\n");
  EXPECT_EQ(sink.data, "12345");
  EXPECT_EQ(sink.ends, std::vector<Kind>{Kind::discard});
  sink.send(file_record(kName, 1) + "x" + kOk);
  sink.stored();
  EXPECT_EQ(sink.answer(), kOk + kOk) << "the two sides still agree where they are";
}

TEST(ScpSink, WhatCannotBeMadeDurableIsNotAcknowledged) {
  Sink sink;
  sink.send(file_record(kName, 1) + "x" + kOk);
  sink.answer();
  sink.stored(fail(failure("file/io", "/secret/path: input/output error")));
  const std::string answer = sink.answer();
  EXPECT_EQ(answer[0], '\1');
  EXPECT_EQ(answer.find("/secret"), std::string::npos);
  sink.end();
  EXPECT_EQ(sink.machine().exit_status(), 1);
}

TEST(ScpSink, ASourceThatCouldNotReadItsFileLeavesNothing) {
  Sink sink;
  sink.send(file_record(kName, 3) + "abc" + "\1scp: read error\n");
  EXPECT_EQ(sink.ends, std::vector<Kind>{Kind::discard});
  const std::string answer = sink.answer();
  EXPECT_EQ(std::count(answer.begin(), answer.end(), '\1'), 1);
  sink.end();
  EXPECT_EQ(sink.machine().exit_status(), 1);
}

TEST(ScpSink, MoreBytesThanWereSaidEndTheSession) {
  Sink sink;
  sink.answer();
  sink.send(file_record(kName, 3) + "abcdef");
  EXPECT_EQ(sink.data, "abc");
  EXPECT_EQ(sink.ends, std::vector<Kind>{Kind::discard});
  EXPECT_NE(sink.answer().find("\2scp: protocol error"), std::string::npos);
}

TEST(ScpSink, AnEndInTheMiddleLeavesNothing) {
  for (const std::string& sent : {"C0644 5 a"s, file_record(kName, 5),
                                  file_record(kName, 5) + "abc", file_record(kName, 5) + "abcde"}) {
    Sink sink;
    sink.send(sent);
    sink.end();
    EXPECT_TRUE(sink.machine().finished());
    EXPECT_EQ(sink.machine().exit_status(), 1);
    EXPECT_EQ(sink.codes, std::vector<std::string>{"ssh/transfer-broken"});
    EXPECT_EQ(sink.ends, sent.find('\n') == std::string::npos ? std::vector<Kind>{}
                                                              : std::vector<Kind>{Kind::discard});
  }
}

TEST(ScpSink, APeerThatOnlyListensStillHearsThatItsFileIsStored) {
  Sink sink;
  sink.send(file_record(kName, 1) + "x" + kOk);
  sink.answer();
  sink.end();
  EXPECT_FALSE(sink.machine().finished());
  sink.stored();
  EXPECT_EQ(sink.answer(), kOk);
  EXPECT_TRUE(sink.machine().finished());
  EXPECT_EQ(sink.machine().exit_status(), 0);
}

TEST(ScpSink, MessagesBetweenFilesAreHeardAndNotAnswered) {
  Sink sink;
  sink.answer();
  sink.send("\1scp: c_x.s: No such file or directory\n");
  EXPECT_EQ(sink.answer(), "");
  EXPECT_EQ(sink.codes, std::vector<std::string>{"ssh/source-failed"});
  sink.send(file_record(kName, 0) + kOk);
  sink.stored();
  EXPECT_EQ(sink.answer(), kOk + kOk);
  sink.send("\2scp: going home\n");
  EXPECT_TRUE(sink.machine().finished());
  EXPECT_EQ(sink.machine().exit_status(), 1);
}

}  // namespace
}  // namespace cistern::net::ssh
