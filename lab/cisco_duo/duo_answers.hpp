// Duo's words: an error's number is its HTTP status times 100 and a little.
#pragma once

#include "lab/harness/http.hpp"

#include <string>
#include <string_view>

namespace cistern::lab {

/// `{"stat":"FAIL","code":40002,"message":"...","message_detail":"..."}` with the status that the
/// code begins with.
Response duo_error(unsigned code, std::string_view detail = {});
/// The same under another status: a 200 that is none.
Response duo_error_as(int status, unsigned code, std::string_view detail = {});
/// `{"stat":"OK","response":...}`
Response duo_answer(std::string_view response, bool gzip);

}  // namespace cistern::lab
