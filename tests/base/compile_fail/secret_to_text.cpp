#include "base/secret.hpp"

#include <string>

int main() {
  const std::string text = cistern::Secret{"text"};
  return static_cast<int>(text.size());
}
