#include "destinations/file/file_state.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"

#include <optional>

#include <boost/json.hpp>
#include <libdeflate.h>

namespace cistern::destinations {
namespace {

constexpr std::uint64_t kVersion = 1;

tl::unexpected<Failure> bad_state(std::string_view text) {
  return fail_stop("file/bad-state",
                   "the stored place in the file cannot be understood: " + excerpt(text, 200),
                   "start the version of cistern that wrote it, or begin anew with `cistern "
                   "destination forget NAME`");
}

std::optional<std::uint64_t> number(const boost::json::object& object, std::string_view key) {
  const auto* const value = object.if_contains(key);
  if (value == nullptr) return std::nullopt;
  boost::system::error_code error;
  const auto result = value->to_number<std::uint64_t>(error);
  return error ? std::nullopt : std::optional{result};
}

std::optional<std::string> text_of(const boost::json::object& object, std::string_view key) {
  const auto* const value = object.if_contains(key);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string{value->get_string()};
}

}  // namespace

std::uint32_t mark_of(std::string_view last_bytes) {
  return libdeflate_crc32(0, last_bytes.data(), last_bytes.size());
}

std::string render_state(const FileState& state) {
  std::string out;
  codec::JsonWriter json{out};
  json.begin_object().key("version").number(kVersion);
  json.key("inode").number(state.inode);
  json.key("length").number(state.length);
  json.key("mark").number(std::uint64_t{state.mark});
  json.key("opened").string(format_time(state.opened));
  if (!state.rotate_to.empty()) {
    json.key("rotation").begin_object().key("to").string(state.rotate_to).end_object();
  }
  json.end_object();
  return out;
}

Result<FileState> parse_state(std::string_view text) {
  boost::system::error_code error;
  const auto value = boost::json::parse(text, error);
  if (error || !value.is_object()) return bad_state(text);
  const auto& object = value.get_object();
  const auto inode = number(object, "inode");
  const auto length = number(object, "length");
  const auto mark = number(object, "mark");
  const auto opened = parse_time(text_of(object, "opened").value_or(""));
  if (number(object, "version") != kVersion || !inode || !length || !mark || !opened) {
    return bad_state(text);
  }
  FileState state{.inode = *inode,
                  .length = *length,
                  .mark = static_cast<std::uint32_t>(*mark),
                  .opened = *opened,
                  .rotate_to = {}};
  if (const auto* const rotation = object.if_contains("rotation")) {
    const auto to = rotation->is_object() ? text_of(rotation->get_object(), "to") : std::nullopt;
    if (!to || to->empty()) return bad_state(text);
    state.rotate_to = *to;
  }
  return state;
}

}  // namespace cistern::destinations
