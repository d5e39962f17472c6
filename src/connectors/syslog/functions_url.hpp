// The parts of a web address, for `url.*`.
#pragma once

#include "ecs/functions.hpp"

#include <string_view>

namespace cistern::connectors::syslog {

/// Sets below the call's target `.original`, and of an address with a scheme `.full`, `.scheme`,
/// `.domain`, `.port`, `.path`, `.query`, `.fragment` and `.extension`. User name and password of
/// an address are set nowhere but in `.original` and `.full`. A text without scheme that begins
/// with `/` is a path. False: no text.
bool url_parts(std::string_view json, ecs::FieldSink& sink);

/// What stands behind the question mark, to `url.query`; "-" is none.
bool url_query(std::string_view json, ecs::FieldSink& sink);

/// `network.protocol` of an address that begins with http, https or ftp.
bool url_protocol(std::string_view json, ecs::FieldSink& sink);

/// `www.example:8080` without the port, to `.domain`.
bool host_name(std::string_view json, ecs::FieldSink& sink);

}  // namespace cistern::connectors::syslog
