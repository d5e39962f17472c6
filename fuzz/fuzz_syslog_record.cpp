// Any message in any stream of connector syslog gives one valid document on one line, and the
// stream that the message itself tells has a mapping.
#include "base/bytes.hpp"
#include "base/embedded.hpp"
#include "codec/json.hpp"
#include "connectors/syslog/detect.hpp"
#include "connectors/syslog/functions.hpp"
#include "connectors/syslog/readers.hpp"
#include "ecs/view.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <simdjson.h>

namespace cistern::embedded::syslog {
std::span<const File> files();
}

namespace {

namespace syslog = cistern::connectors::syslog;

void require(bool condition) {
  if (!condition) std::abort();
}

struct Fixture {
  std::shared_ptr<const cistern::ecs::View> view;
  std::unique_ptr<cistern::ecs::View::Scratch> scratch;
  simdjson::dom::parser parser;
  cistern::codec::JsonSplitter splitter;

  Fixture() {
    cistern::ecs::ViewOptions options;
    options.tables["device_names"]["h"] = "named";
    auto compiled =
        cistern::ecs::compile_view(cistern::embedded::syslog::files(), syslog::mapping_functions(),
                                   options, syslog::mapping_readers());
    require(compiled.has_value());
    view = *compiled;
    scratch = view->make_scratch();
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Fixture fixture;
  constexpr std::array<std::string_view, 7> kStreams = {
      "sophos.firewall", "sophos.utm", "cef", "leef", "json", "key_value", "message"};
  const std::string_view message(reinterpret_cast<const char*>(data), size);
  const std::string_view told = syslog::detect_stream(message);
  bool known = false;
  std::string stored;
  cistern::journal::Envelope envelope;
  if (cistern::is_utf8(message)) {
    cistern::codec::append_json_string(stored, message);
    stored = stored.substr(1, stored.size() - 2);
    envelope.form = cistern::RawForm::text;
  } else {
    stored = cistern::base64_encode(message);
    envelope.form = cistern::RawForm::bytes;
  }
  envelope.id = "0123456789abcdef0123456789abcdef";
  envelope.connector = "fuzz";
  envelope.received = "2026-11-22T14:00:00.000Z";
  envelope.meta = R"({"peer":"192.0.2.1","zone":"UTC"})";
  envelope.raw = stored;
  for (const std::string_view stream : kStreams) {
    known = known || stream == told;
    envelope.stream = stream;
    std::string out;
    fixture.view->render(envelope, {.original = true}, *fixture.scratch, out);
    const auto error = fixture.parser.parse(out).error();
    require(error == simdjson::SUCCESS || error == simdjson::NUMBER_ERROR);
    require(fixture.splitter.why_invalid(out).empty());
    require(out.find('\n') == std::string::npos && cistern::is_utf8(out));
  }
  require(known);
  return 0;
}
