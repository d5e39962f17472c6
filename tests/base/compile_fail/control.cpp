// Must compile: the allowed ways to handle a secret, so that the programs beside this one fail for
// what they do and not for a broken include.
#include "base/log.hpp"
#include "base/secret.hpp"

#include <iostream>
#include <string_view>

#include <fmt/format.h>

int main() {
  const cistern::Secret secret{"text"};
  const cistern::LogField field{"size", secret.size()};
  std::cout << fmt::format("{} {}", secret.size(), field.name);
  return secret.use([](std::string_view text) { return text == "text"; }) ? 0 : 1;
}
