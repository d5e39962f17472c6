#include "destinations/file/file_content.hpp"

#include "codec/compress.hpp"

#include <string>

namespace cistern::destinations {
namespace {

constexpr std::uint64_t kLargestContent = 256ULL << 20;

bool one_begins_the_other(std::string_view a, std::string_view b) {
  return a.size() < b.size() ? b.starts_with(a) : a.starts_with(b);
}

}  // namespace

bool is_own_start(Compression compression, std::string_view content, std::string_view batch) {
  if (content.empty() || content.size() > kLargestStart) return false;
  if (compression == Compression::none) return one_begins_the_other(content, batch);
  const auto plain = compression == Compression::gzip
                         ? codec::gunzip(content, kLargestContent)
                         : codec::zstd_decompress(content, kLargestContent);
  return plain && !plain->empty() && one_begins_the_other(*plain, batch);
}

}  // namespace cistern::destinations
