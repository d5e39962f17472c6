// Many zeros in few bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace cistern::lab {

/// Pieces of one gzip member that unpacks to at least `bytes` zeros. Its checksum is wrong: who
/// reads that far has not bounded what it unpacks.
std::function<bool(std::string&)> zero_bomb(std::uint64_t bytes);

}  // namespace cistern::lab
