// The SFTP subset: what putting a file needs works, and nothing else does.
#include "net/ssh/sftp_sink.hpp"

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace cistern::net::ssh {
namespace {

using namespace std::string_literals;
using Kind = PushOrder::Kind;

constexpr std::uint32_t kPut = 0x2 | 0x8 | 0x10;  // WRITE, CREAT, TRUNC
const std::string kPath = "/upload/mail.@20240318T081200.s";

/// One answer of the server.
struct Answer {
  SftpType type{};
  std::uint32_t id = 0;
  std::string body;
  [[nodiscard]] SftpStatus status() const {
    EXPECT_EQ(type, SftpType::status);
    return static_cast<SftpStatus>(SftpReader{body}.number());
  }
  [[nodiscard]] std::string handle() const {
    EXPECT_EQ(type, SftpType::handle);
    SftpReader in{body};
    return std::string{in.text()};
  }
};

class Server {
 public:
  Server() {
    send("\0\0\0\5\1\0\0\0\3"s);
    answers.clear();
  }

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

  template <class F>
  Answer ask(SftpType type, F fields) {
    const std::uint32_t id = ++last_id_;
    std::string packet;
    {
      SftpWriter out{packet, type, id};
      fields(out);
    }
    send(packet);
    return answer(id);
  }

  Answer answer(std::uint32_t id) {
    const auto found = answers.find(id);
    return found == answers.end() ? Answer{} : found->second;
  }

  Answer path_request(SftpType type, const std::string& path) {
    return ask(type, [&](SftpWriter& out) { out.text(path); });
  }
  Answer open(const std::string& path, std::uint32_t flags = kPut) {
    return ask(SftpType::open,
               [&](SftpWriter& out) { out.text(path).number(flags).attributes({}); });
  }
  Answer write(const std::string& handle, std::uint64_t offset, const std::string& bytes) {
    return ask(SftpType::write,
               [&](SftpWriter& out) { out.text(handle).large_number(offset).text(bytes); });
  }
  Answer close(const std::string& handle) {
    return ask(SftpType::close, [&](SftpWriter& out) { out.text(handle); });
  }
  void stored(std::uint32_t file, const Status& status = {}) {
    PushStep step;
    sink_.stored(file, status, step);
    take(std::move(step));
  }
  void end() {
    PushStep step;
    sink_.ended(step);
    take(std::move(step));
  }
  [[nodiscard]] std::uint32_t last_id() const { return last_id_; }
  SftpSink& machine() { return sink_; }

  std::map<std::uint32_t, Answer> answers;
  std::string data;
  std::vector<FileFacts> opened;
  std::vector<Kind> ends;
  std::optional<std::int64_t> modified;
  std::uint32_t file = 0;
  Status open_result;
  std::vector<std::string> codes;

 private:
  void take(PushStep step) {
    for (const PushRemark& remark : step.remarks)
      codes.push_back(remark.code);
    std::string_view reply = step.reply;
    while (reply.size() >= 9) {
      SftpReader in{reply};
      const std::uint32_t length = in.number();
      Answer answer;
      answer.type = static_cast<SftpType>(in.byte());
      answer.id = in.number();
      ASSERT_LE(length + 4, reply.size());
      answer.body = reply.substr(9, length - 5);
      answers[answer.id] = answer;
      reply.remove_prefix(length + 4);
    }
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
        modified = order.modified;
      }
    }
  }

  SftpSink sink_{std::make_shared<DropFolders>(std::vector<std::string>{"/upload"}),
                 {.max_file_size = 100}};
  std::uint32_t last_id_ = 0;
};

TEST(SftpSink, CloseIsAnsweredWhenTheFileIsStoredAndNotBefore) {
  Server server;
  const std::string handle = server.open(kPath).handle();
  EXPECT_EQ(server.write(handle, 0, "hello ").status(), SftpStatus::ok);
  EXPECT_EQ(server.write(handle, 6, "world").status(), SftpStatus::ok);
  server.close(handle);
  EXPECT_FALSE(server.answers.contains(server.last_id()));
  ASSERT_EQ(server.ends, std::vector<Kind>{Kind::finish});
  server.stored(server.file);
  EXPECT_EQ(server.answer(server.last_id()).status(), SftpStatus::ok);
  EXPECT_EQ(server.data, "hello world");
  EXPECT_EQ(server.opened.at(0).name, "mail.@20240318T081200.s");
  EXPECT_EQ(server.opened.at(0).directory, "/upload");
  server.end();
  EXPECT_TRUE(server.machine().finished());
  EXPECT_EQ(server.machine().exit_status(), 0);
}

