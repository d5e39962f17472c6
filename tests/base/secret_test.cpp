#include "base/secret.hpp"

#include <cstring>
#include <new>

#include <gtest/gtest.h>

namespace cistern {
namespace {

std::string text_of(const Secret& secret) {
  return secret.use([](std::string_view text) { return std::string{text}; });
}

TEST(Secret, IsCopiedAndMovedAsAValue) {
  Secret first{"correct horse"};
  Secret copy = first;
  EXPECT_EQ(text_of(copy), "correct horse");
  Secret moved = std::move(first);
  EXPECT_EQ(text_of(moved), "correct horse");
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): emptiness is promised
  copy = moved;
  copy = *&copy;
  EXPECT_EQ(copy.size(), 13U);
  moved = Secret{};
  EXPECT_TRUE(moved.empty());
}

TEST(Secret, LeavesNothingInTheMemoryItUsed) {
  // Short texts live inside the object, so its own bytes can be examined after the destructor.
  alignas(Secret) unsigned char memory[sizeof(Secret)] = {};
  auto* const secret = new (memory) Secret{"hunter2hunter2"};
  secret->~Secret();
  const std::string_view left{reinterpret_cast<const char*>(memory), sizeof memory};
  EXPECT_EQ(left.find("hunter2"), std::string_view::npos);
}

TEST(Secret, LeavesNothingInTheSourceOfAMove) {
  alignas(Secret) unsigned char memory[sizeof(Secret)] = {};
  auto* const source = new (memory) Secret{"hunter2hunter2"};
  const Secret target = std::move(*source);
  const std::string_view left{reinterpret_cast<const char*>(memory), sizeof memory};
  EXPECT_EQ(left.find("hunter2"), std::string_view::npos);
  EXPECT_EQ(target.size(), 14U);
  source->~Secret();
}

}  // namespace
}  // namespace cistern
