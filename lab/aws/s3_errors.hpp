// S3's refusals: status, code, and the XML body with what belongs to the code.
#pragma once

#include "lab/aws/signature.hpp"
#include "lab/harness/http.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cistern::lab {

/// Further elements of the body, in order.
using ErrorDetails = std::vector<std::pair<std::string, std::string>>;

/// The status that belongs to a code; 400 for one that is not known.
int s3_status_of(std::string_view code);

/// `status` 0: that of the code. An answer to HEAD has no body.
Response s3_error(const Request& request, std::string_view code, const ErrorDetails& details = {},
                  int status = 0);

/// What S3 says of a signature that is not right. `now` is the server's time.
Response s3_signature_error(const Request& request, const SignatureCheck& check, TimePoint now);

/// The headers that every answer of S3 carries.
void add_s3_headers(const Request& request, Response& response);

}  // namespace cistern::lab
