#include "app/command_line.hpp"

int main(int argc, char** argv) {
  return cistern::app::command_line(argc, argv);
}
