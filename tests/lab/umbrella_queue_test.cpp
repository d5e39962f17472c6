// The lab's queue: at least once, out of sight for a while, gone when deleted.
#include "tests/lab/aws_fixture.hpp"

#include <atomic>
#include <thread>

namespace cistern::lab {
namespace {

class UmbrellaQueueTest : public AwsTest {
 protected:
  void SetUp() override {
    auto options = export_options();
    options.umbrella.folders = {"dnslogs"};
    start(options);
  }

  std::vector<boost::json::object> receive(const std::string& more = "") {
    const auto reply = sqs("ReceiveMessage", R"("MaxNumberOfMessages":10)" + more);
    EXPECT_EQ(reply.status, 200) << reply.body;
    std::vector<boost::json::object> out;
    const auto body = boost::json::parse(reply.body).as_object();
    if (!body.contains("Messages")) return out;
    for (const auto& one : body.at("Messages").as_array())
      out.push_back(one.as_object());
    return out;
  }

  /// Until nothing is visible.
  std::vector<boost::json::object> receive_all(const std::string& more = "") {
    std::vector<boost::json::object> out;
    while (true) {
      auto some = receive(more);
      if (some.empty()) return out;
      out.insert(out.end(), some.begin(), some.end());
    }
  }

  static std::string text(const boost::json::object& message, std::string_view name) {
    return std::string(message.at(name).as_string());
  }
  static std::string error_type(const ClientReply& reply) {
    const auto body = boost::json::parse(reply.body).as_object();
    return std::to_string(reply.status) + " " + std::string(body.at("__type").as_string());
  }
};

TEST_F(UmbrellaQueueTest, TellsOfEveryObjectThatIsUploaded) {
  auto first = receive_all();
  ASSERT_EQ(first.size(), 1U);
  EXPECT_NE(text(first[0], "Body").find("s3:TestEvent"), std::string::npos);
  clock.advance(std::chrono::minutes{1});
  std::size_t objects = 0;
  for (const auto& message : receive_all()) {
    const auto body = boost::json::parse(text(message, "Body")).as_object();
    if (!body.contains("Records")) continue;
    for (const auto& record : body.at("Records").as_array()) {
      const auto key = std::string(record.at("s3").at("object").at("key").as_string());
      EXPECT_EQ(s3("/contoso-umbrella/" + key).status, 200) << key;
      ++objects;
    }
  }
  EXPECT_GE(objects, 5U);
}

TEST_F(UmbrellaQueueTest, AMessageComesBackUnlessItIsDeleted) {
  const auto first = receive_all(R"(,"VisibilityTimeout":60)");
  ASSERT_EQ(first.size(), 1U);
  const auto receipt = text(first[0], "ReceiptHandle");
  EXPECT_TRUE(receive().empty());
  ASSERT_EQ(sqs("ChangeMessageVisibility",
                R"("VisibilityTimeout":300,"ReceiptHandle":")" + receipt + "\"")
                .status,
            200);
  // In steps shorter than a slot, so that nothing new is uploaded meanwhile by the frozen lab.
  lab_->freeze();
  clock.advance(std::chrono::seconds{200});
  EXPECT_TRUE(receive().empty());
  clock.advance(std::chrono::seconds{200});
  const auto again = receive_all(R"(,"VisibilityTimeout":60)");
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].at("Attributes").at("ApproximateReceiveCount").as_string(), "2");
  // The handle of the first delivery is over: it deletes nothing, and is no error.
  EXPECT_EQ(sqs("DeleteMessage", R"("ReceiptHandle":")" + receipt + "\"").status, 200);
  EXPECT_NE(sqs("GetQueueAttributes", R"("AttributeNames":["All"])")
                .body.find(R"("ApproximateNumberOfMessagesNotVisible":"1")"),
            std::string::npos);
  const auto latest = text(again[0], "ReceiptHandle");
  const auto batch =
      sqs("DeleteMessageBatch", R"("Entries":[{"Id":"a","ReceiptHandle":")" + latest +
                                    R"("},{"Id":"b","ReceiptHandle":"nonsense"}])");
  const auto body = boost::json::parse(batch.body).as_object();
  EXPECT_EQ(body.at("Successful").as_array().size(), 1U);
  EXPECT_EQ(body.at("Failed").as_array().at(0).at("Id").as_string(), "b");
  clock.advance(std::chrono::seconds{200});
  EXPECT_TRUE(receive().empty());
}

TEST_F(UmbrellaQueueTest, RefusalsAreSqsOwn) {
  EXPECT_EQ(error_type(sqs("ReceiveMessage", "", {.secret = "wrong"})),
            "403 com.amazonaws.sqs#SignatureDoesNotMatch");
  EXPECT_EQ(error_type(sqs("ReceiveMessage", "", {.id = "AKIAOTHER"})),
            "403 com.amazonaws.sqs#InvalidClientTokenId");
  EXPECT_EQ(error_type(sqs("ReceiveMessage", R"("MaxNumberOfMessages":11)")),
            "400 com.amazonaws.sqs#InvalidParameterValue");
  EXPECT_EQ(error_type(sqs("DeleteMessage", R"("ReceiptHandle":"nonsense")")),
            "400 com.amazonaws.sqs#ReceiptHandleIsInvalid");
  set(R"({"queue_there":false})");
  const auto gone = sqs("ReceiveMessage", "");
  EXPECT_EQ(error_type(gone), "400 com.amazonaws.sqs#QueueDoesNotExist");
  EXPECT_EQ(gone.header("x-amzn-query-error"), "AWS.SimpleQueueService.NonExistentQueue;Sender");
}

TEST_F(UmbrellaQueueTest, ALongPollEndsWhenSomethingComesOrTheTimeIsOver) {
  receive_all();
  lab_->freeze();
  // The clock runs while the request waits, wherever it is by then.
  std::atomic<bool> answered{false};
  std::thread hands([this, &answered] {
    while (!answered) {
      clock.advance(std::chrono::seconds{1});
      std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
  });
  const auto asked = clock.now();
  EXPECT_TRUE(receive(R"(,"WaitTimeSeconds":20)").empty());
  answered = true;
  hands.join();
  EXPECT_GE(clock.now() - asked, std::chrono::seconds{20});
}

TEST_F(UmbrellaQueueTest, SnsAndEventBridgeWrapTheSameNews) {
  auto options = export_options();
  options.umbrella.notification = "sns";
  start(options);
  const auto wrapped = receive_all();
  ASSERT_FALSE(wrapped.empty());
  const auto outer = boost::json::parse(text(wrapped[0], "Body")).as_object();
  EXPECT_EQ(outer.at("Type").as_string(), "Notification");
  EXPECT_TRUE(boost::json::parse(std::string_view{outer.at("Message").as_string()}).is_object());
  options.umbrella.notification = "eventbridge";
  start(options);
  clock.advance(std::chrono::minutes{1});
  bool found = false;
  for (const auto& message : receive_all()) {
    const auto body = boost::json::parse(text(message, "Body")).as_object();
    found = found || (body.contains("detail-type") &&
                      body.at("detail-type").as_string() == "Object Created");
  }
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace cistern::lab
