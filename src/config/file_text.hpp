// The bytes of a configuration file made ready for the YAML parser.
#pragma once

#include "config/yaml_tree.hpp"

#include <string>
#include <string_view>

namespace cistern::config {

inline constexpr std::size_t kMaxFileBytes = 4U << 20;

struct FileText {
  std::string text;  ///< Without byte order mark, lines ending in "\n".
  std::optional<YamlError> error;
};

/// Cuts a byte order mark, turns CRLF into LF, and refuses what is not printable UTF-8 text.
/// `bytes` has at most kMaxFileBytes.
FileText clean_text(std::string_view bytes);

}  // namespace cistern::config
