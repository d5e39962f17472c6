// The pieces of an object become text, within bounds on what they may expand to.
#pragma once

#include "base/result.hpp"
#include "codec/stream_inflater.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cistern::connectors::cisco_umbrella {

class ObjectText {
 public:
  ObjectText(std::string name, std::uint64_t max_expanded)
      : name_(std::move(name)), max_expanded_(max_expanded) {}

  /// The next piece; the one before must be used up.
  void add(std::string piece, bool last);

  enum class Got : std::uint8_t {
    text,     ///< `text` has the size asked for, or more; there may be more still.
    nothing,  ///< A further piece is needed.
    end,      ///< `text` ends as the object does.
    failed,   ///< failure() says why nothing more comes.
  };
  /// Appends to `text` until it has `size` bytes.
  Got expand(std::string& text, std::size_t size);

  [[nodiscard]] const std::optional<Failure>& failure() const { return failure_; }
  [[nodiscard]] std::uint64_t expanded() const { return expanded_; }
  [[nodiscard]] std::uint64_t compressed() const { return compressed_; }

 private:
  enum class Form : std::uint8_t { unknown, gzip, plain };

  bool expand_at_once(std::string& text);
  void inflate(std::string& text, std::size_t most);
  void copy(std::string& text, std::size_t most);
  void check_bounds();
  void fail_with(std::string_view code, const std::string& cause, std::string next_step);

  std::string name_;
  std::uint64_t max_expanded_;
  std::string piece_;
  std::string_view left_;  ///< Of the piece.
  bool last_ = false;
  Form form_ = Form::unknown;
  std::optional<codec::StreamInflater> inflater_;
  bool pending_ = false;  ///< More text may come out without further bytes.
  std::uint64_t expanded_ = 0;
  std::uint64_t compressed_ = 0;
  std::optional<Failure> failure_;
};

}  // namespace cistern::connectors::cisco_umbrella
