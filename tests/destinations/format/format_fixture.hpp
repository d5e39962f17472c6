// Events and formats for the tests of this folder.
#pragma once

#include "codec/json.hpp"
#include "config/loader.hpp"
#include "connectors/microsoft_365/functions.hpp"
#include "destinations/format/format.hpp"
#include "ecs/view.hpp"

#include <initializer_list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace cistern::embedded::microsoft_365 {
std::span<const File> files();
}

namespace cistern::destinations::test {

/// A view whose document is the record itself.
class EchoView final : public ecs::View {
 public:
  class EchoScratch final : public Scratch {
   public:
    std::map<std::string, ecs::Drift, std::less<>> take_drift() override { return {}; }
  };
  [[nodiscard]] std::unique_ptr<Scratch> make_scratch() const override {
    return std::make_unique<EchoScratch>();
  }
  ecs::Outcome render(const journal::Envelope& event, const ecs::RenderOptions&, Scratch&,
                      std::string& out) const override {
    if (event.stream == "dropped") return ecs::Outcome::dropped;
    out += event.raw;
    return ecs::Outcome::event;
  }
  [[nodiscard]] std::string_view version() const override { return "1"; }
};

inline journal::Envelope event_of(std::string_view raw) {
  journal::Envelope event;
  event.sequence = 42;
  event.id = "00112233445566778899aabbccddeeff";
  event.connector = "contoso";
  event.stream = "audit.general";
  event.received = "2026-03-04T05:06:07.123Z";
  event.raw = raw;
  return event;
}

inline std::shared_ptr<const runtime::Views> echo_views() {
  return std::make_shared<const runtime::Views>(
      runtime::Views{{"contoso", std::make_shared<EchoView>()}});
}

inline std::shared_ptr<const runtime::Views> microsoft_365_views() {
  auto view = ecs::compile_view(embedded::microsoft_365::files(),
                                connectors::microsoft_365::mapping_functions(),
                                {.texts = {}, .tables = {}});
  EXPECT_TRUE(view);
  return std::make_shared<const runtime::Views>(runtime::Views{{"contoso", *view}});
}

/// A destination's values as the loader would give them.
inline config::Values values_of(
    std::initializer_list<std::pair<std::string_view, std::string_view>> given) {
  config::Values values = config::default_values(format_options());
  for (const auto& [name, text] : given) {
    auto& value = values.values.at(std::string{name});
    value.given = true;
    value.text = text;
    value.number = text == "true" ? 1 : std::atoll(std::string{text}.c_str());
  }
  return values;
}

inline std::unique_ptr<runtime::Format> format_of(
    std::initializer_list<std::pair<std::string_view, std::string_view>> given,
    std::shared_ptr<const runtime::Views> views = echo_views()) {
  auto made = make_format(values_of(given), std::move(views));
  EXPECT_TRUE(made) << (made ? "" : made.error().sentence());
  return made ? std::move(*made) : nullptr;
}

inline std::string line_of(runtime::Format& format, std::string_view raw) {
  std::string out = "before|";
  EXPECT_TRUE(format.render(event_of(raw), out));
  EXPECT_EQ(out.substr(0, 7), "before|");
  return out.substr(7);
}

}  // namespace cistern::destinations::test
