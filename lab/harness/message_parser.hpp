// HTTP/1.1 messages from bytes, piece by piece. The only place of the lab that includes Beast,
// which is slow to compile.
#pragma once

#include "lab/harness/http.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::lab {

enum class ParseState : std::uint8_t { more, done, refused };

/// Reads one request: at most 32 KiB of header and 1 MiB of body.
class RequestParser {
 public:
  RequestParser();
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  /// Consumes from the front of `input`; bytes of a following request stay in it.
  ParseState put(std::string& input);
  /// Method, target, headers and body; valid after `done`.
  [[nodiscard]] Request take();
  [[nodiscard]] bool keep_alive() const;
  /// POST and PUT without Content-Length or chunks, which IIS answers with 411.
  [[nodiscard]] bool lacks_length() const;
  [[nodiscard]] std::string why() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Reads one response and hands its body on as it comes.
class ResponseParser {
 public:
  using Sink = std::function<void(std::string_view)>;
  explicit ResponseParser(Sink sink);
  ~ResponseParser();
  ResponseParser(const ResponseParser&) = delete;
  ResponseParser& operator=(const ResponseParser&) = delete;

  ParseState put(std::string& input);
  /// The peer has closed; `done` only if that ends the message rightly.
  ParseState put_end();
  [[nodiscard]] int status() const;
  [[nodiscard]] std::vector<Header> headers() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cistern::lab