TEST(SftpSink, WhatCannotBeStoredIsNotAcknowledged) {
  Server server;
  const std::string handle = server.open(kPath).handle();
  server.close(handle);
  server.stored(server.file, fail_retry("file/no-space", "full"));
  EXPECT_EQ(server.answer(server.last_id()).status(), SftpStatus::failure);
  EXPECT_EQ(server.machine().exit_status(), 1);
}

TEST(SftpSink, ADiskThatFillsFailsTheWritesAndTheClose) {
  Server server;
  const std::string handle = server.open(kPath).handle();
  server.write(handle, 0, "abc");
  server.machine().write_failed(server.file, {.verdict = Verdict::retry,
                                              .code = "file/no-space",
                                              .cause = "full",
                                              .consequence = {},
                                              .next_step = {}});
  EXPECT_EQ(server.write(handle, 3, "def").status(), SftpStatus::failure);
  EXPECT_EQ(server.close(handle).status(), SftpStatus::failure);
  EXPECT_EQ(server.ends, std::vector<Kind>{Kind::discard});
  EXPECT_EQ(server.data, "abc");
}

TEST(SftpSink, AFileWithAHoleOrBeyondTheLimitIsNotStored) {
  Server hole;
  std::string handle = hole.open(kPath).handle();
  EXPECT_EQ(hole.write(handle, 5, "late").status(), SftpStatus::failure);
  EXPECT_EQ(hole.close(handle).status(), SftpStatus::failure);
  EXPECT_EQ(hole.ends, std::vector<Kind>{Kind::discard});
  Server large;
  handle = large.open(kPath).handle();
  EXPECT_EQ(large.write(handle, 0, std::string(101, 'x')).status(), SftpStatus::failure);
  EXPECT_EQ(large.close(handle).status(), SftpStatus::failure);
}

TEST(SftpSink, AnEndBeforeCloseLeavesNothing) {
  Server server;
  const std::string handle = server.open(kPath).handle();
  server.write(handle, 0, "abc");
  server.end();
  EXPECT_EQ(server.ends, std::vector<Kind>{Kind::discard});
  EXPECT_EQ(server.codes, std::vector<std::string>{"ssh/transfer-broken"});
  EXPECT_EQ(server.machine().exit_status(), 1);
}

TEST(SftpSink, NamesThatLeadElsewhereAreRefused) {
  Server server;
  for (const std::string& path :
       {"/etc/passwd"s, "/upload/../../etc/passwd"s, "/upload"s, "/"s, "/upload/"s,
        "/other/a.@1.s"s, "/upload/a\0b"s, "/upload/" + std::string(256, 'a'), ""s}) {
    const SftpStatus status = server.open(path).status();
    EXPECT_TRUE(status == SftpStatus::permission_denied || status == SftpStatus::no_such_file)
        << path;
  }
  EXPECT_TRUE(server.opened.empty());
  EXPECT_EQ(server.open("upload/./a.@1.s").type, SftpType::handle) << "relative to the root";
}

TEST(SftpSink, NothingCanBeReadRemovedOrMade) {
  Server server;
  EXPECT_EQ(server.open(kPath, 0x1).status(), SftpStatus::permission_denied);
  EXPECT_EQ(server.open(kPath, 0x3 | 0x8).status(), SftpStatus::permission_denied);
  EXPECT_EQ(server.open(kPath, 0x2).status(), SftpStatus::no_such_file);
  EXPECT_EQ(server.open(kPath, 0x2 | 0x4 | 0x8).status(), SftpStatus::unsupported);
  for (const SftpType type :
       {SftpType::read, SftpType::remove, SftpType::rmdir, SftpType::readlink, SftpType::symlink}) {
    EXPECT_EQ(server.path_request(type, kPath).status(), SftpStatus::permission_denied);
  }
  EXPECT_EQ(server.path_request(SftpType::rename, kPath).status(), SftpStatus::unsupported);
  EXPECT_EQ(server.path_request(SftpType::extended, "x").status(), SftpStatus::unsupported);
  const auto make = [](SftpWriter& out) { out.text("/upload/new").attributes({}); };
  EXPECT_EQ(server.ask(SftpType::mkdir, make).status(), SftpStatus::permission_denied);
}

