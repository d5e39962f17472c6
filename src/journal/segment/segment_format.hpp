// What stands in a segment beside the events: header and control frames (docs/formats/journal.md).
#pragma once

#include "base/ids.hpp"
#include "base/record.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "journal/journal.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cistern::journal {

inline constexpr std::uint32_t kHeaderMagic = 0x184D2A5C;
inline constexpr std::uint32_t kControlMagic = 0x184D2A5D;
inline constexpr std::uint32_t kMissingMagic = 0x184D2A5E;
inline constexpr std::uint32_t kZstdMagic = 0xFD2FB528;
inline constexpr std::uint64_t kFormatVersion = 1;
inline constexpr std::uint64_t kFrameHead = 8;               ///< Magic and payload size.
inline constexpr std::uint64_t kMaxPayload = 1ULL << 30;     ///< Of a header or control frame.
inline constexpr std::uint64_t kMaxGroupLines = 2ULL << 30;  ///< Decompressed bytes of a group.

using NamedCursor = std::pair<std::string, Cursor>;

/// What one connector committed in a group, in order.
struct ConnectorPart {
  std::string connector;
  StateDelta state;
  std::vector<LedgerRow> coverage;
};

/// Everything that a group changes beside its events. The index is a function of the headers and
/// control frames alone, so that replaying them gives the same index again.
struct GroupControl {
  std::uint64_t group = 0;
  std::uint64_t offset = 0;
  Sequence first = 0;
  Sequence last = 0;  ///< first - 1 when the group has no events.
  TimePoint written{};
  TimePoint store_time{};
  TimePoint received_from{};
  TimePoint received_to{};
  std::uint64_t lines = 0;  ///< Bytes, decompressed.
  std::uint64_t data = 0;   ///< Bytes, compressed.
  Identity data_sum;
  std::vector<std::pair<Sequence, Sequence>> remember;
  std::vector<StreamTotals> streams;
  std::vector<ConnectorPart> connectors;
  std::vector<NamedCursor> cursors;
  std::vector<SetAside> set_aside;
  std::vector<Hole> missing;
  std::vector<StoreEdit> edits;  ///< After everything else in the group.
  Sequence removed_before = 0;   ///< 0: nothing removed.

  [[nodiscard]] bool has_events() const { return last >= first; }
};

/// The state at the birth of a segment.
struct SegmentHeader {
  std::uint64_t format = kFormatVersion;
  std::string store;
  Sequence first = 1;
  std::uint64_t group = 0;
  Sequence last = 0;
  TimePoint written{};
  TimePoint store_time{};  ///< The store's own time: see Writer::store_time().
  Sequence removed_before = 1;
  std::vector<ConnectorPart> connectors;  ///< State whole, coverage as kept.
  std::vector<NamedCursor> cursors;
  std::vector<SetAside> set_aside;
  std::vector<StreamTotals> totals;
  std::vector<Hole> missing;
  std::vector<Renamed> renamed;
};

/// How an edit's kind is written.
std::string_view to_string(StoreEdit::Kind kind);

/// A little-endian number; the caller has checked that 4 bytes are there.
std::uint32_t read_u32(std::string_view bytes, std::uint64_t at);

/// A skippable frame around any payload.
void append_frame(std::string& out, std::uint32_t magic, std::string_view payload);
/// A skippable frame around the JSON text and its sum.
void append_sealed_frame(std::string& out, std::uint32_t magic, std::string_view json);
/// The JSON text of a payload whose sum is right.
std::optional<std::string_view> unseal(std::string_view payload);

std::string encode_header(const SegmentHeader& header);
std::string encode_control(const GroupControl& control);

/// Fail with "journal/damaged" for anything that encode_* could not have written, and with
/// "journal/version" for a newer format.
Result<SegmentHeader> decode_header(std::string_view json);
Result<GroupControl> decode_control(std::string_view json);

}  // namespace cistern::journal
