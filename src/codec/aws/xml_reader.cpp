#include "codec/aws/xml_reader.hpp"

#include <limits>
#include <memory>
#include <new>
#include <type_traits>

#include <expat.h>

namespace cistern::codec::aws {
namespace {

struct FreeParser {
  void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};
using ParserOwner = std::unique_ptr<std::remove_pointer_t<XML_Parser>, FreeParser>;

/// Between expat's callbacks and the listener. After a stop expat may still report what it has
/// begun, which is passed over.
class Reading {
 public:
  Reading(XML_Parser parser, XmlListener& listener) : parser_(parser), listener_(listener) {
    XML_SetUserData(parser, this);
    XML_SetElementHandler(parser, &begin_element, &end_element);
    XML_SetCharacterDataHandler(parser, &add_text);
    XML_SetStartDoctypeDeclHandler(parser, &begin_document_type);
  }
  [[nodiscard]] std::string_view problem() const { return problem_; }

 private:
  void stop_if(std::string_view problem) {
    if (problem.empty() || !problem_.empty()) return;
    problem_ = problem;
    XML_StopParser(parser_, XML_FALSE);
  }

  static void begin_element(void* self, const char* name, const char** /*attributes*/) {
    auto& reading = *static_cast<Reading*>(self);
    if (!reading.problem_.empty()) return;
    reading.text_.clear();
    if (++reading.depth_ > kMaxXmlDepth) return reading.stop_if("it is nested too deeply");
    reading.stop_if(reading.listener_.on_begin(name, reading.depth_));
  }

  static void end_element(void* self, const char* name) {
    auto& reading = *static_cast<Reading*>(self);
    if (!reading.problem_.empty()) return;
    reading.stop_if(reading.listener_.on_end(name, reading.depth_--, reading.text_));
    reading.text_.clear();
  }

  static void add_text(void* self, const char* text, int length) {
    auto& reading = *static_cast<Reading*>(self);
    if (!reading.problem_.empty()) return;
    const auto more = static_cast<std::size_t>(length);
    if (more > kMaxXmlText - reading.text_.size()) {
      return reading.stop_if("an element's text is too long");
    }
    reading.text_.append(text, more);
  }

  static void begin_document_type(void* self, const char* /*name*/, const char* /*system*/,
                                  const char* /*public_id*/, int /*internal*/) {
    static_cast<Reading*>(self)->stop_if("it holds a document type, which S3 never sends");
  }

  XML_Parser parser_;
  XmlListener& listener_;
  std::size_t depth_ = 0;
  std::string text_;
  std::string_view problem_;
};

}  // namespace

std::string read_xml(std::string_view text, XmlListener& listener) {
  if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    return "it is too large";
  }
  const ParserOwner parser{XML_ParserCreate("UTF-8")};
  if (!parser) throw std::bad_alloc();
  const Reading reading{parser.get(), listener};
  const auto size = static_cast<int>(text.size());
  const XML_Status status = XML_Parse(parser.get(), text.data(), size, XML_TRUE);
  if (!reading.problem().empty()) return std::string{reading.problem()};
  if (status == XML_STATUS_OK) return {};
  return std::string{"it is not sound XML: "} + XML_ErrorString(XML_GetErrorCode(parser.get())) +
         " (line " + std::to_string(XML_GetCurrentLineNumber(parser.get())) + ")";
}

}  // namespace cistern::codec::aws
