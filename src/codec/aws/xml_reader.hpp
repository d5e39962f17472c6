// Small XML answers, read piece by piece without a tree. Pure; the text is hostile.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cistern::codec::aws {

/// Deepest nesting that is read; what S3 sends goes four levels deep.
inline constexpr std::size_t kMaxXmlDepth = 8;
/// Longest text of one element.
inline constexpr std::size_t kMaxXmlText = 64U << 10;

/// Told of the elements in their order. Each call returns a static text that says why the reading
/// cannot go on, or nothing. `depth` is 1 for the outermost element.
class XmlListener {
 public:
  virtual ~XmlListener() = default;
  virtual std::string_view on_begin(std::string_view name, std::size_t depth) = 0;
  /// `text` is what stood in the element since its last child, or since its beginning.
  virtual std::string_view on_end(std::string_view name, std::size_t depth, std::string& text) = 0;
};

/// Reads the whole of `text` as UTF-8, whatever its declaration says. Returns why it could not be
/// read to its end, or nothing. A document type is refused before anything in it counts: entities
/// that expand, and those that name files, are declared nowhere else.
std::string read_xml(std::string_view text, XmlListener& listener);

}  // namespace cistern::codec::aws
