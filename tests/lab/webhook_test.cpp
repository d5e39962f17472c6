// Webhooks as the vendor has them: validated, told, repeated, disabled, expired.
#include "lab/entra/crypto.hpp"
#include "lab/harness/server.hpp"
#include "tests/lab/lab_fixture.hpp"

#include <chrono>
#include <mutex>
#include <set>
#include <thread>

namespace cistern::lab {

namespace {

/// Somebody's HTTPS receiver; what it answers can be changed.
class Receiver {
 public:
  Receiver() {
    auto key = std::move(*make_rsa_key());
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto certificate =
        self_sign(key.get(), std::chrono::duration_cast<std::chrono::seconds>(now).count());
    pem_ = certificate_pem(certificate->get());
    ServerOptions options;
    options.tls = true;
    options.certificate_pem = pem_;
    options.key_pem = key_pem(key.get());
    options.threads = 1;
    server_ = std::move(*start_server(
        options,
        [this](const Request& request) {
          const std::lock_guard lock(mutex_);
          requests_.push_back(request);
          return text_response(status_, "");
        },
        clock_));
  }

  [[nodiscard]] std::string address() const {
    return "https://127.0.0.1:" + std::to_string(server_->tls_port()) + "/hook";
  }
  [[nodiscard]] const std::string& pem() const { return pem_; }
  void answer(int status) {
    const std::lock_guard lock(mutex_);
    status_ = status;
  }
  [[nodiscard]] std::vector<Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  SystemClock clock_;
  mutable std::mutex mutex_;
  int status_ = 200;
  std::vector<Request> requests_;
  std::string pem_;
  std::unique_ptr<Server> server_;
};

class WebhookTest : public LabTest {
 protected:
  void start_live() {
    auto options = calm();
    options.live_per_second = 5;
    start(options);
    std::string body;
    body = boost::json::serialize(boost::json::object{
        {"authority", receiver.pem()}, {"first_gap_ms", 10}, {"most_failures", 3}});
    ASSERT_EQ(post("/lab/webhooks", body).status, 200);
    bearer = token();
  }

  ClientReply begin(const std::string& address, const std::string& expiration = "") {
    const boost::json::object webhook{
        {"address", address}, {"authId", "shared"}, {"expiration", expiration}};
    ClientRequest request;
    request.method = "POST";
    request.url = feed("subscriptions/start?contentType=Audit.Exchange");
    request.headers = {{"Authorization", "Bearer " + bearer}};
    request.body = boost::json::serialize(boost::json::object{{"webhook", webhook}});
    return send(std::move(request));
  }

  std::string status() const {
    const auto list = boost::json::parse(call("GET", feed("subscriptions/list"), bearer).body);
    const auto& webhook = list.at(0).at("webhook");
    return webhook.is_null() ? "none" : std::string(webhook.at("status").as_string());
  }

  template <class Condition>
  static bool within_seconds(Condition condition) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (std::chrono::steady_clock::now() < until) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
    return false;
  }

  Receiver receiver;
  std::string bearer;
};

TEST_F(WebhookTest, AnAddressIsCalledBeforeTheStartSucceeds) {
  start_live();
  ASSERT_EQ(begin(receiver.address()).status, 200);
  const auto requests = receiver.requests();
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].method, "POST");
  EXPECT_EQ(requests[0].path, "/hook");
  EXPECT_EQ(requests[0].header("Webhook-AuthID").value_or(""), "shared");
  const auto code = requests[0].header("Webhook-ValidationCode").value_or("");
  EXPECT_FALSE(code.empty());
  EXPECT_EQ(requests[0].body, R"({"validationCode":")" + std::string(code) + R"("})");
  EXPECT_EQ(status(), "enabled");
  EXPECT_EQ(code_of(begin(receiver.address())), "AF20024") << "nothing has changed";
}

TEST_F(WebhookTest, RefusesWhatTheVendorRefuses) {
  start_live();
  EXPECT_EQ(code_of(begin("http://127.0.0.1:1/")), "AF20021");
  EXPECT_EQ(code_of(begin("https://127.0.0.1:1/")), "AF20021");
  EXPECT_EQ(code_of(begin("")), "AF20001");
  EXPECT_EQ(code_of(begin(receiver.address(), "2026-03-04T05:06:06Z")), "AF20003");
  EXPECT_EQ(code_of(begin(receiver.address(), "soon")), "AF20002");
  receiver.answer(500);
  EXPECT_EQ(code_of(begin(receiver.address())), "AF20021");
  EXPECT_EQ(call("GET", feed("subscriptions/list"), bearer).body, "[]") << "nothing was started";
  Receiver unknown;
  EXPECT_EQ(code_of(begin(unknown.address())), "AF20021") << "a certificate of nobody's";
}

