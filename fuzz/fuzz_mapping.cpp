// The ECS view over arbitrary records: whatever passes the store's check gives one valid document;
// what a damaged store could hold instead must at least do no harm.
#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "connectors/microsoft_365/functions.hpp"
#include "ecs/view.hpp"

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <simdjson.h>

namespace cistern::embedded::microsoft_365 {
std::span<const File> files();
}

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void require_sound(const std::string& document) {
  simdjson::dom::parser parser;
  const auto error = parser.parse(document).error();
  require(error == simdjson::SUCCESS || error == simdjson::NUMBER_ERROR);
  require(document.find('\n') == std::string::npos);
}

struct Fixture {
  std::shared_ptr<const cistern::ecs::View> view;
  std::unique_ptr<cistern::ecs::View::Scratch> scratch;
  cistern::codec::JsonSplitter splitter;

  Fixture() {
    auto compiled =
        cistern::ecs::compile_view(cistern::embedded::microsoft_365::files(),
                                   cistern::connectors::microsoft_365::mapping_functions(), {});
    require(compiled.has_value());
    view = *compiled;
    scratch = view->make_scratch();
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Fixture fixture;
  const std::string raw(reinterpret_cast<const char*>(data), size);
  cistern::journal::Envelope envelope;
  envelope.sequence = 1;
  envelope.id = "0123456789abcdef0123456789abcdef";
  envelope.connector = "fuzz";
  envelope.stream = "audit.general";
  envelope.received = "2026-03-04T06:00:00.000Z";
  envelope.raw = raw;
  envelope.problem = fixture.splitter.why_invalid(raw);

  std::string text;
  std::string out;
  if (!envelope.problem.empty()) {
    // As the store would give it when its bytes were damaged after they were checked.
    cistern::journal::Envelope damaged = envelope;
    damaged.problem = {};
    fixture.view->render(damaged, {.original = true}, *fixture.scratch, out);
    out.clear();
    if (cistern::is_utf8(raw)) {
      cistern::codec::append_json_string(text, raw);
      envelope.raw = std::string_view(text).substr(1, text.size() - 2);
      envelope.form = cistern::RawForm::text;
    } else {
      text = cistern::base64_encode(raw);
      envelope.raw = text;
      envelope.form = cistern::RawForm::bytes;
    }
  }
  const auto outcome = fixture.view->render(envelope, {.original = true}, *fixture.scratch, out);
  require(outcome != cistern::ecs::Outcome::dropped);
  require_sound(out);
  const auto drift = fixture.scratch->take_drift();
  require(drift.size() <= 1);
  return 0;
}
