// Replacing texts within a text, all in one pass from left to right.
#pragma once

#include "base/result.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::codec {

/// Appends to one line and knows where the line may be cut: never inside a replacement.
class LineWriter {
 public:
  /// `limit`: bytes of the line; 0: no bound.
  LineWriter(std::string& out, std::size_t limit)
      : out_(out), begin_(out.size()), limit_(limit == 0 ? std::string::npos : limit) {}

  /// Nothing is copied far beyond the limit: one byte more lets too_long() and cut() see it.
  void append(std::string_view text) {
    if (too_long()) return;
    out_.append(text.substr(0, text.size() > room() ? room() + 1 : text.size()));
  }
  void append(char c) { append(std::string_view{&c, 1}); }
  /// A text that is kept or cut as a whole.
  void append_whole(std::string_view text) {
    if (too_long()) return;
    const std::size_t at = size();
    if (at < limit_ && text.size() > limit_ - at) whole_ = at;
    out_.append(text);
  }
  [[nodiscard]] std::string& text() { return out_; }
  [[nodiscard]] std::size_t size() const { return out_.size() - begin_; }
  [[nodiscard]] bool too_long() const { return size() > limit_; }
  [[nodiscard]] std::size_t room() const { return size() >= limit_ ? 0 : limit_ - size(); }
  /// Cuts the line to its limit, before a replacement or a UTF-8 character that would be torn.
  void cut();
  void drop() { out_.resize(begin_); }

 private:
  std::string& out_;
  std::size_t begin_;
  std::size_t limit_;
  std::size_t whole_ = std::string::npos;  ///< Where what lies across the limit begins.
};

/// Pairs (from, to) that are applied in one pass: what a replacement wrote is never replaced again.
class EscapeTable {
 public:
  /// Reads `"from":"to","from":"to"`. In either side `\\` is a backslash, `\n` LF, `\r` CR, `\t`
  /// TAB, `\"` a quote; a backslash before any other character stays. An empty text is an empty
  /// table. Fails with "template/escapes".
  static Result<EscapeTable> parse(std::string_view text);

  void add(std::string from, std::string to);
  /// Line breaks and NUL that the table does not mention become a blank: they would end the line
  /// for whoever reads it, in the middle of an event.
  void protect_lines();
  void apply(std::string_view text, LineWriter& out) const;

 private:
  struct Pair {
    std::string from;
    std::string to;
  };
  [[nodiscard]] const Pair* match(std::string_view text) const;
  [[nodiscard]] bool mentions(char c) const;

  std::vector<Pair> pairs_;            ///< Longest first.
  std::array<bool, 256> begins_ = {};  ///< Bytes with which some pair begins.
};

/// The same decoding for a single setting: `\t` and so on.
std::string decode_escapes(std::string_view text);

}  // namespace cistern::codec