TEST_F(WebhookTest, ContentsAreToldOnceEach) {
  start_live();
  ASSERT_EQ(begin(receiver.address()).status, 200);
  clock.advance(std::chrono::seconds{30});
  ASSERT_TRUE(within_seconds([&] { return receiver.requests().size() > 1; }));
  const auto told = boost::json::parse(receiver.requests()[1].body).as_array();
  ASSERT_FALSE(told.empty());
  const auto& first = told.at(0).as_object();
  EXPECT_EQ(first.at("tenantId").as_string(), lab_tenant_id(1));
  EXPECT_EQ(first.at("clientId").as_string(), kLabClientId);
  EXPECT_EQ(first.at("contentType").as_string(), "Audit.Exchange");
  const std::string uri(first.at("contentUri").as_string());
  EXPECT_EQ(uri.rfind(lab_->url() + "/api/v1.0/", 0), 0U);
  EXPECT_EQ(call("GET", path_of(uri) + "?PublisherIdentifier=" + lab_tenant_id(1), bearer).status,
            200);
  const auto target = feed(
      "subscriptions/notifications?contentType=Audit.Exchange"
      "&startTime=2026-03-04T05:00:00&endTime=2026-03-04T06:00:00");
  EXPECT_TRUE(within_seconds([&] {
    return call("GET", target, bearer).body.find(R"("notificationStatus":"success")") !=
           std::string::npos;
  }));
  clock.advance(std::chrono::seconds{30});
  ASSERT_TRUE(within_seconds([&] { return receiver.requests().size() > 2; }));
  std::set<std::string> ids;
  const auto requests = receiver.requests();
  for (std::size_t i = 1; i < requests.size(); ++i) {
    const auto told_then = boost::json::parse(requests[i].body);
    for (const auto& content : told_then.as_array())
      EXPECT_TRUE(ids.emplace(content.as_object().at("contentId").as_string()).second);
  }
}

TEST_F(WebhookTest, TooManyFailuresDisableItAndAStartEnablesItAgain) {
  start_live();
  ASSERT_EQ(begin(receiver.address()).status, 200);
  receiver.answer(503);
  clock.advance(std::chrono::seconds{30});
  EXPECT_TRUE(within_seconds([&] { return status() == "disabled"; }));
  EXPECT_EQ(receiver.requests().size(), 1U + 3U);
  EXPECT_EQ(call("GET", listing("Audit.Exchange", 2, 1), bearer).status, 200) << "polling works";
  receiver.answer(200);
  ASSERT_EQ(begin(receiver.address()).status, 200);
  EXPECT_EQ(status(), "enabled");
}

TEST_F(WebhookTest, EndsAtItsExpirationAndAStartWithoutOneRemovesIt) {
  start_live();
  ASSERT_EQ(begin(receiver.address(), "2026-03-04T05:36:07Z").status, 200);
  EXPECT_EQ(status(), "enabled");
  clock.advance(std::chrono::minutes{31});
  EXPECT_EQ(status(), "expired");
  ASSERT_EQ(call("POST", feed("subscriptions/start?contentType=Audit.Exchange"), bearer).status,
            200);
  EXPECT_EQ(status(), "none");
}

TEST_F(WebhookTest, TheOtherCloudKnowsNobody) {
  start();
  const auto status = boost::json::parse(get("/lab/status").body).as_object();
  const std::string other(status.at("other_cloud").as_string());
  ClientRequest request;
  request.method = "POST";
  request.url = other + "/" + lab_tenant_id(1) + "/oauth2/v2.0/token";
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.body = form();
  EXPECT_EQ(number_of(fetch(request).value()), 900432);
  ClientRequest discovery;
  discovery.url = other + "/contoso1.onmicrosoft.com/v2.0/.well-known/openid-configuration";
  EXPECT_EQ(number_of(fetch(discovery).value()), 90002);
}

}  // namespace

}  // namespace cistern::lab
