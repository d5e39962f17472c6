// One push of one file by SSH, as the appliance does it: its own connection, public key, the source
// side of the old scp protocol over `scp -t`, or SFTP.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "lab/syslog/link.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cistern::lab {

enum class PushMethod : std::uint8_t { scp, sftp };

/// Where a push breaks off.
enum class PushCut : std::uint8_t {
  none,
  data,    ///< In the middle of the file's bytes.
  status,  ///< Behind them, before the byte that says they were whole.
  answer,  ///< Before the collector's answer is read: it may have the file.
};

struct PushTarget {
  Target address;
  std::string user = "esa";
  std::string directory = "/upload";
  std::string key_file;
};

struct PushFile {
  std::string_view name;
  std::string_view bytes;
  TimePoint changed{};
};

struct PushOptions {
  PushMethod method = PushMethod::scp;
  PushCut cut = PushCut::none;
  std::size_t cut_at = 0;  ///< Of PushCut::data: after so many bytes.
  bool with_times = true;  ///< scp: -p
};

struct PushOutcome {
  bool acknowledged = false;  ///< The collector has said, to the end, that it has the file.
  std::string host_key;       ///< Digest of the collector's host key.
  std::string words;          ///< Why not.
};

/// Pushes the file. With `host_key` (not empty) a collector with another key gets nothing, as an
/// appliance with host key checking does.
PushOutcome push_file(const PushTarget& target, std::string_view host_key, const PushFile& file,
                      const PushOptions& options);

/// Makes the appliance's key pair, when it is not there: the private key in `path`, the line for
/// the collector's list of keys in `path`.pub.
Status make_appliance_key(const std::string& path);

}  // namespace cistern::lab
