#include "lab/cisco_secure_endpoint/endpoint_answers.hpp"

#include "codec/json.hpp"

namespace cistern::lab {

namespace {

constexpr std::string_view kVersion = "v1.2.0";

}  // namespace

Response endpoint_answer(int status, std::string_view metadata, std::string_view data, bool gzip) {
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_object().key("version").string(kVersion).key("metadata").raw(metadata);
  writer.key("data").raw(data).end_object();
  auto response = text_response(status, gzip ? gzip_fast(body) : std::move(body));
  response.gzipped = gzip;
  response.headers.push_back({"Server", "nginx"});
  return response;
}

Response endpoint_error(int status, std::string_view detail) {
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_object().key("version").string(kVersion).key("data").begin_object().end_object();
  writer.key("errors").begin_array().begin_object();
  writer.key("error_code").number(std::int64_t{status});
  writer.key("description").string(reason_phrase(status)).key("details").begin_array();
  writer.string(detail).end_array().end_object().end_array().end_object();
  auto response = text_response(status, std::move(body));
  response.headers.push_back({"Server", "nginx"});
  return response;
}

std::string endpoint_self(const Request& request) {
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().key("links").begin_object().key("self");
  writer.string(request.base_url + request.target).end_object().end_object();
  return out;
}

}  // namespace cistern::lab
