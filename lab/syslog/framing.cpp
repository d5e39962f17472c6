#include "lab/syslog/framing.hpp"

#include <algorithm>

namespace cistern::lab {

std::string_view to_string(Framing framing) {
  return framing == Framing::lf ? "lf" : "octet";
}

void FrameBatch::add(std::string_view message) {
  if (framing_ == Framing::octet) {
    bytes_ += std::to_string(message.size());
    bytes_ += ' ';
  }
  bytes_ += message;
  if (framing_ == Framing::lf) bytes_ += '\n';
  ends_.push_back(bytes_.size());
}

void FrameBatch::clear() {
  bytes_.clear();
  ends_.clear();
}

std::size_t FrameBatch::whole_within(std::size_t bytes) const {
  return static_cast<std::size_t>(std::upper_bound(ends_.begin(), ends_.end(), bytes) -
                                  ends_.begin());
}

bool FrameBatch::begun_within(std::size_t bytes) const {
  const auto whole = whole_within(bytes);
  return whole < ends_.size() && bytes > (whole == 0 ? 0 : ends_[whole - 1]);
}

}  // namespace cistern::lab
