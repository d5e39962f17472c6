// How much more slowly a test runs under a sanitizer.
#pragma once

#include <cstddef>

namespace cistern::test {

/// A sanitizer makes everything many times as slow: what is tried at every n-th place, or so many
/// times, is then tried at so many fewer.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
inline constexpr std::size_t kSparser = 6;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
inline constexpr std::size_t kSparser = 6;
#else
inline constexpr std::size_t kSparser = 1;
#endif
#else
inline constexpr std::size_t kSparser = 1;
#endif

}  // namespace cistern::test
