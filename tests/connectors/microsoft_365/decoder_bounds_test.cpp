// Bodies that would take many times their size in memory.
#include "connectors/microsoft_365/blob_decoder.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace cistern::connectors::microsoft_365 {
namespace {

BlobContext context() {
  return {.stream = "audit.general",
          .tenant = "11111111-2222-3333-4444-555555500001",
          .content_id = "blob",
          .created_text = "2026-03-10T12:00:00Z"};
}

/// `[1,1,...]` of about that many bytes.
std::string tiny_elements(std::size_t bytes) {
  std::string body = "[";
  while (body.size() < bytes)
    body += "1,";
  body.back() = ']';
  return body;
}

TEST(DecoderBounds, MillionsOfTinyElementsBecomeFewRecordsAndNoByteIsLost) {
  // Below and above the size up to which a body is parsed whole.
  for (const std::size_t size : {4U << 20, 40U << 20}) {
    const std::string body = tiny_elements(size);
    const auto batch = decode_blob(body, context());
    ASSERT_TRUE(batch);
    EXPECT_LE(batch->records.size(), 70'000 + size / 128);
    const std::uint64_t memory =
        batch->storage.capacity() + batch->records.capacity() * sizeof(Record);
    EXPECT_LE(memory, 4 * size + (32U << 20));
    std::size_t ones = 0;
    for (const Record& record : batch->records) {
      EXPECT_LE(record.raw.size(), kMaxPiece);
      ones += static_cast<std::size_t>(std::count(record.raw.begin(), record.raw.end(), '1'));
    }
    EXPECT_EQ(ones, static_cast<std::size_t>(std::count(body.begin(), body.end(), '1')));
    EXPECT_FALSE(batch->records.back().problem.empty());
  }
}

TEST(DecoderBounds, ALargeBodyOfOrdinaryRecordsIsSplitAsASmallOneIs) {
  const std::string filler(900, 'x');
  std::string body = "[";
  std::size_t count = 0;
  while (body.size() < (20U << 20)) {
    body += count == 0 ? "" : ",\n ";
    body += R"({"Id":")" + std::to_string(count) + R"(","CreationTime":"2026-03-10T12:00:00",)" +
            R"("Text":")" + filler + "\"}";
    ++count;
  }
  body += "]";
  const auto batch = decode_blob(body, context());
  ASSERT_TRUE(batch);
  ASSERT_EQ(batch->records.size(), count);
  for (const Record& record : batch->records) {
    ASSERT_TRUE(record.problem.empty());
    ASSERT_EQ(record.form, RawForm::json);
  }
}

}  // namespace
}  // namespace cistern::connectors::microsoft_365
