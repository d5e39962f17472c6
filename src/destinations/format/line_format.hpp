// What the line formats CEF and LEEF do alike: an ECS document, a mapping file's rules, one line.
#pragma once

#include "codec/line_text.hpp"
#include "destinations/format/ecs_documents.hpp"
#include "destinations/format/field_rules.hpp"
#include "destinations/format/line_mapping.hpp"
#include "runtime/destination.hpp"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cistern::destinations {

/// The options that both formats share.
struct LineSettings {
  bool original = false;
  std::string mapping_file;         ///< Empty: the built-in mapping.
  std::vector<std::string> device;  ///< Vendor, product, version; an empty one is the mapping's.
  std::size_t max_length = 0;
};
LineSettings line_settings(const config::Values& values);

/// What is wrong with the shared options, the mapping file included.
void check_line_options(const config::Values& values, const LineDialect& dialect,
                        std::vector<config::Problem>& problems);

/// A writer of one of the formats, for the keys that it was made for.
class LineOutput {
 public:
  virtual ~LineOutput() = default;
  virtual codec::LineLoss begin(const std::vector<std::string>& header, int severity) = 0;
  /// `key` is the place in the list of keys.
  virtual codec::LineLoss add(std::size_t key, std::string_view value) = 0;
  [[nodiscard]] virtual std::string_view text() const = 0;
};

/// Makes the writer for a list of keys, some of which may stand there twice.
using MakeLineOutput = std::function<std::unique_ptr<LineOutput>(
    const std::vector<std::string>& keys, std::size_t max_length)>;

/// Values that lines could not carry as they stood, by connector and stream.
class LineLosses {
 public:
  void note(const journal::Envelope& envelope, std::string_view key, const codec::LineLoss& loss);
  std::vector<runtime::MappingDrift> take();

 private:
  struct Row {
    std::uint64_t cut = 0;
    std::uint64_t mended = 0;
    std::set<std::string, std::less<>> keys;
  };
  std::map<std::pair<std::string, std::string>, Row> rows_;
};

class LineFormat final : public runtime::Format {
 public:
  LineFormat(LineMapping mapping, const LineSettings& settings, const MakeLineOutput& make_output,
             std::shared_ptr<const runtime::Views> views);

  bool render(const journal::Envelope& envelope, std::string& out) override;
  void describe(const journal::Envelope& envelope, std::string_view payload,
                runtime::EventFacts& facts) override;
  std::vector<runtime::MappingDrift> take_drift() override;

 private:
  static constexpr std::size_t kNoLabel = static_cast<std::size_t>(-1);
  void add_keys(const journal::Envelope& envelope);

  LineMapping mapping_;
  EcsDocuments documents_;
  RuleReader rules_;
  LineLosses losses_;
  std::unique_ptr<LineOutput> output_;
  /// By key rule: its place in the writer's list, and its label's.
  std::vector<std::pair<std::size_t, std::size_t>> places_;
  // Of the event rendered last.
  std::string document_;
  std::vector<std::string> header_;
  int severity_ = 0;
  std::string host_;
};

/// A format of that dialect from a destination's values.
Result<std::unique_ptr<runtime::Format>> make_line_format(
    const config::Values& values, const LineDialect& dialect, const MakeLineOutput& make_output,
    std::shared_ptr<const runtime::Views> views);

}  // namespace cistern::destinations
