#include "base/secret.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

int main() {
  fmt::print("{}", cistern::Secret{"text"});
}
