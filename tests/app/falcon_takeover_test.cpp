#include "app/service_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::app {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(FalconTakeover, SaysWhatToRunAndStopsNothingItself) {
  ServiceFacts facts;
  EXPECT_TRUE(falcon_takeover(facts).empty());
  facts.falcon_unit = true;
  auto lines = falcon_takeover(facts);
  EXPECT_THAT(lines, Contains(HasSubstr("systemctl disable --now cs.falconhoseclientd")));
  EXPECT_THAT(lines, Contains(HasSubstr("import falcon-siem-connector")));
  facts.falcon_unit = false;
  facts.falcon_script = true;
  lines = falcon_takeover(facts);
  EXPECT_THAT(lines, Contains(HasSubstr("service cs.falconhoseclientd stop")));

  facts.systemd_runs = true;
  const auto steps = plan_service_install(facts);
  ASSERT_TRUE(steps);
  for (const auto& step : *steps)
    EXPECT_THAT(step.command, Not(Contains(HasSubstr("falconhose"))));
}

}  // namespace
}  // namespace cistern::app
