// What an S3 or SQS server answers, from arbitrary bytes: listings, refusals, messages. Nothing
// outgrows its bounds, a cut page is never taken for a whole one, and every refusal has a remedy.
#include "codec/aws/aws_error.hpp"
#include "codec/aws/endpoint.hpp"
#include "codec/aws/error_table.hpp"
#include "codec/aws/s3_listing.hpp"
#include "codec/aws/sqs.hpp"
#include "codec/aws/uri.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

namespace aws = cistern::codec::aws;

void require(bool condition) {
  if (!condition) std::abort();
}

void read_listing(std::string_view body) {
  const auto listing = aws::read_listing(body);
  if (!listing) {
    require(listing.error().code == "aws/listing" && !listing.error().cause.empty());
    return;
  }
  require(listing->objects.size() + listing->prefixes.size() <= aws::kMaxListedKeys);
  for (const aws::ListedObject& object : listing->objects) {
    require(!object.key.empty() && object.key.size() <= aws::kMaxKeyBytes);
    require(aws::percent_decode(aws::encode_key(object.key)) == object.key);
  }
  // White space may follow the page; without the last angle bracket it is another matter.
  const std::string_view cut = body.substr(0, body.rfind('>'));
  require(!aws::read_listing(cut).has_value());
}

void read_error(std::string_view body, int status) {
  cistern::HttpResponse response;
  response.status = status;
  response.body = std::string{body};
  const aws::AwsError error = aws::read_error(response);
  require(error.status == status && error.code.size() <= 80 && error.message.size() <= 512);
  require(error.region.empty() || aws::is_region(error.region));
  for (const char c : error.message + error.string_to_sign + error.canonical_request)
    require(static_cast<unsigned char>(c) >= 0x20);
  for (const auto operation : {aws::Operation::list, aws::Operation::get, aws::Operation::queue}) {
    const aws::ErrorRow& row = aws::row_of(operation, error);
    require(row.remedy != aws::Remedy::adopt_region || !error.region.empty());
    require(row.remedy != aws::Remedy::object_gone || error.from_aws);
    require(!aws::to_failure(row, error).next_step.empty());
  }
}

void read_queue(std::string_view body) {
  if (const auto read = aws::read_messages(body)) {
    require(read->messages.size() + read->damaged <= aws::kMaxMessages);
    for (const aws::ReceivedMessage& message : read->messages)
      require(!message.receipt.empty() && !message.body.empty());
  }
  if (const auto failures = aws::read_batch(body, 3)) {
    require(failures->size() <= 3);
    for (const aws::BatchFailure& failure : *failures)
      require(failure.index < 3);
  }
  (void)aws::read_attributes(body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  read_listing(bytes);
  read_error(bytes, size % 2 == 0 ? 403 : 404);
  read_queue(bytes);
  return 0;
}
