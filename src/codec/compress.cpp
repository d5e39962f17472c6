#include "codec/compress.hpp"

#include "base/thread_memory.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include <libdeflate.h>
#include <zstd.h>
#include <zstd_errors.h>

namespace cistern::codec {
namespace {

// Deflate cannot expand further than this, so a larger promise is a lie.
constexpr std::uint64_t kMostDeflateRatio = 1032;
constexpr std::uint64_t kLeastCapacity = 4096;

// A first buffer for zstd, whose ratio has no useful bound: beyond this the frame's own claim is
// believed only as far as output really arrives.
constexpr std::uint64_t kCredibleZstdRatio = 64;

Failure too_large(std::uint64_t max_size) {
  return {
      .verdict = Verdict::set_aside,
      .code = "codec/too-large",
      .cause = "decompressed data would exceed the limit of " + std::to_string(max_size) + " bytes",
      .consequence = "it was not decompressed further",
      .next_step = "raise the size limit if data this large is expected from this source"};
}

Failure damaged(std::string cause) {
  return {.verdict = Verdict::set_aside,
          .code = "codec/damaged",
          .cause = std::move(cause),
          .consequence = "nothing of it was used",
          .next_step = "obtain the data again from where it came"};
}

/// Output that grows by doubling up to a bound. Each time a piece does not fit it is decompressed
/// again from its start, so all repetitions together cost no more than the last attempt.
class Output {
 public:
  Output(std::uint64_t first_capacity, std::uint64_t max_size)
      : max_size_(
            std::min<std::uint64_t>(max_size, std::numeric_limits<std::ptrdiff_t>::max() / 2)) {
    resize(std::max(first_capacity, kLeastCapacity));
  }

  [[nodiscard]] char* free_begin() { return text_.data() + used_; }
  [[nodiscard]] std::size_t free_size() const { return text_.size() - used_; }
  void take(std::size_t size) { used_ += size; }

  /// Makes room; false when the bound is reached already.
  [[nodiscard]] bool grow() {
    if (text_.size() >= max_size_) return false;
    resize(text_.size() * 2);
    return true;
  }

  [[nodiscard]] std::string finish() && {
    text_.resize(used_);
    return std::move(text_);
  }

 private:
  void resize(std::uint64_t size) {
    text_.resize(static_cast<std::size_t>(std::min(size, max_size_)));
  }

  std::uint64_t max_size_;
  std::string text_;
  std::size_t used_ = 0;
};

struct FreeDecompressor {
  void operator()(libdeflate_decompressor* it) const { libdeflate_free_decompressor(it); }
};
using Decompressor = std::unique_ptr<libdeflate_decompressor, FreeDecompressor>;

Decompressor make_decompressor() {
  Decompressor made{libdeflate_alloc_decompressor()};
  if (made == nullptr) throw std::bad_alloc();
  return made;
}

using Decompress = decltype(&libdeflate_gzip_decompress_ex);

struct Piece {
  libdeflate_result result = LIBDEFLATE_BAD_DATA;
  std::size_t consumed = 0;
};

/// Decompresses the piece at the start of `in` behind what `out` holds, growing it as needed.
Piece decompress_piece(Decompress decompress, libdeflate_decompressor* decompressor,
                       std::string_view in, Output& out) {
  while (true) {
    Piece piece;
    std::size_t produced = 0;
    piece.result = decompress(decompressor, in.data(), in.size(), out.free_begin(), out.free_size(),
                              &piece.consumed, &produced);
    if (piece.result == LIBDEFLATE_SUCCESS) out.take(produced);
    if (piece.result != LIBDEFLATE_INSUFFICIENT_SPACE || !out.grow()) return piece;
  }
}

std::uint64_t little_endian_32(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 4; i-- > 0;)
    value = value << 8U | static_cast<unsigned char>(bytes[i]);
  return value;
}

/// What the last member's trailer claims as size, as far as it is possible at all.
std::uint64_t gzip_size_hint(std::string_view bytes) {
  if (bytes.size() < 4) return 0;
  return std::min<std::uint64_t>(little_endian_32(bytes.substr(bytes.size() - 4)),
                                 bytes.size() * kMostDeflateRatio);
}

bool is_padding(std::string_view bytes) {
  return bytes.find_first_not_of('\0') == std::string_view::npos;
}

std::string gzip_damage(std::string_view whole, std::string_view rest) {
  const std::string place = std::to_string(whole.size() - rest.size());
  if (!rest.starts_with("\x1f\x8b"))
    return "no gzip data at byte " + place + " of " + std::to_string(whole.size());
  return "the gzip member at byte " + place + " of " + std::to_string(whole.size()) +
         " is cut or damaged";
}

bool looks_like_zlib(std::string_view bytes) {
  if (bytes.size() < 2) return false;
  const auto method = static_cast<unsigned char>(bytes[0]);
  const auto flags = static_cast<unsigned char>(bytes[1]);
  return (method & 0x0fU) == 8 && (method * 256U + flags) % 31 == 0;
}

struct FreeCompressor {
  void operator()(libdeflate_compressor* it) const { libdeflate_free_compressor(it); }
};

struct FreeZstd {
  void operator()(ZSTD_CCtx* it) const { ZSTD_freeCCtx(it); }
  void operator()(ZSTD_DCtx* it) const { ZSTD_freeDCtx(it); }
};

/// Contexts are about a megabyte and are used for every frame of the journal; making one each time
/// costs page faults worth several percent of the compression itself. They carry no data from one
/// frame to the next.
ZSTD_CCtx* compression_context() {
  thread_local ThreadKept<std::unique_ptr<ZSTD_CCtx, FreeZstd>> kept;
  ZSTD_CCtx* const context =
      kept.get([] { return std::unique_ptr<ZSTD_CCtx, FreeZstd>{ZSTD_createCCtx()}; }).get();
  if (context == nullptr) throw std::bad_alloc();
  return context;
}

ZSTD_DCtx* decompression_context() {
  thread_local ThreadKept<std::unique_ptr<ZSTD_DCtx, FreeZstd>> kept;
  ZSTD_DCtx* const context =
      kept.get([] { return std::unique_ptr<ZSTD_DCtx, FreeZstd>{ZSTD_createDCtx()}; }).get();
  if (context == nullptr) throw std::bad_alloc();
  return context;
}

std::uint64_t zstd_size_hint(std::string_view bytes) {
  const unsigned long long claimed = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  const std::uint64_t credible = bytes.size() * kCredibleZstdRatio;
  if (claimed == ZSTD_CONTENTSIZE_ERROR || claimed == ZSTD_CONTENTSIZE_UNKNOWN)
    return bytes.size() * 4;
  return std::min<std::uint64_t>(claimed, credible);
}

}  // namespace

