// A lab that starts again with its state is the same vendor: same content, same truth.
#include "tests/lab/lab_fixture.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace cistern::lab {

namespace {

class RestartTest : public LabTest {
 protected:
  RestartTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "cistern-lab-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
  }
  ~RestartTest() override {
    lab_.reset();
    std::filesystem::remove_all(directory_);
  }

  LabOptions kept(unsigned seed = 1) const {
    auto options = calm();
    options.seed = seed;
    options.live_per_second = 3;
    options.state_file = directory_ / "lab.state";
    return options;
  }

  /// The truth's lines without the header, which says up to when it goes.
  std::set<std::string> truth() const {
    std::istringstream lines(get("/lab/truth").body);
    std::set<std::string> out;
    for (std::string line; std::getline(lines, line);) {
      if (line.find(R"("kind":"truth")") == std::string::npos) out.insert(line);
    }
    return out;
  }

  std::filesystem::path directory_;
};

TEST_F(RestartTest, TheTruthIsTheSameAndGoesOn) {
  start(kept());
  subscribe("Audit.Exchange", token());
  clock.advance(std::chrono::minutes{1});
  const auto before = truth();
  ASSERT_GT(before.size(), 10U);
  lab_.reset();
  start(kept());
  EXPECT_EQ(truth(), before);
  clock.advance(std::chrono::minutes{1});
  EXPECT_GT(truth().size(), before.size());
}

TEST_F(RestartTest, AFreezeStays) {
  start(kept());
  subscribe("Audit.Exchange", token());
  clock.advance(std::chrono::minutes{1});
  EXPECT_EQ(post("/lab/freeze", "{}").status, 200);
  const auto before = truth();
  lab_.reset();
  start(kept());
  clock.advance(std::chrono::minutes{1});
  EXPECT_EQ(truth(), before);
}

TEST_F(RestartTest, TokensOfBeforeAreRefused) {
  start(kept());
  const auto bearer = token();
  subscribe("Audit.Exchange", bearer);
  lab_.reset();
  start(kept());
  EXPECT_EQ(call("GET", listing("Audit.Exchange", 23, 0), bearer).status, 401);
  EXPECT_EQ(call("GET", listing("Audit.Exchange", 23, 0), token()).status, 200);
}

TEST_F(RestartTest, OtherOptionsAreRefused) {
  start(kept());
  lab_.reset();
  const auto other = start_lab(kept(2), clock);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, "lab/other-state");
}

TEST_F(RestartTest, ADamagedStateIsRefused) {
  std::ofstream(directory_ / "lab.state") << R"({"content":"[1]","started":"yesterday"})";
  const auto lab = start_lab(kept(), clock);
  ASSERT_FALSE(lab);
  EXPECT_EQ(lab.error().code, "lab/bad-state");
}

}  // namespace

}  // namespace cistern::lab
