// SHA-256 over bytes that come in pieces.
#pragma once

#include "base/ids.hpp"

#include <memory>
#include <string_view>

struct evp_md_ctx_st;

namespace cistern {

/// The first 128 bits of SHA-256 over everything added. A copy goes on by itself.
class Digest {
 public:
  Digest();
  Digest(const Digest& other);
  Digest& operator=(const Digest& other);
  ~Digest();

  void add(std::string_view bytes);
  /// Of what was added so far; more may follow.
  [[nodiscard]] Identity sum() const;
  /// Begins anew.
  void reset();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

/// Of bytes that are all there.
Identity digest_of(std::string_view bytes);

}  // namespace cistern
