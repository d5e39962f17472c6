// The words of a record that is no JSON, as they came.
#pragma once

#include "journal/journal.hpp"

#include <string>
#include <string_view>

namespace cistern::ecs {

/// The text of the record without the escapes of the store; of bytes that are no UTF-8 each wrong
/// one becomes U+FFFD. The view lies in the envelope or in `buffer`.
std::string_view record_text(const journal::Envelope& envelope, std::string& buffer);

}  // namespace cistern::ecs
