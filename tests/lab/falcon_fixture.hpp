// The requests that every test of the lab's Falcon makes.
#pragma once

#include "tests/lab/lab_fixture.hpp"

#include <sstream>
#include <string>
#include <vector>

namespace cistern::lab {

struct Resource {
  std::string stream;  ///< Path and query of dataFeedURL.
  std::string refresh;
  std::string token;
  std::int64_t interval = 0;
};

class FalconTest : public LabTest {
 protected:
  static LabOptions quiet() {
    auto options = calm();
    options.history = std::chrono::hours{2};
    options.history_per_hour = 100;
    options.live_per_second = 0;
    return options;
  }

  ClientReply ask_token(const std::string& client = lab_falcon_client_id(1),
                        const std::string& secret = "lab-secret",
                        const std::string& more = "") const {
    return post("/oauth2/token", "client_id=" + client + "&client_secret=" + secret + more,
                {{"Content-Type", "application/x-www-form-urlencoded"}});
  }

  std::string bearer(const std::string& client = lab_falcon_client_id(1)) const {
    const auto reply = ask_token(client);
    EXPECT_EQ(reply.status, 201) << reply.body;
    return std::string(boost::json::parse(reply.body).as_object().at("access_token").as_string());
  }

  ClientReply discovery(const std::string& token,
                        const std::string& query = "appId=cistern01") const {
    return call("GET", "/sensors/entities/datafeed/v2?" + query, token);
  }

  std::vector<Resource> discover(const std::string& token,
                                 const std::string& app_id = "cistern01") const {
    const auto reply = discovery(token, "appId=" + app_id);
    EXPECT_EQ(reply.status, 200) << reply.body;
    std::vector<Resource> out;
    const auto body = boost::json::parse(reply.body);
    for (const auto& entry : body.as_object().at("resources").as_array()) {
      const auto& object = entry.as_object();
      const auto text = [](const boost::json::value& value) {
        return std::string(value.as_string());
      };
      out.push_back({path_of(text(object.at("dataFeedURL"))),
                     path_of(text(object.at("refreshActiveSessionURL"))),
                     text(object.at("sessionToken").as_object().at("token")),
                     object.at("refreshActiveSessionInterval").as_int64()});
    }
    return out;
  }

  /// Reads a stream up to the audit event of its own start, the last of a backlog; otherwise until
  /// it ends or nothing comes for a while.
  ClientReply stream(const Resource& resource, const std::string& more = "",
                     const std::string& word = "Token ") const {
    ClientRequest request;
    request.url = lab_->url() + resource.stream + more;
    request.headers = {{"Authorization", word + resource.token}};
    request.silence = std::chrono::milliseconds{1000};
    const auto app_id = resource.stream.substr(resource.stream.find('=') + 1);
    request.enough = R"("Attributes":{"partition":")" + partition_of(resource) + R"(","offset":")" +
                     offset_in(more) + R"(","appId":")" + app_id + "\"";
    auto reply = fetch(request);
    return reply ? std::move(*reply) : ClientReply{};
  }

  /// Waits until the lab has noticed that every reader has gone; false if one stays.
  bool nobody_reads() const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (get("/lab/falcon").body.find(R"("streams_connected":0)") == std::string::npos) {
      if (std::chrono::steady_clock::now() > deadline) return false;
    }
    return true;
  }

  /// A new session for the partition, read.
  ClientReply read(unsigned partition, const std::string& more = "") const {
    for (const auto& resource : discover(bearer(), fresh_app_id())) {
      if (resource.refresh.find("/v1/" + std::to_string(partition) + "?") != std::string::npos) {
        return stream(resource, more);
      }
    }
    return {};
  }

  static std::string partition_of(const Resource& resource) {
    if (resource.refresh.empty()) return {};
    const auto at = resource.refresh.find("/v1/") + 4;
    return resource.refresh.substr(at, resource.refresh.find('?') - at);
  }

  /// As the audit event words it.
  static std::string offset_in(const std::string& more) {
    const auto at = more.find("&offset=");
    return at == std::string::npos ? "-1" : more.substr(at + 8);
  }

  std::string fresh_app_id() const { return "reader" + std::to_string(++readers_); }

  ClientReply refresh(const Resource& resource, const std::string& token,
                      const std::string& type = "application/json") const {
    return post(resource.refresh, "",
                {{"Authorization", "Bearer " + token}, {"Content-Type", type}});
  }

  ClientReply set(const std::string& json) const { return post("/lab/falcon", json); }

  /// The lines of a body that are not empty.
  static std::vector<std::string> lines_of(const std::string& body) {
    std::vector<std::string> out;
    std::istringstream input(body);
    for (std::string line; std::getline(input, line);) {
      if (!line.empty() && line.back() == '\r') line.pop_back();
      if (!line.empty()) out.push_back(std::move(line));
    }
    return out;
  }

  static std::vector<std::uint64_t> offsets_of(const std::string& body) {
    std::vector<std::uint64_t> out;
    for (const auto& line : lines_of(body)) {
      const auto event = boost::json::parse(line);
      out.push_back(event.at("metadata").at("offset").to_number<std::uint64_t>());
    }
    return out;
  }

  static std::string error_of(const ClientReply& reply) {
    boost::json::error_code error;
    const auto body = boost::json::parse(reply.body, error);
    if (error || !body.is_object() || !body.as_object().contains("errors")) return reply.body;
    const auto& errors = body.as_object().at("errors").as_array();
    return errors.empty() ? "" : std::string(errors.at(0).at("message").as_string());
  }

  mutable unsigned readers_ = 0;
};

}  // namespace cistern::lab
