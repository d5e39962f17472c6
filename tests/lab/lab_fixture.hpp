// A lab on a clock that the test pushes, and the few requests every test makes.
#pragma once

#include "base/bytes.hpp"
#include "lab/harness/client.hpp"
#include "lab/lab.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace cistern::lab {

inline TimePoint test_start() {
  return *parse_time("2026-03-04T05:06:07Z");
}

class LabTest : public testing::Test {
 protected:
  static LabOptions calm() {
    LabOptions options;
    options.faults = "calm";
    options.history = std::chrono::hours{24};
    options.history_per_hour = 60;
    options.live_per_second = 0;
    options.requests_per_minute = 0;
    return options;
  }

  void start(LabOptions options = calm()) {
    auto lab = start_lab(std::move(options), clock);
    ASSERT_TRUE(lab) << lab.error().sentence();
    lab_ = std::move(*lab);
  }

  ClientReply send(ClientRequest request) const {
    request.url = lab_->url() + request.url;
    auto reply = fetch(request);
    if (!reply) return {};
    return std::move(*reply);
  }

  ClientReply get(std::string target, std::vector<Header> headers = {}) const {
    ClientRequest request;
    request.url = std::move(target);
    request.headers = std::move(headers);
    return send(std::move(request));
  }

  ClientReply post(std::string target, std::string body, std::vector<Header> headers = {}) const {
    ClientRequest request;
    request.method = "POST";
    request.url = std::move(target);
    request.body = std::move(body);
    request.headers = std::move(headers);
    return send(std::move(request));
  }

  ClientReply token_reply(const std::string& form, const std::string& path = "/oauth2/v2.0/token",
                          const std::string& tenant = lab_tenant_id(1)) const {
    return post("/" + tenant + path, form, {{"Content-Type", "application/x-www-form-urlencoded"}});
  }

  static std::string form(std::string_view secret = kLabClientSecret,
                          std::string_view client = kLabClientId) {
    return "grant_type=client_credentials&client_id=" + std::string(client) +
           "&client_secret=" + percent_encode(secret) +
           "&scope=https%3A%2F%2Fmanage.office.com%2F.default";
  }

  std::string token(const std::string& tenant = lab_tenant_id(1),
                    std::string_view client = kLabClientId) const {
    const auto reply = token_reply(form(kLabClientSecret, client), "/oauth2/v2.0/token", tenant);
    EXPECT_EQ(reply.status, 200) << reply.body;
    return std::string(boost::json::parse(reply.body).as_object().at("access_token").as_string());
  }

  static std::string feed(const std::string& operation,
                          const std::string& tenant = lab_tenant_id(1)) {
    return "/api/v1.0/" + tenant + "/activity/feed/" + operation +
           (operation.find('?') == std::string::npos ? "?" : "&") +
           "PublisherIdentifier=" + lab_tenant_id(1);
  }

  ClientReply call(const std::string& method, const std::string& target,
                   const std::string& bearer) const {
    ClientRequest request;
    request.method = method;
    request.url = target;
    request.headers = {{"Authorization", "Bearer " + bearer}};
    return send(std::move(request));
  }

  void subscribe(const std::string& type, const std::string& bearer) const {
    const auto reply = call("POST", feed("subscriptions/start?contentType=" + type), bearer);
    ASSERT_EQ(reply.status, 200) << reply.body;
  }

  /// A listing's target for the hours before now.
  std::string listing(const std::string& type, int from_hours_ago, int to_hours_ago) const {
    const auto at = [&](int hours) {
      return format_time_seconds(clock.now() - std::chrono::hours{hours});
    };
    return feed("subscriptions/content?contentType=" + type + "&startTime=" + at(from_hours_ago) +
                "&endTime=" + at(to_hours_ago));
  }

  static std::string code_of(const ClientReply& reply) {
    boost::json::error_code error;
    const auto body = boost::json::parse(reply.body, error);
    if (error || !body.is_object()) return "not JSON: " + reply.body;
    const auto* const inner = body.as_object().if_contains("error");
    if (inner == nullptr || !inner->is_object()) return "no error object: " + reply.body;
    return std::string(inner->as_object().at("code").as_string());
  }

  static std::int64_t number_of(const ClientReply& reply) {
    boost::json::error_code error;
    const auto body = boost::json::parse(reply.body, error);
    if (error || !body.is_object() || !body.as_object().contains("error_codes")) return -1;
    return body.as_object().at("error_codes").as_array().at(0).as_int64();
  }

  static std::string path_of(std::string_view url) {
    const auto host = url.find("//");
    return std::string(url.substr(url.find('/', host + 2)));
  }

  ManualClock clock{test_start()};
  std::unique_ptr<Lab> lab_;
};

}  // namespace cistern::lab
