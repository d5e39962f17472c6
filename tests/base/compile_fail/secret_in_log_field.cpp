#include "base/log.hpp"
#include "base/secret.hpp"

int main() {
  cistern::make_null_log()->info("here", "there", {{"key", cistern::Secret{"text"}}});
}
