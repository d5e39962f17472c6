// Messages out of frames, and what the ends of a connection mean.
#include "net/amqp091/broker_end.hpp"
#include "net/amqp091/message_assembler.hpp"

#include <string>

#include <amqp.h>
#include <gtest/gtest.h>

namespace cistern::net::amqp091 {
namespace {

const BrokerPlace kPlace{.host = "broker.example.com",
                         .port = 443,
                         .queue = "event_stream_1474",
                         .user = "1474-abc",
                         .ca_file = {}};

TEST(MessageAssembler, PutsFragmentsTogether) {
  MessageAssembler assembler{1024};
  ASSERT_TRUE(assembler.deliver(7, true));
  EXPECT_FALSE(assembler.take());
  ASSERT_TRUE(assembler.header(6));
  ASSERT_TRUE(assembler.body("abc"));
  EXPECT_FALSE(assembler.take());
  ASSERT_TRUE(assembler.body("def"));
  const auto message = assembler.take();
  ASSERT_TRUE(message);
  EXPECT_EQ(message->tag, 7U);
  EXPECT_TRUE(message->redelivered);
  EXPECT_EQ(message->body, "abcdef");
  EXPECT_TRUE(assembler.idle());
}

TEST(MessageAssembler, AnEmptyMessageIsOne) {
  MessageAssembler assembler{1024};
  ASSERT_TRUE(assembler.deliver(1, false));
  ASSERT_TRUE(assembler.header(0));
  ASSERT_TRUE(assembler.take());
}

TEST(MessageAssembler, KeepsNoMoreThanItsBoundAndCountsTheRest) {
  MessageAssembler assembler{4};
  ASSERT_TRUE(assembler.deliver(1, false));
  ASSERT_TRUE(assembler.header(10));
  ASSERT_TRUE(assembler.body("abc"));
  ASSERT_TRUE(assembler.body("defghij"));
  const auto message = assembler.take();
  ASSERT_TRUE(message);
  EXPECT_EQ(message->body, "abcd");
  EXPECT_EQ(message->cut, 6U);
}

TEST(MessageAssembler, ASizeThatIsOnlyToldTakesNoMemory) {
  MessageAssembler assembler{16ULL << 20};
  ASSERT_TRUE(assembler.deliver(1, false));
  ASSERT_TRUE(assembler.header(~0ULL));
  EXPECT_EQ(assembler.held(), 0U);
}

TEST(MessageAssembler, FramesOutOfOrderAreRefused) {
  MessageAssembler assembler{1024};
  EXPECT_FALSE(assembler.header(1));
  EXPECT_FALSE(assembler.body("x"));
  ASSERT_TRUE(assembler.deliver(1, false));
  EXPECT_FALSE(assembler.deliver(2, false));
  EXPECT_FALSE(assembler.body("x"));
  ASSERT_TRUE(assembler.header(2));
  EXPECT_FALSE(assembler.body("xyz")) << "longer than it said";
}

struct Row {
  std::uint16_t code;
  EndKind kind;
};

TEST(BrokerEnd, EachChannelCloseOfTheVendorsTableHasItsMeaning) {
  for (const Row row :
       {Row{404, EndKind::queue_gone}, Row{403, EndKind::forbidden}, Row{405, EndKind::locked},
        Row{406, EndKind::reset}, Row{541, EndKind::reset}}) {
    const End end = end_of_channel(row.code, "WORDS", kPlace);
    EXPECT_EQ(end.kind, row.kind) << row.code;
    EXPECT_NE(end.failure.cause.find("WORDS"), std::string::npos);
    EXPECT_NE(end.failure.cause.find("event_stream_1474"), std::string::npos);
    EXPECT_FALSE(end.failure.next_step.empty());
  }
}

TEST(BrokerEnd, ARefusedLoginIsOneHoweverItIsSaid) {
  EXPECT_EQ(end_of_connection(403, "ACCESS_REFUSED", Phase::login, kPlace).kind, EndKind::refused);
  for (const int status :
       {AMQP_STATUS_CONNECTION_CLOSED, AMQP_STATUS_SOCKET_ERROR, AMQP_STATUS_SOCKET_CLOSED})
    EXPECT_EQ(end_of_status(status, Phase::login, kPlace).kind, EndKind::refused) << status;
  // Before TLS was agreed, and later, the same is trouble of the network.
  EXPECT_EQ(end_of_status(AMQP_STATUS_SOCKET_ERROR, Phase::connecting, kPlace).kind,
            EndKind::unreachable);
  EXPECT_EQ(end_of_status(AMQP_STATUS_SOCKET_ERROR, Phase::consuming, kPlace).kind,
            EndKind::broken);
}

TEST(BrokerEnd, ABrokerInMaintenanceIsNoFault) {
  EXPECT_EQ(end_of_connection(320, "CONNECTION_FORCED", Phase::consuming, kPlace).kind,
            EndKind::forced);
}

TEST(BrokerEnd, CertificatesNetworkAndHeartbeatAreToldApart) {
  const End name = end_of_status(AMQP_STATUS_SSL_HOSTNAME_VERIFY_FAILED, Phase::connecting, kPlace);
  EXPECT_EQ(name.kind, EndKind::untrusted);
  EXPECT_EQ(name.failure.code, "amqp/certificate-name");
  const End peer = end_of_status(AMQP_STATUS_SSL_PEER_VERIFY_FAILED, Phase::connecting, kPlace);
  EXPECT_EQ(peer.failure.code, "amqp/certificate");
  EXPECT_NE(peer.failure.cause.find("the system's authorities"), std::string::npos);
  const End dns = end_of_status(AMQP_STATUS_HOSTNAME_RESOLUTION_FAILED, Phase::connecting, kPlace);
  EXPECT_EQ(dns.kind, EndKind::unreachable);
  EXPECT_NE(dns.failure.next_step.find("proxy"), std::string::npos);
  EXPECT_EQ(end_of_status(AMQP_STATUS_HEARTBEAT_TIMEOUT, Phase::consuming, kPlace).kind,
            EndKind::silent);
}

TEST(BrokerEnd, WordsOfTheBrokerAreBoundedAndWithoutControlBytes) {
  const End end = end_of_channel(404, std::string(5000, 'x') + "\x1b[2J", kPlace);
  EXPECT_LT(end.failure.cause.size(), 500U);
  EXPECT_EQ(end_of_channel(404, "\x1b[2J", kPlace).failure.cause.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace cistern::net::amqp091
