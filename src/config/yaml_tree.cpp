#include "config/yaml_tree.hpp"

#include <algorithm>
#include <istream>
#include <streambuf>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

namespace cistern::config {
namespace {

/// Leaves the parser's callbacks; caught in read_yaml and never seen outside.
struct Refused {
  YamlError error;
};

YamlError too_many_values(Mark mark) {
  return {mark, "the file has more than " + std::to_string(kMaxYamlValues) + " values",
          "split the configuration over several instances"};
}

Mark mark_of(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {static_cast<std::size_t>(mark.line), static_cast<std::size_t>(mark.column)};
}

/// Lets the parser read from the text without a copy of it.
class ViewBuffer final : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    char* const begin = const_cast<char*>(text.data());
    setg(begin, begin, begin + text.size());
  }
};

class TreeBuilder final : public YAML::EventHandler {
 public:
  YamlDocument take() { return std::move(document_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    add(YamlNode::Kind::null, mark);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Refused{{mark_of(mark), "aliases (*name) are not read",
                   "write the value out; put quotes around a value that begins with '*'"}};
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    YamlNode& node = add(YamlNode::Kind::scalar, mark);
    node.text = value;
    node.scalar = document_.scalars.size();
    document_.scalars.push_back(node.mark);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::sequence, mark, tag, anchor);
  }
  void OnSequenceEnd() override { open_.pop_back(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::mapping, mark, tag, anchor);
  }
  void OnMapEnd() override { open_.pop_back(); }

 private:
  static void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor == YAML::NullAnchor) return;
    throw Refused{{mark_of(mark), "anchors (&name) are not read",
                   "write the value out; put quotes around a value that begins with '&'"}};
  }

  static void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    // "?" stands for a plain value and "!" for a quoted one; anything else was written by the user.
    if (tag.empty() || tag == "?" || tag == "!") return;
    throw Refused{{mark_of(mark), "tags (!name) are not read",
                   "remove the tag; put quotes around a value that begins with '!'"}};
  }

  YamlNode& add(YamlNode::Kind kind, const YAML::Mark& mark) {
    if (++values_ > kMaxYamlValues) throw Refused{too_many_values(mark_of(mark))};
    // Items of an open node do not move while one of them is open: only the innermost one grows.
    YamlNode& node = open_.empty() ? document_.root : open_.back()->items.emplace_back();
    node.kind = kind;
    node.mark = mark_of(mark);
    return node;
  }

  void open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor) {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (open_.size() == kMaxYamlLevels)
      throw Refused{{mark_of(mark),
                     "the file is nested deeper than " + std::to_string(kMaxYamlLevels) + " levels",
                     "a configuration needs four levels; look for brackets that are never closed"}};
    open_.push_back(&add(kind, mark));
  }

  YamlDocument document_;
  std::vector<YamlNode*> open_;
  std::size_t values_ = 0;
};

/// The parser's own words, without what it appends of the text (names of anchors, characters).
std::string words_of(const YAML::ParserException& error) {
  return "not valid YAML: " + error.msg.substr(0, error.msg.find(':'));
}

/// Place of the mark in the text; the end of the text when the mark is beyond it.
std::size_t offset_of(std::string_view text, Mark mark) {
  std::size_t begin = 0;
  for (std::size_t line = 0; line < mark.line; ++line) {
    const std::size_t end = text.find('\n', begin);
    if (end == std::string_view::npos) return text.size();
    begin = end + 1;
  }
  return std::min(begin + mark.column, text.size());
}

YamlError error_of(const YAML::ParserException& error, std::string_view text) {
  const Mark mark = mark_of(error.mark);
  const std::string_view rest = text.substr(offset_of(text, mark));
  const std::string_view before = text.substr(0, text.size() - rest.size());
  if (rest.starts_with('*'))
    return {mark, "aliases (*name) are not read",
            "write the value out; put quotes around a value that begins with '*'"};
  if (before.ends_with("${") || (before.ends_with('$') && rest.starts_with('{')))
    return {mark, words_of(error),
            "between brackets, put quotes around a reference: \"${env:NAME}\""};
  const std::string_view line = before.substr(before.rfind('\n') + 1);
  if (line.find('\t') != std::string_view::npos)
    return {mark, words_of(error), "indent with blanks; YAML takes no tabs"};
  return {mark, words_of(error),
          "check indentation, quotes and brackets in this line and above it"};
}

/// The parser takes the end of the text for the end of a quoted value, and a forgotten quote would
/// swallow every line after it. Only the last value can be open.
std::optional<YamlError> open_quote(const YamlDocument& document, std::string_view text) {
  if (document.scalars.empty()) return std::nullopt;
  const Mark mark = document.scalars.back();
  const std::string_view rest = text.substr(offset_of(text, mark));
  if (!rest.starts_with('"') && !rest.starts_with('\'')) return std::nullopt;
  const char quote = rest.front();
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (quote == '"' && rest[i] == '\\') {
      ++i;
    } else if (rest[i] == quote) {
      if (quote == '"' || i + 1 == rest.size() || rest[i + 1] != quote) return std::nullopt;
      ++i;
    }
  }
  return YamlError{mark, "not valid YAML: this quote is never closed",
                   "close it at the end of the value"};
}

/// Memory of the parser grows by about 250 bytes a bracket before the first one reaches us.
bool has_too_many_brackets(std::string_view text) {
  const auto brackets =
      std::count_if(text.begin(), text.end(), [](char c) { return c == '[' || c == '{'; });
  return static_cast<std::size_t>(brackets) > kMaxYamlValues;
}

YamlDocument read_one(YAML::Parser& parser) {
  TreeBuilder builder;
  if (!parser.HandleNextDocument(builder)) return {};
  YamlDocument document = builder.take();
  TreeBuilder second;
  if (parser.HandleNextDocument(second))
    throw Refused{{second.take().root.mark, "the file holds a second YAML document",
                   "keep the configuration in one document; remove the line '---'"}};
  return document;
}

}  // namespace

YamlResult read_yaml(std::string_view text) {
  if (has_too_many_brackets(text)) return {std::nullopt, too_many_values({})};
  try {
    ViewBuffer buffer{text};
    std::istream in{&buffer};
    YAML::Parser parser{in};
    YamlDocument document = read_one(parser);
    if (auto error = open_quote(document, text)) return {std::nullopt, std::move(error)};
    return {std::move(document), std::nullopt};
  } catch (const Refused& refused) {
    return {std::nullopt, refused.error};
  } catch (const YAML::ParserException& error) {
    return {std::nullopt, error_of(error, text)};
  } catch (const YAML::Exception&) {
    return {std::nullopt, YamlError{{}, "not valid YAML", "check the file with a YAML checker"}};
  }
}

}  // namespace cistern::config
