// Answers in the vendor's envelope, which all of its services share.
#pragma once

#include "lab/harness/http.hpp"

#include <string>
#include <string_view>

namespace cistern::lab {

/// `{"meta":{..},"errors":[{"code":403,"message":".."}]}` with the trace id in body and header.
/// `resources` is left out, as the vendor does when it did not get as far.
Response falcon_error(int status, std::string_view message);
/// The same text with another status, as the vendor's 200 with errors.
Response falcon_error_as(int http_status, int status, std::string_view message);
/// `resources` is a JSON array.
Response falcon_answer(int status, std::string_view resources);
/// Header only, for answers without the envelope (tokens).
void add_trace(Response& response, std::string_view trace_id);
std::string new_trace_id();
/// What stands for a status in planted faults.
std::string_view falcon_message(int status, std::string_view operation);

}  // namespace cistern::lab
