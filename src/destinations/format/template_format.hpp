// Lines of text by a template: format `template`.
#pragma once

#include "base/result.hpp"
#include "config/options.hpp"
#include "runtime/destination.hpp"

#include <array>
#include <memory>
#include <string_view>
#include <vector>

namespace cistern::destinations {

inline constexpr std::array kTemplateFormatOptions = {std::string_view{"template"},
                                                      std::string_view{"template_text"}};

/// Adds what is wrong with `template` and `template_text`: none or both given, a file that cannot
/// be read, a template that does not compile.
void check_template_format(const config::Values& values, std::vector<config::Problem>& problems);

/// Renders the vendor's JSON through the template; one payload holds all lines of an event. The
/// views only tell a syslog header its severity and host. Fails as the check.
Result<std::unique_ptr<runtime::Format>> make_template_format(
    const config::Values& values, std::shared_ptr<const runtime::Views> views);

}  // namespace cistern::destinations
