// Bytes of a segment, as a damaged disk or a hostile hand may leave them. The first byte chooses:
// the bytes as they are, or the bytes as JSON inside a sealed frame, so that the fuzzer gets past
// the sum that protects it.
#include "codec/compress.hpp"
#include "journal/segment/envelope.hpp"
#include "journal/segment/segment_scan.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace cistern;

constexpr std::uint64_t kMostLines = 1U << 20;

void require(bool holds) {
  if (!holds) std::abort();
}

/// Groups and damaged ranges follow each other without overlap up to the end that is reported.
void scan(std::string_view segment) {
  const auto header = journal::read_header(segment);
  const std::uint64_t from = header ? header->size : journal::groups_behind_damaged_header(segment);
  require(from <= segment.size());
  std::uint64_t at = from;
  const journal::ScanVisitor visitor{
      .group =
          [&](journal::ScannedGroup& group) {
            require(group.offset == at && group.size > group.data.size());
            at += group.size;
            const auto lines = codec::zstd_decompress(group.data, kMostLines);
            if (lines) journal::make_group(group.control.first, group.control.last, *lines);
            return true;
          },
      .damaged =
          [&](const journal::DamagedRange& range) {
            require(range.offset == at && range.size > 0);
            at += range.size;
          }};
  const auto end = journal::scan_groups(segment, from, journal::CheckData::no, visitor);
  require(end.valid == at && end.valid <= end.size && end.size == segment.size());
}

/// What can be decoded can be written and decoded again.
void decode(std::string_view json) {
  if (const auto header = journal::decode_header(json)) {
    require(journal::decode_header(journal::encode_header(*header)).has_value());
  }
  if (const auto control = journal::decode_control(json)) {
    require(journal::decode_control(journal::encode_control(*control)).has_value());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
  switch (data[0] % 4) {
    case 0:
      scan(bytes);
      break;
    case 1:
      decode(bytes);
      break;
    case 2: {
      std::string sealed;
      journal::append_sealed_frame(sealed, journal::kControlMagic, bytes);
      scan(sealed);
      sealed.insert(0, "damaged bytes before it");
      scan(sealed);
      break;
    }
    default:
      if (const auto envelope = journal::parse_envelope(bytes)) {
        require(envelope->id.size() == 32 && envelope->raw.size() < bytes.size());
      }
      journal::make_group(1, 3, std::string{bytes});
  }
  return 0;
}
