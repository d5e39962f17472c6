// The XML that S3 answers with.
#pragma once

#include <string>
#include <string_view>

namespace cistern::lab {

inline constexpr std::string_view kXmlHead = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

std::string xml_escape(std::string_view text);
/// `<name>text</name>`, escaped.
void add_element(std::string& out, std::string_view name, std::string_view text);

}  // namespace cistern::lab