TEST(SftpSink, TimesAndModesAreTakenAndCutsAreNot) {
  Server server;
  const std::string handle = server.open(kPath).handle();
  const auto times = [&](SftpWriter& out) {
    out.text(handle).attributes({.size = {}, .permissions = 0644, .modified = 1700000000});
  };
  EXPECT_EQ(server.ask(SftpType::fsetstat, times).status(), SftpStatus::ok);
  const auto cut = [&](SftpWriter& out) {
    out.text(handle).attributes({.size = 7, .permissions = {}, .modified = {}});
  };
  EXPECT_EQ(server.ask(SftpType::fsetstat, cut).status(), SftpStatus::unsupported);
  server.close(handle);
  EXPECT_EQ(server.modified, 1700000000);
}

TEST(SftpSink, AListingShowsWhatTheSessionPushed) {
  Server server;
  server.close(server.open(kPath).handle());
  server.stored(server.file);
  EXPECT_EQ(server.path_request(SftpType::stat, kPath).type, SftpType::attrs);
  EXPECT_EQ(server.path_request(SftpType::stat, "/upload").type, SftpType::attrs);
  EXPECT_EQ(server.path_request(SftpType::stat, "/upload/x").status(), SftpStatus::no_such_file);
  EXPECT_EQ(server.path_request(SftpType::opendir, "/nowhere").status(), SftpStatus::no_such_file);
  const std::string handle = server.path_request(SftpType::opendir, "/upload").handle();
  const Answer names = server.path_request(SftpType::readdir, handle);
  EXPECT_EQ(names.type, SftpType::name);
  EXPECT_NE(names.body.find("mail.@20240318T081200.s"), std::string::npos);
  EXPECT_EQ(server.path_request(SftpType::readdir, handle).status(), SftpStatus::end_of_file);
  EXPECT_EQ(server.close(handle).status(), SftpStatus::ok);
}

TEST(SftpSink, ARealPathIsNormal) {
  Server server;
  const Answer answer = server.path_request(SftpType::realpath, "upload/../upload/./x");
  SftpReader in{answer.body};
  EXPECT_EQ(in.number(), 1U);
  EXPECT_EQ(in.text(), "/upload/x");
}

TEST(SftpSink, HandlesOfNobodyAreRefused) {
  Server server;
  for (const std::string& handle :
       {"h1"s, "h0"s, "h99999999999"s, ""s, "x"s, std::string(300, 'h')}) {
    EXPECT_EQ(server.write(handle, 0, "x").status(), SftpStatus::failure);
    EXPECT_EQ(server.close(handle).status(), SftpStatus::failure);
    EXPECT_EQ(server.path_request(SftpType::readdir, handle).status(), SftpStatus::failure);
  }
}

TEST(SftpSink, OpenFilesAreBounded) {
  Server server;
  for (std::size_t i = 0; i < kMaxSftpHandles; ++i)
    EXPECT_EQ(server.open("/upload/a.@" + std::to_string(i) + ".s").type, SftpType::handle);
  EXPECT_EQ(server.open(kPath).status(), SftpStatus::failure);
  EXPECT_EQ(server.path_request(SftpType::opendir, "/upload").status(), SftpStatus::failure);
}

class SftpPackets : public ::testing::TestWithParam<std::string> {};

TEST_P(SftpPackets, ThatBreakTheProtocolEndTheSession) {
  Server server;
  const std::string handle = server.open(kPath).handle();
  server.send(GetParam());
  EXPECT_TRUE(server.machine().finished());
  EXPECT_EQ(server.codes, std::vector<std::string>{"ssh/sftp-protocol"});
  EXPECT_EQ(server.ends, std::vector<Kind>{Kind::discard});
  EXPECT_EQ(server.send("whatever follows"), "");
}

INSTANTIATE_TEST_SUITE_P(Hostile, SftpPackets,
                         ::testing::Values("\0\0\0\0"s, "\xff\xff\xff\xff\1"s, "\0\5\0\0\1"s,
                                           "\0\0\0\5\1\0\0\0\3"s, "\0\0\0\2\3\0"s));

TEST(SftpSink, ShortPacketsAreAnsweredAsSuch) {
  Server server;
  const auto claims_more = [](SftpWriter& out) { out.number(1000); };
  for (const SftpType type : {SftpType::open, SftpType::write, SftpType::close, SftpType::stat,
                              SftpType::setstat, SftpType::fsetstat, SftpType::opendir,
                              SftpType::realpath, SftpType::mkdir, SftpType::fstat}) {
    EXPECT_EQ(server.ask(type, claims_more).status(), SftpStatus::bad_message);
  }
}

}  // namespace
}  // namespace cistern::net::ssh
