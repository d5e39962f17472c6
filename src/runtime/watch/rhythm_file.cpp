#include "runtime/watch/rhythm_file.hpp"

#include "base/ids.hpp"

#include <utility>

namespace cistern::runtime {
namespace {

constexpr std::string_view kFirstLine = "cistern rhythm 1\n";
/// Twenty thousand streams with everything learned.
constexpr std::uint64_t kLargest = 256ULL << 20;
constexpr std::size_t kSumSize = 33;  // 32 digits and a line feed.

std::string sum_of(std::string_view text) {
  return to_hex(make_identity({text})) + "\n";
}

}  // namespace

RhythmFile::RhythmFile(Files& files, const std::string& store, Log& log)
    : files_(files), path_(store + "/rhythm"), log_(log) {}

void RhythmFile::load(StatusBoard& status) {
  const auto there = files_.exists(path_);
  if (there && !*there) return;
  const auto lost = [this](const std::string& why) {
    log_.warning("rhythm",
                 "the learned rhythms of the streams are lost (" + why +
                     "); for seven days silence cannot be judged, everything else goes on",
                 {{"path", path_}});
  };
  auto file = files_.open(path_, OpenMode::read);
  if (!file) return lost(file.error().cause);
  const auto size = (*file)->size();
  if (!size) return lost(size.error().cause);
  if (*size > kLargest || *size < kFirstLine.size() + kSumSize) return lost("its size is wrong");
  const auto text = (*file)->read_at(0, static_cast<std::size_t>(*size));
  if (!text) return lost(text.error().cause);
  const std::string_view all{*text};
  if (all.size() < kFirstLine.size() + kSumSize || !all.starts_with(kFirstLine)) {
    return lost("it is of another version");
  }
  const std::string_view body = all.substr(0, all.size() - kSumSize);
  if (all.substr(body.size()) != sum_of(body)) return lost("the file does not match its sum");
  const std::size_t unreadable = status.restore_rhythms(body.substr(kFirstLine.size()));
  if (unreadable > 0) lost(std::to_string(unreadable) + " streams cannot be read");
}

void RhythmFile::save(const StatusBoard& status) {
  const std::lock_guard lock(mutex_);
  std::string text{kFirstLine};
  text += status.rhythms();
  text += sum_of(text);
  const auto written = write(text);
  if (written) {
    told_ = false;
    return;
  }
  if (std::exchange(told_, true)) return;
  log_.warning("rhythm",
               "the learned rhythms of the streams cannot be kept: " + written.error().sentence(),
               {{"code", written.error().code}});
}

Status RhythmFile::write(const std::string& text) {
  const std::string next = path_ + ".tmp";
  auto file = files_.open(next, OpenMode::create_or_open);
  if (!file) return fail(file.error());
  if (auto cut = (*file)->truncate(0); !cut) return cut;
  if (auto wrote = (*file)->write_at(0, text); !wrote) return wrote;
  if (auto synced = (*file)->sync(); !synced) return synced;
  return files_.rename(next, path_);
}

}  // namespace cistern::runtime
