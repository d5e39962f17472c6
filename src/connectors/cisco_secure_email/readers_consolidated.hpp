// Reader of consolidated event logs: one line a message, in a form that is nearly CEF.
#pragma once

#include "ecs/readers.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace cistern::connectors::cisco_secure_email {

/// Walks the pairs of the extension. Values hold blanks, brackets, Python dictionaries and quotes
/// of both styles, so a pair ends where the next key begins, outside quotes and brackets; where
/// those do not end, at the next key that the vendor documents.
class ExtensionCursor {
 public:
  explicit ExtensionCursor(std::string_view extension) : rest_(extension) {}
  /// The views point into the extension; `value` as it stands.
  bool next(std::string_view& key, std::string_view& value);

 private:
  std::string_view rest_;
};

/// A value of the extension as what it means: quotes of each style (also `\"…\"`) and the escapes
/// of `=` (`\=` and `\\=`) removed.
std::string extension_text(std::string_view value);

/// The header's fields, the extension's pairs under the vendor's own keys, custom strings under
/// their labels, dictionaries as JSON. Always true: a line that is no CEF has its message.
bool read_consolidated_record(const ecs::ReaderInput& input, std::string& json);

}  // namespace cistern::connectors::cisco_secure_email
