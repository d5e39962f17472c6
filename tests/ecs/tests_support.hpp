// Rendering records in tests.
#pragma once

#include "codec/json.hpp"
#include "codec/json_scan.hpp"
#include "connectors/crowdstrike_falcon/functions.hpp"
#include "connectors/microsoft_365/functions.hpp"
#include "ecs/view.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::embedded::microsoft_365 {
std::span<const File> files();
}
namespace cistern::embedded::crowdstrike_falcon {
std::span<const File> files();
}

namespace cistern::ecs {

/// The view of Microsoft 365 with the embedded mappings and a name for the tests' tenant.
std::shared_ptr<const View> microsoft_365_view(std::string_view redact = "true");

/// The view of CrowdStrike Falcon with the embedded mappings.
std::shared_ptr<const View> crowdstrike_falcon_view();

/// A view of one mapping file; its failure's cause when it does not compile.
Result<std::shared_ptr<const View>> view_of(std::string_view yaml,
                                            const FunctionTable& functions = {},
                                            const ViewOptions& options = {});

/// Valid JSON by simdjson (numbers of any size allowed), UTF-8, no line break, and no key twice in
/// any object that the view itself writes.
bool is_sound(std::string_view document);

/// What the envelope says about where a record came from.
struct RecordOrigin {
  std::string_view connector = "contoso-audit";
  std::string_view stream = "audit.general";
  std::string_view meta = R"({"blob":"20260506$1","created":"2026-05-06T08:59:00.000Z"})";
};

inline constexpr RecordOrigin kFalconOrigin{"fabrikam-falcon", "events",
                                            R"({"feed":"0","partition":"0"})"};

/// Renders records in sequence with a fixed envelope.
class Renderer {
 public:
  explicit Renderer(std::shared_ptr<const View> view, RecordOrigin origin = {});
  /// The document of one record, or "dropped".
  std::string render(std::string_view raw, const RenderOptions& options = {});
  /// Splits the body as the connector does, then renders each element.
  std::vector<std::string> render_all(std::string& body);
  Outcome render(const journal::Envelope& envelope, const RenderOptions& options, std::string& out);
  std::map<std::string, Drift, std::less<>> drift() { return scratch_->take_drift(); }
  /// As the store gives it; the views point to static text.
  journal::Envelope envelope(std::string_view raw);

 private:
  std::shared_ptr<const View> view_;
  RecordOrigin origin_;
  std::unique_ptr<View::Scratch> scratch_;
  std::uint64_t sequence_ = 0;
};

}  // namespace cistern::ecs
