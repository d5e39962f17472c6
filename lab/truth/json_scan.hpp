// A reader of valid JSON that gives back the very bytes of a value, which a document tree cannot.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace cistern::lab {

/// Called with an unescaped key and the value's bytes; false ends the walk.
using MemberSink = std::function<bool(std::string_view key, std::string_view value)>;

/// The members of an object, one level. False when the text is not an object by its brackets and
/// quotes; values are not validated further.
bool for_each_member(std::string_view object, const MemberSink& sink);

/// The bytes of the member, or nothing.
std::optional<std::string_view> member(std::string_view object, std::string_view key);

/// Every string, number, true and false below the value, at any depth, with its path of keys joined
/// by dots; elements of arrays have the path of the array.
bool for_each_leaf(std::string_view json, const MemberSink& sink);

/// A string value without quotes and escapes; other values as they stand. Half of a surrogate pair
/// becomes U+FFFD.
std::string text_of(std::string_view value);

/// `text_of` of a member, or nothing; also nothing for null.
std::optional<std::string> member_text(std::string_view object, std::string_view key);

}  // namespace cistern::lab
