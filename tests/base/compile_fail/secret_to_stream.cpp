#include "base/secret.hpp"

#include <iostream>

int main() {
  std::cout << cistern::Secret{"text"};
}
