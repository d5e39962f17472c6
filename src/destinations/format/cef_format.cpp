#include "destinations/format/cef_format.hpp"

#include "codec/cef.hpp"
#include "destinations/format/line_format.hpp"

namespace cistern::destinations {
namespace {

namespace cef = codec::cef;

constexpr std::array<std::string_view, 5> kHeader = {"vendor", "product", "version", "event_class",
                                                     "name"};

ValueForm form_of(std::string_view key) {
  switch (cef::find_key(key).value_or(cef::KeyRule{.key = key}).kind) {
    case cef::KeyKind::text:
      return ValueForm::text;
    case cef::KeyKind::integer:
      return ValueForm::integer;
    case cef::KeyKind::real:
      return ValueForm::real;
    case cef::KeyKind::ipv4:
      return ValueForm::ipv4;
    case cef::KeyKind::ipv6:
      return ValueForm::ipv6;
    case cef::KeyKind::mac:
      return ValueForm::mac;
    case cef::KeyKind::time:
      return ValueForm::time;
  }
  return ValueForm::text;
}

bool has_label(std::string_view key) {
  return cef::find_key(std::string{key} + "Label").has_value();
}

constexpr LineDialect kDialect{.name = "cef",
                               .header = kHeader,
                               .is_key = cef::is_key,
                               .form_of = form_of,
                               .has_label = has_label};

class CefOutput final : public LineOutput {
 public:
  CefOutput(cef::Writer writer, std::vector<std::size_t> keys)
      : writer_(std::move(writer)), keys_(std::move(keys)) {}

  codec::LineLoss begin(const std::vector<std::string>& header, int severity) override {
    return writer_.begin({.vendor = header[0],
                          .product = header[1],
                          .version = header[2],
                          .event_class = header[3],
                          .name = header[4],
                          .severity = severity});
  }
  codec::LineLoss add(std::size_t key, std::string_view value) override {
    return writer_.add(keys_[key], value);
  }
  [[nodiscard]] std::string_view text() const override { return writer_.text(); }

 private:
  cef::Writer writer_;
  std::vector<std::size_t> keys_;
};

std::unique_ptr<LineOutput> make_output(const std::vector<std::string>& names,
                                        std::size_t max_length) {
  cef::Writer::Builder builder;
  std::vector<std::size_t> keys;
  for (const auto& name : names)
    keys.push_back(builder.add(name).value());
  return std::make_unique<CefOutput>(std::move(builder).build(max_length), std::move(keys));
}

}  // namespace

void check_cef_format(const config::Values& values, std::vector<config::Problem>& problems) {
  check_line_options(values, kDialect, problems);
}

Result<std::unique_ptr<runtime::Format>> make_cef_format(
    const config::Values& values, std::shared_ptr<const runtime::Views> views) {
  return make_line_format(values, kDialect, make_output, std::move(views));
}

}  // namespace cistern::destinations
