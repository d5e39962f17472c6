#include "base/ids.hpp"

#include "base/random.hpp"
#include "base/record.hpp"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace cistern {
namespace {

TEST(Identity, IsTheStartOfSha256OverLengthsAndParts) {
  // printf '\0\0\0\0\0\0\0\2ab\0\0\0\0\0\0\0\1c' | sha256sum
  EXPECT_EQ(to_hex(make_identity({"ab", "c"})), "601d5476e2ccfe2c87a2bba7a3226597");
}

TEST(Identity, DependsOnWhereThePartsEnd) {
  EXPECT_NE(make_identity({"ab", "c"}), make_identity({"a", "bc"}));
  EXPECT_NE(make_identity({"a"}), make_identity({"a", ""}));
  EXPECT_NE(make_identity({}), make_identity({""}));
}

TEST(Identity, IsTheSameForLongPartsInWhateverOrderOfCalls) {
  const std::string sizes_around_the_buffer[] = {std::string(503, 'x'), std::string(504, 'x'),
                                                 std::string(505, 'x'), std::string(512, 'x'),
                                                 std::string(513, 'x'), std::string(9000, 'x')};
  std::vector<Identity> first;
  for (const auto& part : sizes_around_the_buffer)
    first.push_back(make_identity({"v", part, "w"}));
  std::vector<Identity> again;
  std::thread([&] {
    for (const auto& part : sizes_around_the_buffer)
      again.push_back(make_identity({"v", part, "w"}));
  }).join();
  EXPECT_EQ(first, again);
  // printf '\0\0\0\0\0\0\x23\x28' and 9,000 times x | sha256sum
  EXPECT_EQ(to_hex(make_identity({std::string(9000, 'x')})), "565e112687af1700bc486f6916f06409");
}

TEST(Identity, IsReadBackFromItsHex) {
  const Identity identity = make_identity({"vendor", "tenant", "1"});
  EXPECT_EQ(identity_from_hex(to_hex(identity)), identity);
  EXPECT_FALSE(identity_from_hex(to_hex(identity) + "0"));
  EXPECT_FALSE(identity_from_hex("0123"));
  EXPECT_FALSE(identity_from_hex(std::string(31, '0') + "g"));
  EXPECT_TRUE(identity_from_hex(std::string(32, '0'))->is_zero());
  EXPECT_FALSE(identity.is_zero());
}

TEST(Random, SeededRunsRepeatAndUuidsAreVersion4) {
  SeededRandom one{7};
  SeededRandom same{7};
  const std::string uuid = random_uuid(one);
  EXPECT_EQ(uuid, random_uuid(same));
  ASSERT_EQ(uuid.size(), 36U);
  EXPECT_EQ(uuid[8], '-');
  EXPECT_EQ(uuid[14], '4');
  EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos);
  EXPECT_NE(uuid, random_uuid(one));
  SystemRandom system;
  EXPECT_NE(system.next(), system.next());
  for (int i = 0; i < 1000; ++i) {
    const double fraction = one.fraction();
    EXPECT_GE(fraction, 0.0);
    EXPECT_LT(fraction, 1.0);
  }
}

TEST(CoverageState, WordsAreReadBack) {
  for (const auto state : {CoverageState::partial, CoverageState::whole, CoverageState::lost})
    EXPECT_EQ(coverage_state_from(to_string(state)), state);
  EXPECT_FALSE(coverage_state_from("Whole"));
}

}  // namespace
}  // namespace cistern
