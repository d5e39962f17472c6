#include "app/output.hpp"

#include <gtest/gtest.h>

namespace cistern::app {
namespace {

TEST(Output, GroupsDigitsByThousands) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1234567), "1,234,567");
}

TEST(Output, TableColumnsAreAsWideAsTheirWidestCell) {
  const Output output;
  Table table{{"A", "B", "C"}};
  table.row({"short", "x", "last"});
  table.row({"a longer one", "yy", "cell"});
  EXPECT_EQ(table.text(output),
            "A             B   C\nshort         x   last\na longer one  yy  cell\n");
}

TEST(Output, TableCutsAWideCellButNotTheLastOne) {
  const Output output;
  const std::string wide(100, 'w');
  Table table{{"A", "B"}};
  table.row({wide, wide});
  const auto text = table.text(output);
  EXPECT_EQ(text.find(wide), text.size() - wide.size() - 1);
  EXPECT_NE(text.find("…"), std::string::npos);
}

TEST(Output, WidthCountsCharactersNotBytes) {
  const Output output;
  Table table{{"NAME", "X"}};
  table.row({"äöüß", "1"});
  table.row({"abcd", "2"});
  EXPECT_EQ(table.text(output), "NAME  X\näöüß  1\nabcd  2\n");
}

}  // namespace
}  // namespace cistern::app
