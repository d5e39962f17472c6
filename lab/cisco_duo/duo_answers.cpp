#include "lab/cisco_duo/duo_answers.hpp"

#include "codec/json.hpp"

namespace cistern::lab {

namespace {

std::string_view message_of(unsigned code) {
  switch (code) {
    case 40001:
      return "Missing required request parameters";
    case 40002:
      return "Invalid request parameters";
    case 40101:
      return "Missing request credentials";
    case 40102:
      return "Invalid integration key in request credentials";
    case 40103:
      return "Invalid signature in request credentials";
    case 40104:
      return "Missing request timestamp";
    case 40105:
      return "Bad request timestamp";
    case 40301:
      return "Access forbidden";
    case 40401:
      return "Resource not found";
    case 40501:
      return "Method not allowed";
    case 42901:
      return "Too Many Requests";
    default:
      return "Unknown internal server error";
  }
}

Response json_response(int status, std::string body) {
  auto response = text_response(status, std::move(body), "application/json");
  response.headers.push_back({"Server", "Duo/1.0"});
  return response;
}

}  // namespace

Response duo_error_as(int status, unsigned code, std::string_view detail) {
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_object().key("code").number(std::uint64_t{code});
  writer.key("message").string(message_of(code));
  if (!detail.empty()) writer.key("message_detail").string(detail);
  writer.key("stat").string("FAIL").end_object();
  return json_response(status, std::move(body));
}

Response duo_error(unsigned code, std::string_view detail) {
  return duo_error_as(static_cast<int>(code / 100), code, detail);
}

Response duo_answer(std::string_view response, bool gzip) {
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_object().key("response").raw(response).key("stat").string("OK").end_object();
  auto answer = json_response(200, gzip ? gzip_fast(body) : std::move(body));
  answer.gzipped = gzip;
  return answer;
}

}  // namespace cistern::lab
