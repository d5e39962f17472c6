// A secret that cannot be printed, compared or copied into a log by mistake.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace cistern {

/// Holds a password, key or token. The text is reachable only inside a function given to use(), so
/// every place that handles it can be found by searching for `.use(`. The memory is overwritten
/// when the value goes away.
class Secret {
 public:
  Secret() = default;
  /// Takes the text over; move it in, so that no copy stays behind.
  explicit Secret(std::string text);
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  /// Calls `f` with the text, which must not outlive the call.
  template <class F>
  auto use(F&& f) const {
    return std::forward<F>(f)(std::string_view{text_});
  }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  [[nodiscard]] std::size_t size() const { return text_.size(); }

  friend std::ostream& operator<<(std::ostream&, const Secret&) = delete;
  friend bool operator==(const Secret&, const Secret&) = delete;

 private:
  void wipe() noexcept;
  std::string text_;
};

}  // namespace cistern