Result<std::string> gunzip(std::string_view bytes, std::uint64_t max_size) {
  const Decompressor decompressor = make_decompressor();
  Output out{gzip_size_hint(bytes), max_size};
  std::string_view rest = bytes;
  do {
    const Piece piece =
        decompress_piece(libdeflate_gzip_decompress_ex, decompressor.get(), rest, out);
    if (piece.result == LIBDEFLATE_INSUFFICIENT_SPACE) return fail(too_large(max_size));
    if (piece.result != LIBDEFLATE_SUCCESS) return fail(damaged(gzip_damage(bytes, rest)));
    rest.remove_prefix(piece.consumed);
    // Writers that fill whole blocks pad with zeros; gzip itself passes over them as well.
  } while (!is_padding(rest));
  return std::move(out).finish();
}

Result<std::string> inflate_deflate(std::string_view bytes, std::uint64_t max_size) {
  const Decompressor decompressor = make_decompressor();
  // RFC 9110 means the zlib format by "deflate", yet servers send raw deflate under that name.
  std::vector<Decompress> ways;
  if (looks_like_zlib(bytes)) ways.push_back(libdeflate_zlib_decompress_ex);
  ways.push_back(libdeflate_deflate_decompress_ex);
  for (const Decompress way : ways) {
    Output out{bytes.size() * 4, max_size};
    const Piece piece = decompress_piece(way, decompressor.get(), bytes, out);
    if (piece.result == LIBDEFLATE_INSUFFICIENT_SPACE) return fail(too_large(max_size));
    if (piece.result == LIBDEFLATE_SUCCESS && piece.consumed == bytes.size())
      return std::move(out).finish();
  }
  return fail(
      damaged("the deflate data of " + std::to_string(bytes.size()) + " bytes is cut or damaged"));
}

std::string gzip(std::string_view bytes, int level) {
  const std::unique_ptr<libdeflate_compressor, FreeCompressor> compressor{
      libdeflate_alloc_compressor(std::clamp(level, 0, 12))};
  if (compressor == nullptr) throw std::bad_alloc();
  std::string out(libdeflate_gzip_compress_bound(compressor.get(), bytes.size()), '\0');
  out.resize(libdeflate_gzip_compress(compressor.get(), bytes.data(), bytes.size(), out.data(),
                                      out.size()));
  return out;
}

void zstd_compress(std::string_view bytes, int level, std::string& out) {
  ZSTD_CCtx* const context = compression_context();
  ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters);
  ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 1);
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  const std::size_t before = out.size();
  out.resize(before + ZSTD_compressBound(bytes.size()));
  const std::size_t written =
      ZSTD_compress2(context, out.data() + before, out.size() - before, bytes.data(), bytes.size());
  // With room for the bound, only memory can be lacking.
  if (ZSTD_isError(written) != 0) throw std::bad_alloc();
  out.resize(before + written);
}

Result<std::string> zstd_decompress(std::string_view bytes, std::uint64_t max_size) {
  ZSTD_DCtx* const context = decompression_context();
  Output out{zstd_size_hint(bytes), max_size};
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const std::string place = "the zstd frame at byte " +
                              std::to_string(bytes.size() - rest.size()) + " of " +
                              std::to_string(bytes.size());
    const std::size_t frame = ZSTD_findFrameCompressedSize(rest.data(), rest.size());
    if (ZSTD_isError(frame) != 0)
      return fail(damaged(place + " is cut or damaged: " + ZSTD_getErrorName(frame)));
    while (true) {
      const std::size_t got =
          ZSTD_decompressDCtx(context, out.free_begin(), out.free_size(), rest.data(), frame);
      if (ZSTD_isError(got) == 0) {
        out.take(got);
        break;
      }
      if (ZSTD_getErrorCode(got) != ZSTD_error_dstSize_tooSmall) {
        return fail(damaged(place + " is damaged: " + ZSTD_getErrorName(got)));
      }
      if (!out.grow()) return fail(too_large(max_size));
    }
    rest.remove_prefix(frame);
  }
  return std::move(out).finish();
}

}  // namespace cistern::codec
