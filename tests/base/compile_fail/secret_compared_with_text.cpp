#include "base/secret.hpp"

#include <string>

int main() {
  return cistern::Secret{"text"} == std::string{"text"} ? 0 : 1;
}
