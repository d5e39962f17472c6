// Rendering syslog messages with the embedded mappings, as the store would give them.
#pragma once

#include "base/bytes.hpp"
#include "base/embedded.hpp"
#include "codec/json.hpp"
#include "connectors/syslog/detect.hpp"
#include "connectors/syslog/functions.hpp"
#include "connectors/syslog/readers.hpp"
#include "ecs/view.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace cistern::embedded::syslog {
std::span<const File> files();
}

namespace cistern::connectors::syslog {

struct RenderHow {
  std::string meta{};
  std::string stream{};  ///< Empty: what the message tells.
  bool original = false;
};

class Renderer {
 public:
  Renderer() {
    ecs::ViewOptions options;
    options.tables["device_names"]["x0001abcdefghij"] = "branch-7";
    auto view = ecs::compile_view(embedded::syslog::files(), mapping_functions(), options,
                                  mapping_readers());
    if (!view) throw std::runtime_error(view.error().cause);
    view_ = *view;
    scratch_ = view_->make_scratch();
  }

  std::string render(std::string_view raw, const RenderHow& how = {}) {
    const std::string stream = how.stream.empty() ? std::string{detect_stream(raw)} : how.stream;
    std::string stored;
    journal::Envelope envelope;
    if (is_utf8(raw)) {
      codec::append_json_string(stored, raw);
      stored = stored.substr(1, stored.size() - 2);
      envelope.form = RawForm::text;
    } else {
      stored = base64_encode(raw);
      envelope.form = RawForm::bytes;
    }
    envelope.sequence = ++sequence_;
    envelope.id = "0123456789abcdef0123456789abcdef";
    envelope.connector = "contoso-syslog";
    envelope.stream = stream;
    envelope.received = "2026-11-22T14:00:00.000Z";
    envelope.meta = how.meta;
    envelope.raw = stored;
    std::string document;
    view_->render(envelope, {.original = how.original}, *scratch_, document);
    return document;
  }

  [[nodiscard]] std::map<std::string, ecs::Drift, std::less<>> drift() {
    return scratch_->take_drift();
  }

 private:
  std::shared_ptr<const ecs::View> view_;
  std::unique_ptr<ecs::View::Scratch> scratch_;
  std::uint64_t sequence_ = 0;
};

}  // namespace cistern::connectors::syslog
