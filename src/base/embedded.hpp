// Files of the source tree that are part of the binary (mappings, guides).
#pragma once

#include <span>
#include <string_view>

namespace cistern::embedded {

struct File {
  std::string_view path;  ///< Relative to the folder that embeds it: "mappings/audit.yaml".
  std::string_view text;
};

}  // namespace cistern::embedded
