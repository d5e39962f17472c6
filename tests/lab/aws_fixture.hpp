// The requests that tests of the lab's buckets and queue make, signed.
#pragma once

#include "lab/aws/signature.hpp"
#include "lab/entra/crypto.hpp"
#include "tests/lab/lab_fixture.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace cistern::lab {

struct AwsKey {
  std::string id{kLabUmbrellaKeyId};
  std::string secret{kLabUmbrellaSecret};
  std::string region = "eu-west-1";
  std::string token{};
};

class AwsTest : public LabTest {
 protected:
  using Key = AwsKey;

  static LabOptions export_options() {
    auto options = calm();
    options.history_per_hour = 0;
    options.umbrella.history = std::chrono::hours{3};
    options.umbrella.rows_per_hour = 600;
    options.umbrella.live_per_second = 20;
    return options;
  }

  static std::string below(const std::string& name) {
    return std::string(kLabUmbrellaFolder) + "/" + name;
  }

  ClientReply sign_and_send(ClientRequest request, const Key& key, const std::string& service,
                            TimePoint at) const {
    const auto authority = lab_->url().substr(7);
    auto host = authority;
    for (const auto& header : request.headers) {
      if (header.name == "Host") host = header.value;
    }
    if (service == "s3")
      request.headers.push_back({"x-amz-content-sha256", hex_encode(sha256(request.body))});
    request.headers.push_back({"x-amz-date", amz_time(at)});
    if (!key.token.empty()) request.headers.push_back({"x-amz-security-token", key.token});
    Request shape;
    shape.method = request.method;
    shape.body = request.body;
    shape.headers = request.headers;
    if (host == authority) shape.headers.push_back({"Host", host});
    const auto question = request.url.find('?');
    shape.path = *percent_decode(request.url.substr(0, question), false);
    if (question != std::string::npos)
      shape.query = *parse_parameters(request.url.substr(question + 1));
    SignatureClaim claim{key.id, amz_time(at).substr(0, 8), key.region, service, {}, {}};
    for (const auto& header : shape.headers) {
      std::string name = header.name;
      std::transform(name.begin(), name.end(), name.begin(),
                     [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
      claim.signed_headers.push_back(name);
    }
    std::sort(claim.signed_headers.begin(), claim.signed_headers.end());
    const auto text = signed_text(shape, claim, amz_time(at), hex_encode(sha256(request.body)));
    std::string names;
    for (const auto& name : claim.signed_headers)
      names += (names.empty() ? "" : ";") + name;
    request.headers.push_back(
        {"Authorization",
         "AWS4-HMAC-SHA256 Credential=" + key.id + "/" + claim.date + "/" + key.region + "/" +
             service + "/aws4_request, SignedHeaders=" + names +
             ", Signature=" + signature_of(key.secret, claim, text.string_to_sign)});
    return send(std::move(request));
  }

  ClientReply s3(const std::string& target, const Key& key = {}, std::vector<Header> headers = {},
                 const std::string& method = "GET") const {
    ClientRequest request;
    request.method = method;
    request.url = target;
    request.headers = std::move(headers);
    return sign_and_send(std::move(request), key, "s3", clock.now());
  }

  ClientReply list(const std::string& query, const std::string& bucket = "cisco-managed-eu-west-1",
                   const Key& key = {}) const {
    return s3("/" + bucket + "?list-type=2&" + query, key);
  }

  ClientReply sqs(const std::string& action, const std::string& members,
                  const Key& key = {}) const {
    ClientRequest request;
    request.method = "POST";
    request.url = "/";
    request.headers = {{"X-Amz-Target", "AmazonSQS." + action},
                       {"Content-Type", "application/x-amz-json-1.0"}};
    request.body = R"({"QueueUrl":")" + lab_->url() + std::string(kLabUmbrellaQueue) + "\"" +
                   (members.empty() ? "" : "," + members) + "}";
    return sign_and_send(std::move(request), key, "sqs", clock.now());
  }

  ClientReply set(const std::string& json) const { return post("/lab/umbrella", json); }

  /// The texts of all elements of that name.
  static std::vector<std::string> elements(const std::string& xml, const std::string& name) {
    std::vector<std::string> out;
    const auto open = "<" + name + ">";
    for (auto at = xml.find(open); at != std::string::npos; at = xml.find(open, at + 1)) {
      const auto begin = at + open.size();
      out.push_back(xml.substr(begin, xml.find("</" + name + ">", begin) - begin));
    }
    return out;
  }

  static std::string element(const std::string& xml, const std::string& name) {
    const auto all = elements(xml, name);
    return all.empty() ? std::string{} : all.front();
  }

  static std::string code(const ClientReply& reply) {
    return std::to_string(reply.status) + " " + element(reply.body, "Code");
  }

  std::vector<std::string> keys_of(const std::string& folder) const {
    return elements(list("prefix=" + below(folder) + "/").body, "Key");
  }
};

}  // namespace cistern::lab
