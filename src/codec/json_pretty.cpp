#include "codec/json_pretty.hpp"

#include "codec/json_scan.hpp"

namespace cistern::codec {
namespace {

constexpr std::size_t kIndent = 4;
// Short values may grow by more than the factor: a few lines are no danger.
constexpr std::size_t kFreeGrowth = 4096;

class PrettyWriter {
 public:
  PrettyWriter(std::string& out, std::string_view json)
      : out_(out),
        at_(json.data()),
        end_(at_ + json.size()),
        most_(out.size() + json.size() * kMaxPrettyGrowth + kFreeGrowth) {}

  /// False: it would grow too much.
  bool run() {
    while (at_ != end_) {
      if (out_.size() > most_) return false;
      token();
    }
    return out_.size() <= most_;
  }

 private:
  void token() {
    switch (*at_) {
      case ' ':
      case '\t':
      case '\r':
      case '\n':
        ++at_;
        return;
      case '"':
        return copy_to(skip_json_string(at_, end_));
      case '{':
      case '[':
        return open();
      case '}':
      case ']':
        if (depth_ > 0) --depth_;
        new_line();
        return put();
      case ',':
        put();
        return new_line();
      case ':':
        put();
        out_ += ' ';
        return;
      default:
        put();
    }
  }

  void put() { out_ += *at_++; }

  void copy_to(const char* to) {
    if (to == nullptr) to = end_;
    out_.append(at_, to);
    at_ = to;
  }

  void open() {
    const char* const inside = skip_json_space(at_ + 1, end_);
    put();
    if (inside != end_ && (*inside == '}' || *inside == ']')) {
      at_ = inside;
      return put();
    }
    ++depth_;
    new_line();
  }

  void new_line() {
    out_ += '\n';
    // Beyond the bound the text is given up anyway.
    if (depth_ * kIndent <= most_) out_.append(depth_ * kIndent, ' ');
  }

  std::string& out_;
  const char* at_;
  const char* end_;
  std::size_t most_;
  std::size_t depth_ = 0;
};

}  // namespace

void append_pretty_json(std::string& out, std::string_view json) {
  const std::size_t begin = out.size();
  if (PrettyWriter(out, json).run()) return;
  out.resize(begin);
  out += json;
}

}  // namespace cistern::codec
