#include "base/digest.hpp"

#include <array>
#include <cstring>
#include <stdexcept>

#include <openssl/evp.h>

namespace cistern {
namespace {

void require(bool done) {
  if (!done) throw std::runtime_error("OpenSSL offers no SHA-256");
}

}  // namespace

void Digest::Free::operator()(evp_md_ctx_st* context) const {
  EVP_MD_CTX_free(context);
}

Digest::Digest() : context_(EVP_MD_CTX_new()) {
  require(context_ != nullptr);
  reset();
}

Digest::Digest(const Digest& other) : context_(EVP_MD_CTX_new()) {
  require(context_ != nullptr);
  require(EVP_MD_CTX_copy_ex(context_.get(), other.context_.get()) == 1);
}

Digest& Digest::operator=(const Digest& other) {
  if (this != &other) require(EVP_MD_CTX_copy_ex(context_.get(), other.context_.get()) == 1);
  return *this;
}

Digest::~Digest() = default;

void Digest::reset() {
  require(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
}

void Digest::add(std::string_view bytes) {
  require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

Identity Digest::sum() const {
  const Digest copy{*this};
  std::array<unsigned char, EVP_MAX_MD_SIZE> whole{};
  require(EVP_DigestFinal_ex(copy.context_.get(), whole.data(), nullptr) == 1);
  Identity sum;
  std::memcpy(sum.bytes.data(), whole.data(), sum.bytes.size());
  return sum;
}

Identity digest_of(std::string_view bytes) {
  Digest digest;
  digest.add(bytes);
  return digest.sum();
}

}  // namespace cistern
