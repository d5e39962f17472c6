// How records of text enter the view: a connector's function takes a line apart and writes it as
// one JSON object, on which the rules of the mapping then work as on a record of JSON.
//
// A mapping file asks for it with `reader: NAME`; the names are those of the connector's
// runtime::ConnectorType::readers.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace cistern::ecs {

struct ReaderInput {
  /// The record as it came, always UTF-8: of bytes that are none, each wrong one is U+FFFD.
  std::string_view raw;
  std::string_view meta;      ///< JSON object, or empty.
  std::string_view stream;    ///< "sophos.firewall"
  std::string_view received;  ///< RFC 3339: when it arrived here.
  std::string_view time;      ///< RFC 3339, or empty.
};

/// Writes the record into `json`, which comes empty and with the capacity of earlier records, as
/// one valid JSON object without line breaks. False: the text is none of the reader's; `json` then
/// holds why, in words, and the record becomes a document of event.kind pipeline_error with its
/// original. Pure and thread-safe. What the text holds is hostile: the reader bounds what it takes
/// from it.
using RecordReader = std::function<bool(const ReaderInput& input, std::string& json)>;

using ReaderTable = std::map<std::string, RecordReader, std::less<>>;

}  // namespace cistern::ecs
