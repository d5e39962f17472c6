#include "connectors/crowdstrike_falcon/command_line.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace cistern::connectors::crowdstrike_falcon {
namespace {

using List = std::vector<std::string>;

TEST(CommandLine, BlanksSeparateOutsideQuotes) {
  EXPECT_EQ(split_command_line("a.exe  -x\t-y "), (List{"a.exe", "-x", "-y"}));
  EXPECT_EQ(split_command_line(R"("C:\Program Files\a.exe" --n="two words"x)"),
            (List{R"(C:\Program Files\a.exe)", "--n=two wordsx"}));
  EXPECT_EQ(split_command_line(R"(a "" b)"), (List{"a", "", "b"}));
  EXPECT_EQ(split_command_line(R"(a "open end)"), (List{"a", "open end"}));
}

TEST(CommandLine, BackslashesOnlyCountBeforeAQuote) {
  EXPECT_EQ(split_command_line(R"(C:\a\b.exe \\host\share\)"),
            (List{R"(C:\a\b.exe)", R"(\\host\share\)"}));
  EXPECT_EQ(split_command_line(R"(a \"b\" "c\\" d\\\"e)"),
            (List{"a", R"("b")", R"(c\)", R"(d\"e)"}));
  EXPECT_EQ(split_command_line(R"("C:\dir\" x)"), (List{R"(C:\dir" x)"}))
      << "as Windows programs read it";
}

TEST(CommandLine, NothingForNothingAndForTooMuch) {
  EXPECT_TRUE(split_command_line("").empty());
  EXPECT_TRUE(split_command_line(" \t ").empty());
  std::string many;
  for (int i = 0; i < 1000; ++i)
    many += "a ";
  EXPECT_EQ(split_command_line(many).size(), 1000U);
  EXPECT_TRUE(split_command_line(many + "b").empty());
}

}  // namespace
}  // namespace cistern::connectors::crowdstrike_falcon
