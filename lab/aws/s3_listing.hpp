// ListObjectsV2: a page of a bucket.
#pragma once

#include "lab/aws/s3_server.hpp"

namespace cistern::lab {

Response s3_list(const Request& request, const S3BucketRules& bucket, const S3Settings& settings);

}  // namespace cistern::lab
