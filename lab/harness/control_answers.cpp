#include "lab/harness/control_answers.hpp"

#include "codec/json.hpp"

namespace cistern::lab {

Response outcome_response(const Status& status) {
  if (status) return text_response(200, "{}");
  std::string body;
  codec::JsonWriter(body)
      .begin_object()
      .key("error")
      .string(status.error().sentence())
      .end_object();
  return text_response(400, std::move(body));
}

}  // namespace cistern::lab
