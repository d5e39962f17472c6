// The proof of what was pushed: one message or line removed, repeated or altered is reported
// exactly so, and each transport owes what it can owe.
#include "tests/lab/sent_fixture.hpp"

namespace cistern::lab {

namespace {

TEST_F(SentTest, AFaultlessCollectorIsClean) {
  add_sender(1, SyslogTransport::udp, ConnectionEnd::open);
  add_sender(2, SyslogTransport::tcp, ConnectionEnd::both);
  add_sender(3, SyslogTransport::tls, ConnectionEnd::peer, Framing::octet);
  add_sender(4, SyslogTransport::relp, ConnectionEnd::both);
  add_appliance();
  const auto proof = prove();
  EXPECT_TRUE(proof.clean()) << found(proof);
  EXPECT_EQ(proof.stored, proof.owed);
  EXPECT_EQ(proof.delivered, proof.owed);
  EXPECT_EQ(proof.waiting, 0U);
  ASSERT_EQ(proof.vendors.size(), 6U);
  EXPECT_EQ(proof.vendors[0].name, "Syslog over UDP");
  EXPECT_EQ(proof.vendors[4].name, "Mail log lines");
  EXPECT_GT(proof.vendors[4].owed, 1000U);
  EXPECT_EQ(proof.vendors[5].name, "Joined mail messages");
  EXPECT_GT(proof.vendors[5].owed, 50U);
}

TEST_F(SentTest, RelpOwesWhatItAccepted) {
  add_sender(4, SyslogTransport::relp, ConnectionEnd::both);
  remove("relp/3");
  auto proof = prove();
  EXPECT_EQ(proof.lost, 1U);
  EXPECT_EQ(found(proof), "lost relp/3\n");
}

TEST_F(SentTest, RelpMayStoreTwiceWhatItHadNotAnswered) {
  auto& relp = add_sender(4, SyslogTransport::relp, ConnectionEnd::both);
  relp.attempt(5, relp.connected(Framing::octet, kNow));
  add_message(relp, 5);
  auto proof = prove();
  EXPECT_TRUE(proof.clean()) << found(proof);
  EXPECT_EQ(counted(proof, "Syslog over RELP", "twice"), 1U);
  // Sent twice, it cannot be there three times; sent once, not twice.
  add_message(relp, 5);
  add_message(relp, 6);
  proof = prove();
  EXPECT_EQ(found(proof).find("repeated relp/5\nrepeated relp/6\n"), 0U) << found(proof);
}

TEST_F(SentTest, RelpOwesNothingThatWasNotAnswered) {
  auto& relp = add_sender(4, SyslogTransport::relp, ConnectionEnd::peer);
  relp.attempt(relp.begin(kNow), 0);
  EXPECT_TRUE(prove().clean());
}

TEST_F(SentTest, UdpIsCounted) {
  add_sender(1, SyslogTransport::udp, ConnectionEnd::open);
  remove("udp/3");
  remove("udp/19");
  auto proof = prove();
  EXPECT_TRUE(proof.clean()) << found(proof);
  EXPECT_EQ(counted(proof, "Syslog over UDP", "sent"), kMessages);
  EXPECT_EQ(counted(proof, "Syslog over UDP", "unseen"), 2U);
  lines_.push_back(line_of("udp/4"));
  EXPECT_EQ(found(prove()), "repeated udp/4\n");
}

TEST_F(SentTest, TcpOwesAllOfAConnectionThatBothEnded) {
  add_sender(2, SyslogTransport::tcp, ConnectionEnd::both);
  remove("tcp/19");
  EXPECT_EQ(found(prove()), "lost tcp/19\n");
  // A collector that was killed may have died with what it had read.
  const auto proof = prove(true);
  EXPECT_TRUE(proof.clean()) << found(proof);
  EXPECT_EQ(counted(proof, "Syslog over TCP", "unread"), 1U);
}

TEST_F(SentTest, TcpLosesOnlyWhatWasNeverRead) {
  add_sender(2, SyslogTransport::tcp, ConnectionEnd::peer);
  for (const auto* name : {"tcp/17", "tcp/18", "tcp/19"})
    remove(name);
  const auto proof = prove();
  EXPECT_TRUE(proof.clean()) << found(proof);
  EXPECT_EQ(counted(proof, "Syslog over TCP", "unread"), 3U);
  // Message 17 was sent 830 ms before the end.
  EXPECT_EQ(counted(proof, "Syslog over TCP", "oldest_unread_ms"), 830U);
  remove("tcp/7");
  EXPECT_EQ(found(prove()), "lost tcp/7\n");
}

TEST_F(SentTest, AnAlteredMessageIsTold) {
  add_sender(3, SyslogTransport::tls, ConnectionEnd::both);
  auto& line = line_of("tls/8").store;
  const auto at = line.find("\"raw\":\"<") + 8;
  line[at] = line[at] == '7' ? '8' : '7';
  EXPECT_EQ(found(prove()), "altered tls/8\n");
}

TEST_F(SentTest, AnAlteredDocumentIsTold) {
  add_sender(2, SyslogTransport::tcp, ConnectionEnd::both);
  for (unsigned at = 0; at < kMessages; ++at) {
    auto& line = line_of("tcp/" + std::to_string(at));
    const auto place = line.document.find("\"values\":[\"");
    if (place == std::string::npos) continue;
    line.document[place + 11] = '#';
    EXPECT_EQ(found(prove()), "altered tcp/" + std::to_string(at) + "\n");
    return;
  }
  FAIL() << "no line has values";
}

TEST_F(SentTest, AnInventedMessageIsTold) {
  add_sender(2, SyslogTransport::tcp, ConnectionEnd::both);
  add_line("", "<13>nobody said this", R"({"transport":"tcp"})", "message", {});
  const auto proof = prove();
  EXPECT_EQ(proof.invented, 2U);
  EXPECT_EQ(proof.lost + proof.repeated + proof.altered, 0U);
}

TEST_F(SentTest, AMessageMayBeCutWhereItsConnectionEnded) {
  auto& cut = add_sender(2, SyslogTransport::tcp, ConnectionEnd::peer);
  const auto text = cut.text(19);
  remove("tcp/19");
  add_line("", text.substr(0, text.size() / 2), R"({"transport":"tcp"})", "message", {});
  auto proof = prove();
  EXPECT_TRUE(proof.clean()) << found(proof);
  EXPECT_EQ(counted(proof, "Syslog over TCP", "cut"), 1U);
}

TEST_F(SentTest, CountedOctetsAreNeverCut) {
  auto& octet = add_sender(3, SyslogTransport::tls, ConnectionEnd::peer, Framing::octet);
  const auto text = octet.text(19);
  remove("tls/19");
  add_line("", text.substr(0, 40), R"({"transport":"tls"})", "message", {});
  EXPECT_FALSE(prove().clean());
}

TEST_F(SentTest, AnotherTransportIsTold) {
  add_sender(2, SyslogTransport::tcp, ConnectionEnd::both);
  auto& line = line_of("tcp/2").store;
  line.replace(line.find("\"tcp\""), 5, "\"udp\"");
  EXPECT_EQ(found(prove()), "altered tcp/2\n");
}

class SentMailTest : public SentTest {
 protected:
  void SetUp() override {
    SentTest::SetUp();
    add_appliance();
  }
  /// A line whose text stands in the files only once.
  std::string lone_line() const {
    for (const auto& line : lines_) {
      if (line.store.find(" To: <") != std::string::npos) return line.name;
    }
    return {};
  }
  const MailTruth& some_mail() const { return appliance_.mails[appliance_.mails.size() / 2]; }
};

TEST_F(SentMailTest, ALineRemovedRepeatedOrAltered) {
  const auto whole = lines_;
  const auto name = lone_line();
  remove(name);
  EXPECT_EQ(found(prove()), "lost " + name + "\n");
  lines_ = whole;
  lines_.push_back(line_of(name));
  EXPECT_EQ(found(prove()), "repeated " + name + "\nrepeated " + name + "\n");
  lines_ = whole;
  auto& line = line_of(name).store;
  line.replace(line.find(" To: <"), 6, " To; <");
  EXPECT_EQ(found(prove()), "altered " + name + "\n");
}

TEST_F(SentMailTest, AFileThatWasNotAcknowledgedOwesNothing) {
  appliance_.files[1].acknowledged = false;
  const auto name = appliance_.files[1].file->name;
  std::erase_if(lines_, [&](const StoredLine& one) {
    return one.name.starts_with(name) || one.name.starts_with("MID ");
  });
  const auto proof = prove();
  const auto lost = found(proof);
  EXPECT_EQ(lost.find(name), std::string::npos) << lost;
  // What it took no part in is owed all the same.
  EXPECT_GT(proof.lost, 10U);
  EXPECT_EQ(lost.find("lost MID "), 0U) << lost;
}

TEST_F(SentMailTest, AMessageRemovedRepeatedOrAltered) {
  const auto whole = lines_;
  const auto name = "MID " + std::to_string(some_mail().mid);
  remove(name);
  EXPECT_EQ(found(prove()), "lost " + name + "\n");
  lines_ = whole;
  lines_.push_back(line_of(name));
  EXPECT_EQ(found(prove()), "repeated " + name + "\nrepeated " + name + "\n");
  lines_ = whole;
  auto& line = line_of(name).store;
  line.replace(line.find("\"sender\":\"") + 10, 1, "#");
  const auto proof = prove();
  EXPECT_EQ(found(proof), "altered " + name + "\n");
  EXPECT_NE(proof.findings.front().detail.find("sender is \"#"), std::string::npos)
      << proof.findings.front().detail;
}

TEST_F(SentMailTest, TheNewestRevisionCounts) {
  const auto& mail = some_mail();
  const auto name = "MID " + std::to_string(mail.mid);
  remove(name);
  auto early = mail;
  early.action = "deferred";
  add_joined(early, 1, R"("partial":true,)");
  EXPECT_EQ(found(prove()), "lost " + name + "\n");
  add_joined(early, 2);
  add_joined(mail, 3);
  const auto proof = prove();
  EXPECT_TRUE(proof.clean()) << found(proof);
  EXPECT_EQ(counted(proof, "Joined mail messages", "snapshots"), 1U);
}

TEST_F(SentMailTest, AnInventedMessageIsTold) {
  MailTruth mail;
  mail.mid = mail.root_mid = 99'000'000;
  mail.recipients = {{0, "x@example.com", {}}};
  add_joined(mail, 1);
  EXPECT_EQ(prove().invented, 1U);
}

}  // namespace

}  // namespace cistern::lab
