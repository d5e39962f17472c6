#include "lab/crowdstrike_falcon/falcon_answers.hpp"

#include "base/random.hpp"
#include "codec/json.hpp"

namespace cistern::lab {

namespace {

void write_meta(codec::JsonWriter& writer, std::string_view trace_id) {
  writer.key("meta").begin_object().key("query_time").number(0.0012);
  writer.key("powered_by").string("FalconHose").key("trace_id").string(trace_id).end_object();
}

}  // namespace

std::string new_trace_id() {
  SystemRandom random;
  return random_uuid(random);
}

void add_trace(Response& response, std::string_view trace_id) {
  response.headers.push_back({"X-CS-TRACEID", std::string(trace_id)});
  response.headers.push_back({"Server", "nginx"});
}

Response falcon_error_as(int http_status, int status, std::string_view message) {
  const auto trace_id = new_trace_id();
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_object();
  write_meta(writer, trace_id);
  writer.key("errors").begin_array().begin_object().key("code").number(std::int64_t{status});
  writer.key("message").string(message).end_object().end_array().end_object();
  auto response = text_response(http_status, std::move(body), "application/json");
  add_trace(response, trace_id);
  return response;
}

Response falcon_error(int status, std::string_view message) {
  return falcon_error_as(status, status, message);
}

Response falcon_answer(int status, std::string_view resources) {
  const auto trace_id = new_trace_id();
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_object();
  write_meta(writer, trace_id);
  if (!resources.empty()) writer.key("errors").begin_array().end_array();
  if (!resources.empty()) writer.key("resources").raw(resources);
  writer.end_object();
  auto response = text_response(status, std::move(body), "application/json");
  add_trace(response, trace_id);
  return response;
}

std::string_view falcon_message(int status, std::string_view operation) {
  switch (status) {
    case 400:
      return "invalid request";
    case 401:
      return "access denied, invalid bearer token";
    case 403:
      return operation == "token" ? "access denied, authorization failed"
                                  : "access denied, scope not permitted";
    case 404:
      return operation == "refresh" ? "active stream session not found" : "not found";
    case 410:
      return "the offset is no longer retained";
    case 429:
      return "API rate limit exceeded.";
    default:
      return "Internal Server Error: Please provide trace-id to support";
  }
}

}  // namespace cistern::lab
