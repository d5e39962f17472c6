#include "base/secret.hpp"

int main() {
  return cistern::Secret{"text"} == cistern::Secret{"text"} ? 0 : 1;
}
