#include "app/commands.hpp"

#include <boost/json.hpp>

namespace cistern::app {
namespace {

#if defined(__clang__)
constexpr const char* kCompiler = "clang " __clang_version__;
#else
constexpr const char* kCompiler = "gcc " __VERSION__;
#endif

}  // namespace

ExitCode version(const VersionCommand& command, const Output& output) {
  if (command.json) {
    output.line(boost::json::serialize(
        boost::json::object{{"version", CISTERN_VERSION}, {"compiler", kCompiler}}));
  } else {
    output.line(std::string{"cistern "} + CISTERN_VERSION + " (" + kCompiler + ")");
  }
  return ExitCode::ok;
}

}  // namespace cistern::app
