#include "lab/truth/lines.hpp"

#include "lab/harness/client.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#include <zlib.h>
#include <zstd.h>

namespace cistern::lab {

namespace {

constexpr std::size_t kLongestLine = 256ULL << 20;
constexpr std::size_t kSpace = 1 << 18;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
struct CloseGzip {
  void operator()(gzFile file) const { gzclose(file); }
};
struct FreeStream {
  void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
};
using OpenFile = std::unique_ptr<std::FILE, CloseFile>;

tl::unexpected<Failure> unreadable(const std::string& path, const std::string& why) {
  return fail_stop("lab/unreadable", "cannot read " + path + ": " + why,
                   "check the path and that the file is whole");
}

Status read_plain(std::FILE* file, const std::string& path, LineCutter& lines) {
  std::string space(kSpace, '\0');
  while (true) {
    const auto size = std::fread(space.data(), 1, space.size(), file);
    if (size > 0) lines.put({space.data(), size});
    if (std::ferror(file) != 0) return unreadable(path, std::strerror(errno));
    if (size == 0) return {};
  }
}

Status read_gzip(const std::string& path, LineCutter& lines) {
  const std::unique_ptr<gzFile_s, CloseGzip> file{gzopen(path.c_str(), "rb")};
  if (!file) return unreadable(path, std::strerror(errno));
  std::string space(kSpace, '\0');
  while (true) {
    const int size = gzread(file.get(), space.data(), static_cast<unsigned>(space.size()));
    if (size > 0) lines.put({space.data(), static_cast<std::size_t>(size)});
    if (size < 0) {
      int code = 0;
      return unreadable(path, gzerror(file.get(), &code));
    }
    if (size > 0) continue;
    // A member that ends too early is no error to gzread, only to gzerror.
    int code = Z_OK;
    const char* const words = gzerror(file.get(), &code);
    if (code == Z_BUF_ERROR) return unreadable(path, words);
    return {};
  }
}

Status read_zstd(std::FILE* file, const std::string& path, LineCutter& lines) {
  const std::unique_ptr<ZSTD_DStream, FreeStream> stream{ZSTD_createDStream()};
  std::string packed(kSpace, '\0');
  std::string space(kSpace, '\0');
  std::size_t pending = 0;
  while (const auto size = std::fread(packed.data(), 1, packed.size(), file)) {
    ZSTD_inBuffer in{packed.data(), size, 0};
    bool filled = false;
    while (in.pos < in.size || filled) {
      ZSTD_outBuffer out{space.data(), space.size(), 0};
      pending = ZSTD_decompressStream(stream.get(), &out, &in);
      if (ZSTD_isError(pending) != 0) return unreadable(path, ZSTD_getErrorName(pending));
      lines.put({space.data(), out.pos});
      filled = out.pos == out.size;
    }
  }
  if (std::ferror(file) != 0) return unreadable(path, std::strerror(errno));
  if (pending != 0) return unreadable(path, "its last zstd frame is cut");
  return {};
}

}  // namespace

void LineCutter::put(std::string_view piece) {
  while (true) {
    const auto end = piece.find('\n');
    if (end == std::string_view::npos) break;
    if (rest_.empty()) {
      sink_(piece.substr(0, end), true);
    } else {
      rest_.append(piece.substr(0, end));
      sink_(rest_, true);
      rest_.clear();
    }
    piece.remove_prefix(end + 1);
  }
  rest_.append(piece);
  if (rest_.size() > kLongestLine) finish();
}

void LineCutter::finish() {
  if (!rest_.empty()) sink_(rest_, false);
  rest_.clear();
}

Status read_lines(const std::string& path, const LineSink& sink) {
  LineCutter lines(sink);
  Status status;
  if (path == "-") {
    status = read_plain(stdin, "standard input", lines);
  } else if (path.ends_with(".gz")) {
    status = read_gzip(path, lines);
  } else {
    const OpenFile file{std::fopen(path.c_str(), "rb")};
    if (!file) return unreadable(path, std::strerror(errno));
    status = path.ends_with(".zst") ? read_zstd(file.get(), path, lines)
                                    : read_plain(file.get(), path, lines);
  }
  if (status) lines.finish();
  return status;
}

Status fetch_lines(const std::string& url, const LineSink& sink) {
  LineCutter lines(sink);
  ClientRequest request;
  request.url = url;
  request.max_body = UINT64_MAX;
  const auto reply = fetch(request, [&](std::string_view piece) { lines.put(piece); });
  if (!reply) return tl::unexpected(reply.error());
  if (reply->status != 200 || !reply->complete) {
    return fail_stop(
        "lab/truth-cut",
        "the answer from " + url + " is not whole (status " + std::to_string(reply->status) + ")",
        "ask again while the lab is running");
  }
  lines.finish();
  return {};
}

}  // namespace cistern::lab
