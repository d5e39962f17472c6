#include "lab/microsoft_365/activity_errors.hpp"

#include "codec/json.hpp"

namespace cistern::lab {

Response activity_error(int status, std::string_view code, std::string_view message) {
  std::string body;
  codec::JsonWriter(body)
      .begin_object()
      .key("error")
      .begin_object()
      .key("code")
      .string(code)
      .key("message")
      .string(message)
      .end_object()
      .end_object();
  return text_response(status, std::move(body));
}

Response unauthorized() {
  auto response =
      text_response(401, R"({"Message":"Authorization has been denied for this request."})");
  response.headers.push_back({"WWW-Authenticate", "Bearer"});
  return response;
}

namespace {

std::string_view method_name(std::string_view operation) {
  if (operation == "blob") return "GetBlob";
  if (operation == "list") return "GetAvailableContent";
  if (operation == "start") return "StartSubscription";
  if (operation == "list_subscriptions") return "ListSubscriptions";
  return "Other";
}

}  // namespace

std::string fault_message(std::string_view code, std::string_view operation,
                          std::string_view publisher) {
  if (code == "AF429") {
    return "Too many requests. Method=" + std::string(method_name(operation)) + ", PublisherId=" +
           std::string(publisher.empty() ? "00000000-0000-0000-0000-000000000000" : publisher);
  }
  if (code == "AF50000") return "An internal error occurred. Retry the request in an hour.";
  if (code == "AF20023") return "The subscription was disabled.";
  return "The request was refused with " + std::string(code) + ".";
}

}  // namespace cistern::lab
