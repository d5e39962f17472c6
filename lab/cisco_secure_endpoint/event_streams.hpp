// The organisation's event streams: at most five, and a password that is told once.
#pragma once

#include "base/result.hpp"
#include "codec/json.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::lab {

struct EventStream {
  std::uint64_t id = 0;
  std::string name;
  std::vector<std::uint64_t> event_types;  ///< Empty: all.
  std::vector<std::string> group_guids;    ///< Empty: all.
};

/// How to reach a stream's queue; all but the broker follows from seed and id.
struct StreamCredentials {
  std::string user_name;
  std::string queue_name;
  std::string password;
};
StreamCredentials stream_credentials(std::uint64_t seed, std::uint64_t id);

/// Not safe to call from several threads at a time.
class EventStreams {
 public:
  static constexpr std::size_t kMost = 5;

  [[nodiscard]] const std::vector<EventStream>& all() const { return streams_; }
  [[nodiscard]] std::uint64_t next_id() const { return next_; }
  [[nodiscard]] const EventStream* find(std::uint64_t id) const;
  /// Why a stream cannot be made or called so; empty: it can.
  [[nodiscard]] std::string refuses(const EventStream& stream) const;
  const EventStream& add(EventStream stream);
  bool replace(const EventStream& stream);
  bool remove(std::uint64_t id);

  /// Name and filters from JSON, laid over `stream`; what is wrong with the body otherwise.
  static std::string read(std::string_view json, EventStream& stream);

  void write_state(codec::JsonWriter& writer) const;
  Status restore(std::string_view json);

 private:
  std::vector<EventStream> streams_;
  std::uint64_t next_ = 1474;
};

/// Members of a stream as the API shows it, without credentials.
void write_stream(codec::JsonWriter& writer, const EventStream& stream);

}  // namespace cistern::lab
