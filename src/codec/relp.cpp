#include "codec/relp.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace cistern::codec {
namespace {

constexpr std::size_t kMostDigits = 9;
constexpr std::size_t kMostLetters = 32;
constexpr std::size_t kMostOffers = 64;
// Below this, what was handed out stays where it is instead of being moved away at each frame.
constexpr std::size_t kWorthMoving = 64 * 1024;

Failure grammar(std::string what, std::string_view bytes) {
  return {.verdict = Verdict::retry,
          .code = "relp/grammar",
          .cause = "the peer does not speak RELP: " + std::move(what) + " at \"" +
                   excerpt(bytes, 40) + "\"",
          .consequence = "the connection is closed",
          .next_step =
              "check that the address is that of a RELP receiver, and whether it expects "
              "TLS"};
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Walks over the bytes of one frame; remembers whether they were too few.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : bytes_(bytes) {}

  /// A word of up to `most` characters, ended by another character; nothing: too few bytes or not
  /// a word, which need_more() tells apart.
  template <class Fits>
  std::optional<std::string_view> word(std::size_t most, Fits fits) {
    std::size_t size = 0;
    while (at_ + size < bytes_.size() && size <= most && fits(bytes_[at_ + size]))
      ++size;
    if (size > most) return std::nullopt;
    if (at_ + size == bytes_.size()) {
      need_more_ = true;
      return std::nullopt;
    }
    if (size == 0) return std::nullopt;
    const auto found = bytes_.substr(at_, size);
    at_ += size;
    return found;
  }
  std::optional<std::uint32_t> number() {
    const auto digits = word(kMostDigits, is_digit);
    if (!digits) return std::nullopt;
    std::uint32_t value = 0;
    std::from_chars(digits->data(), digits->data() + digits->size(), value);
    return value;
  }
  bool take(char expected) {
    if (at_ == bytes_.size()) {
      need_more_ = true;
      return false;
    }
    if (bytes_[at_] != expected) return false;
    ++at_;
    return true;
  }
  std::optional<std::string_view> bytes(std::size_t size) {
    if (bytes_.size() - at_ < size) {
      need_more_ = true;
      return std::nullopt;
    }
    at_ += size;
    return bytes_.substr(at_ - size, size);
  }
  [[nodiscard]] bool need_more() const { return need_more_; }
  [[nodiscard]] std::size_t place() const { return at_; }
  [[nodiscard]] std::string_view rest() const { return bytes_.substr(at_); }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
  bool need_more_ = false;
};

/// A frame and its size, nothing while bytes are missing, or why it is none.
Result<std::optional<RelpFrame>> parse(std::string_view bytes, std::size_t most_data,
                                       std::size_t& size) {
  Cursor in{bytes};
  const auto stop = [&](const char* what) -> Result<std::optional<RelpFrame>> {
    if (in.need_more()) return std::optional<RelpFrame>{};
    return fail(grammar(what, in.rest()));
  };
  RelpFrame frame;
  const auto transaction = in.number();
  if (!transaction || !in.take(' ')) return stop("no transaction number");
  frame.transaction = *transaction;
  const auto command = in.word(kMostLetters, is_letter);
  if (!command || !in.take(' ')) return stop("no command");
  frame.command = *command;
  const auto length = in.number();
  if (!length) return stop("no length");
  if (*length > most_data) {
    return fail({.verdict = Verdict::retry,
                 .code = "relp/too-large",
                 .cause = "a RELP frame of " + std::to_string(*length) + " bytes, at most " +
                          std::to_string(most_data) + " are taken",
                 .consequence = "the connection is closed",
                 .next_step = "look at what the peer sends"});
  }
  if (*length > 0) {
    if (!in.take(' ')) return stop("no blank before the data");
    const auto data = in.bytes(*length);
    if (!data) return stop("cut data");
    frame.data = *data;
  }
  if (!in.take('\n')) return stop("no end of the frame");
  size = in.place();
  return std::optional<RelpFrame>{frame};
}

void append_number(std::string& out, std::size_t number) {
  std::array<char, 20> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  static_cast<void>(error);
  out.append(digits.data(), end);
}

/// Calls `f` with each part of `text` between separators.
template <class F>
void each_part(std::string_view text, char separator, F f) {
  for (std::size_t parts = 0; parts < kMostOffers && !text.empty(); ++parts) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0) f(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace

void append_relp_frame(std::string& out, std::uint32_t transaction, std::string_view command,
                       std::string_view data) {
  append_number(out, transaction);
  out += ' ';
  out += command;
  out += ' ';
  append_number(out, data.size());
  if (!data.empty()) {
    out += ' ';
    out += data;
  }
  out += '\n';
}

void RelpReader::arrived(std::string_view bytes) {
  if (used_ == bytes_.size() || used_ > kWorthMoving) {
    bytes_.erase(0, used_);
    used_ = 0;
  }
  bytes_ += bytes;
}

Result<std::optional<RelpFrame>> RelpReader::next() {
  std::size_t size = 0;
  auto frame = parse(std::string_view{bytes_}.substr(used_), most_data_, size);
  used_ += size;
  return frame;
}

std::optional<RelpAnswer> parse_relp_answer(std::string_view data) {
  if (data.size() < 3 || !std::all_of(data.begin(), data.begin() + 3, is_digit))
    return std::nullopt;
  if (data.size() > 3 && data[3] != ' ' && data[3] != '\n') return std::nullopt;
  RelpAnswer answer;
  answer.code = (data[0] - '0') * 100 + (data[1] - '0') * 10 + (data[2] - '0');
  std::string_view rest = data.substr(3);
  const std::size_t line = std::min(rest.find('\n'), rest.size());
  answer.text = rest.substr(0, line);
  if (answer.text.starts_with(' ')) answer.text.remove_prefix(1);
  answer.offers = rest.substr(std::min(line + 1, rest.size()));
  return answer;
}

RelpOffers parse_relp_offers(std::string_view text) {
  RelpOffers offers;
  each_part(text, '\n', [&](std::string_view line) {
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) return;
    const std::string_view name = line.substr(0, equals);
    const std::string_view value = line.substr(equals + 1);
    if (name == "relp_version") {
      int version = 0;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), version);
      if (error == std::errc{} && end == value.data() + value.size()) offers.version = version;
    } else if (name == "relp_software") {
      offers.software = excerpt(value, 200);
    } else if (name == "commands") {
      each_part(value, ',', [&](std::string_view word) { offers.commands.emplace_back(word); });
    }
  });
  return offers;
}

std::string write_relp_offers(const RelpOffers& offers) {
  std::string out;
  if (offers.version) out = "relp_version=" + std::to_string(*offers.version);
  if (!offers.software.empty()) out += "\nrelp_software=" + offers.software;
  if (!offers.commands.empty()) {
    out += "\ncommands=";
    for (std::size_t i = 0; i < offers.commands.size(); ++i)
      out.append(i > 0 ? "," : "").append(offers.commands[i]);
  }
  return out;
}

}  // namespace cistern::codec
