#include "journal/segment/segment_scan.hpp"

#include <array>

#include <zstd.h>

namespace cistern::journal {
namespace {

enum class FrameKind : std::uint8_t { data, control, missing, invalid };

struct Frame {
  FrameKind kind = FrameKind::invalid;
  std::uint64_t size = 0;
};

Frame frame_at(std::string_view bytes, std::uint64_t at) {
  if (bytes.size() - at < kFrameHead) return {};
  const std::uint32_t magic = read_u32(bytes, at);
  if (magic == kZstdMagic) {
    const std::size_t size = ZSTD_findFrameCompressedSize(bytes.data() + at, bytes.size() - at);
    if (ZSTD_isError(size) != 0U || size == 0 || size > bytes.size() - at) return {};
    return {FrameKind::data, size};
  }
  if (magic != kControlMagic && magic != kMissingMagic) return {};
  const std::uint64_t size = kFrameHead + read_u32(bytes, at + 4);
  if (size > bytes.size() - at || size > kMaxPayload) return {};
  return {magic == kControlMagic ? FrameKind::control : FrameKind::missing, size};
}

struct SoundControl {
  std::string_view json;
  GroupControl control;
};

std::optional<SoundControl> control_at(std::string_view bytes, std::uint64_t at,
                                       std::uint64_t size) {
  const auto json = unseal(bytes.substr(at + kFrameHead, size - kFrameHead));
  if (!json) return std::nullopt;
  auto control = decode_control(*json);
  if (!control) return std::nullopt;
  return SoundControl{*json, std::move(*control)};
}

struct NextControl {
  std::uint64_t at = 0;
  std::uint64_t end = 0;
  GroupControl control;
};

/// The first sound control frame from `from` on whose group begins at or after `from`.
std::optional<NextControl> next_sound_control(std::string_view bytes, std::uint64_t from) {
  static constexpr std::array<char, 4> kMagic{'\x5D', '\x2A', '\x4D', '\x18'};
  const std::string_view magic{kMagic.data(), kMagic.size()};
  for (std::size_t at = bytes.find(magic, from); at != std::string_view::npos;
       at = bytes.find(magic, at + 1)) {
    const Frame frame = frame_at(bytes, at);
    if (frame.kind != FrameKind::control) continue;
    auto sound = control_at(bytes, at, frame.size);
    if (!sound || sound->control.offset < from) continue;
    if (sound->control.offset > at || at - sound->control.offset != sound->control.data) continue;
    return NextControl{at, at + frame.size, std::move(sound->control)};
  }
  return std::nullopt;
}

}  // namespace

ScanEnd scan_groups(std::string_view segment, std::uint64_t from, CheckData check,
                    const ScanVisitor& visitor) {
  std::uint64_t start = from;
  std::uint64_t at = from;
  while (start < segment.size()) {
    const Frame frame = at < segment.size() ? frame_at(segment, at) : Frame{};
    if (frame.kind == FrameKind::data) {
      at += frame.size;
      continue;
    }
    if (frame.kind == FrameKind::missing && at == start) {
      visitor.damaged({start, frame.size, std::nullopt, true});
      start = at = at + frame.size;
      continue;
    }
    if (frame.kind == FrameKind::control) {
      auto sound = control_at(segment, at, frame.size);
      const std::string_view data = segment.substr(start, at - start);
      if (sound && sound->control.offset == start && sound->control.data == data.size() &&
          (check == CheckData::no || data.empty() ||
           sound->control.data_sum == make_identity({data}))) {
        ScannedGroup group{start, data.size() + frame.size, data, sound->json,
                           std::move(sound->control)};
        start = at = at + frame.size;
        if (!visitor.group(group)) return {start, segment.size()};
        continue;
      }
    }
    auto next = next_sound_control(segment, start);
    if (!next) break;
    if (next->control.offset > start) {
      visitor.damaged({start, next->control.offset - start, std::nullopt, false});
      start = at = next->control.offset;
    } else {
      visitor.damaged({start, next->end - start, std::move(next->control), false});
      start = at = next->end;
    }
  }
  return {std::min<std::uint64_t>(start, segment.size()), segment.size()};
}

Result<HeaderFrame> read_header(std::string_view segment) {
  const auto unsound = [](std::string cause) {
    return fail({.verdict = Verdict::set_aside,
                 .code = "journal/damaged",
                 .cause = std::move(cause),
                 .consequence = {},
                 .next_step = "run `cistern store verify`, and check the disk"});
  };
  if (segment.size() < kFrameHead || read_u32(segment, 0) != kHeaderMagic) {
    return unsound("the segment does not begin with a header");
  }
  const std::uint64_t payload = read_u32(segment, 4);
  if (payload > kMaxPayload || payload > segment.size() - kFrameHead) {
    return unsound("the header of the segment is cut");
  }
  const auto json = unseal(segment.substr(kFrameHead, payload));
  if (!json) return unsound("the header of the segment does not match its sum");
  auto header = decode_header(*json);
  if (!header) return fail(header.error());
  return HeaderFrame{std::move(*header), kFrameHead + payload};
}

std::uint64_t groups_behind_damaged_header(std::string_view segment) {
  const auto next = next_sound_control(segment, 0);
  return next ? next->control.offset : segment.size();
}

}  // namespace cistern::journal
