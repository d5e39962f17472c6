#include "app/text_layout.hpp"

#include <gtest/gtest.h>

namespace cistern::app {
namespace {

TEST(Hanging, WrapsAtBlanksBelowTheText) {
  EXPECT_EQ(hanging("  next step", "set the clock", 13, 24),
            "  next step  set the\n" + std::string(13, ' ') + "clock");
}

TEST(Hanging, AWordIsNeverCut) {
  EXPECT_EQ(hanging("a", "https://login.example.com/very/long b", 3, 10),
            "a  https://login.example.com/very/long\n   b");
}

TEST(Hanging, CountsCharactersAndNotBytes) {
  EXPECT_EQ(hanging("é", "öö öö", 3, 8), "é  öö öö");
}

TEST(Hanging, NothingToSayIsTheLabel) {
  EXPECT_EQ(hanging("a", "", 3, 10), "a  ");
}

TEST(Hanging, ALabelThatIsTooLongPushesTheText) {
  EXPECT_EQ(hanging("label ", "text", 3, 20), "label text");
}

}  // namespace
}  // namespace cistern::app
