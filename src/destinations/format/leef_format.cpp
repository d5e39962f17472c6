#include "destinations/format/leef_format.hpp"

#include "codec/leef.hpp"
#include "destinations/format/line_format.hpp"

#include <algorithm>

namespace cistern::destinations {
namespace {

namespace leef = codec::leef;
using config::Problem;

constexpr std::array<std::string_view, 4> kHeader = {"vendor", "product", "version", "event_id"};

ValueForm form_of(std::string_view key) {
  switch (leef::find_key(key).value_or(leef::KeyRule{.key = key}).kind) {
    case leef::KeyKind::text:
      return ValueForm::text;
    case leef::KeyKind::integer:
      return ValueForm::integer;
    case leef::KeyKind::ip:
      return ValueForm::ip;
    case leef::KeyKind::mac:
      return ValueForm::mac;
    case leef::KeyKind::time:
      return ValueForm::time;
    case leef::KeyKind::boolean:
      return ValueForm::boolean;
  }
  return ValueForm::text;
}

bool has_no_label(std::string_view) {
  return false;
}

constexpr LineDialect kDialect{.name = "leef",
                               .header = kHeader,
                               .is_key = leef::is_key,
                               .form_of = form_of,
                               .has_label = has_no_label};

bool is_given(const config::Values& values, std::string_view name) {
  const auto found = values.values.find(name);
  return found != values.values.end() && found->second.given;
}

class LeefOutput final : public LineOutput {
 public:
  LeefOutput(leef::Writer writer, std::size_t severity_key, std::vector<std::size_t> keys)
      : writer_(std::move(writer)), severity_key_(severity_key), keys_(std::move(keys)) {}

  codec::LineLoss begin(const std::vector<std::string>& header, int severity) override {
    auto loss = writer_.begin(
        {.vendor = header[0], .product = header[1], .version = header[2], .event_id = header[3]});
    // The scale of `sev` begins with 1.
    loss |= writer_.add(severity_key_, std::to_string(std::clamp(severity, 1, 10)));
    return loss;
  }
  codec::LineLoss add(std::size_t key, std::string_view value) override {
    return writer_.add(keys_[key], value);
  }
  [[nodiscard]] std::string_view text() const override { return writer_.text(); }

 private:
  leef::Writer writer_;
  std::size_t severity_key_;
  std::vector<std::size_t> keys_;
};

}  // namespace

void check_leef_format(const config::Values& values, std::vector<Problem>& problems) {
  check_line_options(values, kDialect, problems);
  if (!leef::parse_delimiter(values.text("leef_delimiter"))) {
    problems.push_back({Problem::Severity::error,
                        values.place("leef_delimiter"),
                        "'" + values.text("leef_delimiter") + "' cannot stand between attributes",
                        "write one character such as ^, or its number such as x09 for a tab; no "
                        "letter, digit, space, quote, `=`, `|` or `_`",
                        {}});
  }
  if (values.text("leef_version") == "1.0" && is_given(values, "leef_delimiter")) {
    problems.push_back({Problem::Severity::error,
                        values.place("leef_delimiter"),
                        "LEEF 1.0 has no delimiter but the tab",
                        "remove 'leef_delimiter', or set 'leef_version: \"2.0\"'",
                        {}});
  }
}

Result<std::unique_ptr<runtime::Format>> make_leef_format(
    const config::Values& values, std::shared_ptr<const runtime::Views> views) {
  const auto delimiter = leef::parse_delimiter(values.text("leef_delimiter"));
  if (!delimiter) {
    return fail_stop("config/format", "the LEEF delimiter cannot be used",
                     "run `cistern check`, which says why");
  }
  const auto version = values.text("leef_version") == "1.0" ? leef::Version::v1 : leef::Version::v2;
  const auto make_output = [&](const std::vector<std::string>& names, std::size_t max_length) {
    leef::Writer::Builder builder;
    const auto severity_key = builder.add("sev").value();
    std::vector<std::size_t> keys;
    for (const auto& name : names)
      keys.push_back(builder.add(name).value());
    return std::make_unique<LeefOutput>(std::move(builder).build(version, *delimiter, max_length),
                                        severity_key, std::move(keys));
  };
  return make_line_format(values, kDialect, make_output, std::move(views));
}

}  // namespace cistern::destinations
