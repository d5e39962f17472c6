// Members of an envelope as they stand in the store.
#pragma once

#include "journal/journal.hpp"

#include <string>
#include <string_view>

namespace cistern::destinations {

/// `"raw":…`, or `"raw_base64":"…"` for bytes.
void append_raw_member(std::string& out, const journal::Envelope& envelope);

/// `"key":"…"`; the text is JSON-escaped already.
void append_text_member(std::string& out, std::string_view key, std::string_view escaped);

}  // namespace cistern::destinations
