#include "connectors/cisco_secure_email/functions.hpp"

#include "codec/json.hpp"
#include "codec/json_scan.hpp"
#include "ecs/function_values.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace cistern::connectors::cisco_secure_email {
namespace {

using codec::JsonElements;
using ecs::FieldSink;
using ecs::member_of_json;
using ecs::scalar_of_json;
using ecs::text_of_json;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

/// The address of `News <news@example.com>`, of `<a@example.com>`, or a bare one.
std::string_view address_of(std::string_view text) {
  text = trimmed(text);
  const std::size_t open = text.rfind('<');
  if (open == std::string_view::npos || !text.ends_with('>')) return text;
  return trimmed(text.substr(open + 1, text.size() - open - 2));
}

bool header_address(std::string_view json, FieldSink& sink) {
  if (!ecs::is_json_string(json)) return false;
  const std::string text = text_of_json(json);
  const std::string_view address = address_of(text);
  if (!address.empty()) sink.set_string(".address", address);
  return true;
}

/// `<id@host>` without its brackets.
bool message_id(std::string_view json, FieldSink& sink) {
  if (!ecs::is_json_string(json)) return false;
  const std::string text = text_of_json(json);
  std::string_view id = trimmed(text);
  if (id.starts_with('<') && id.ends_with('>')) id = id.substr(1, id.size() - 2);
  if (!id.empty()) sink.set_string("email.message_id", id);
  return true;
}

/// One address, or several separated by a comma or a semicolon outside double quotes.
bool recipients(std::string_view json, FieldSink& sink) {
  if (!ecs::is_json_string(json)) return false;
  const std::string text = text_of_json(json);
  std::size_t begin = 0;
  bool quoted = false;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    const bool ends = at == text.size() || (!quoted && (text[at] == ',' || text[at] == ';'));
    if (!ends) {
      if (text[at] == '"') quoted = !quoted;
      continue;
    }
    const std::string_view address = address_of(std::string_view(text).substr(begin, at - begin));
    if (!address.empty()) sink.add_string("email.to.address", address);
    begin = at + 1;
  }
  return true;
}

/// The recipients of a joined message.
bool message_recipients(std::string_view json, FieldSink& sink) {
  if (json.front() != '[') return false;
  for (JsonElements elements(json); elements.next();) {
    if (elements.value().front() != '{') return false;
    const std::string address = text_of_json(member_of_json(elements.value(), "address"));
    if (!address.empty()) sink.add_string("email.to.address", address);
  }
  return true;
}

/// `TLSv1.2` is version 1.2 of protocol tls.
bool tls_version(std::string_view json, FieldSink& sink) {
  if (!ecs::is_json_string(json)) return false;
  const std::string text = text_of_json(json);
  for (const std::string_view protocol : {std::string_view("TLSv"), std::string_view("SSLv")}) {
    if (!text.starts_with(protocol) || text.size() == protocol.size()) continue;
    std::string version = text.substr(protocol.size());
    if (version == "1") version = "1.0";
    sink.set_string("tls.version", version);
    sink.set_string("tls.version_protocol", protocol == "TLSv" ? "tls" : "ssl");
    return true;
  }
  return false;
}

void begin_attachment(codec::JsonWriter& writer, std::string_view name) {
  writer.begin_object().key("file").begin_object();
  if (!name.empty()) writer.key("name").string(name);
}

/// The name of one attachment, or a list of names.
bool attachment_names(std::string_view json, FieldSink& sink) {
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_array();
  const auto add = [&writer](std::string_view value) {
    const std::string name = text_of_json(value);
    if (name.empty()) return;
    begin_attachment(writer, name);
    writer.end_object().end_object();
  };
  if (ecs::is_json_string(json)) {
    add(json);
  } else if (json.front() == '[') {
    for (JsonElements elements(json); elements.next();)
      add(elements.value());
  } else {
    return false;
  }
  writer.end_array();
  if (out != "[]") sink.set_json("email.attachments", out);
  return true;
}

bool is_whole_number(std::string_view text) {
  return !text.empty() && text.size() < 19 &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// A consolidated event's attachments: name, verdict and hash by the file reputation service, size
/// by the body scanner.
bool attachment_details(std::string_view json, FieldSink& sink) {
  if (json.front() != '[') return false;
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_array();
  for (JsonElements elements(json); elements.next();) {
    if (elements.value().front() != '{') return false;
    const std::string_view amp = member_of_json(elements.value(), "AMP");
    const std::string_view scanner = member_of_json(elements.value(), "BodyScanner");
    const auto of = [](std::string_view object, std::string_view name) {
      return object.starts_with('{') ? scalar_of_json(member_of_json(object, name)) : std::string();
    };
    const std::string hash = of(amp, "fileHash");
    const std::string size = of(scanner, "fsize");
    begin_attachment(writer, text_of_json(member_of_json(elements.value(), "name")));
    if (is_whole_number(size)) writer.key("size").raw(size);
    if (!hash.empty()) {
      writer.key("hash").begin_object().key("sha256").string(hash).end_object();
      sink.add_string("related.hash", hash);
    }
    writer.end_object().end_object();
  }
  writer.end_array();
  if (out != "[]") sink.set_json("email.attachments", out);
  return true;
}

/// The address when there is exactly one: a text, or an object with `url`.
bool only_url(std::string_view json, FieldSink& sink) {
  if (json.front() != '[') return false;
  std::string url;
  for (JsonElements elements(json); elements.next();) {
    if (!url.empty()) return true;
    url = text_of_json(elements.value().starts_with('{') ? member_of_json(elements.value(), "url")
                                                         : elements.value());
  }
  if (!url.empty()) sink.set_string("url.original", url);
  return true;
}

}  // namespace

ecs::FunctionTable mapping_functions() {
  return {{"attachment_details", attachment_details},
          {"attachment_names", attachment_names},
          {"header_address", header_address},
          {"message_id", message_id},
          {"message_recipients", message_recipients},
          {"only_url", only_url},
          {"recipients", recipients},
          {"tls_version", tls_version}};
}

}  // namespace cistern::connectors::cisco_secure_email
