#include "destinations/format/pretty_format.hpp"

#include "codec/json_pretty.hpp"
#include "destinations/format/plain_formats.hpp"

namespace cistern::destinations {
namespace {

class PrettyFormat final : public runtime::Format {
 public:
  bool render(const journal::Envelope& envelope, std::string& out) override {
    if (envelope.form == RawForm::json) {
      codec::append_pretty_json(out, envelope.raw);
    } else {
      append_raw_line(envelope, out);
    }
    return true;
  }
};

}  // namespace

Result<std::unique_ptr<runtime::Format>> make_pretty_format(const config::Values&,
                                                            std::shared_ptr<const runtime::Views>) {
  return std::unique_ptr<runtime::Format>(std::make_unique<PrettyFormat>());
}

}  // namespace cistern::destinations
