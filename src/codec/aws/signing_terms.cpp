#include "codec/aws/signing_terms.hpp"

#include <algorithm>
#include <utility>

namespace cistern::codec::aws {

SigningTerms::SigningTerms(std::vector<SigningScope> scopes) {
  for (SigningScope& scope : scopes)
    allow(std::move(scope));
}

void SigningTerms::allow(SigningScope scope) {
  const auto same = std::find_if(scopes_.begin(), scopes_.end(), [&](const SigningScope& known) {
    return known.origin == scope.origin && known.service == scope.service;
  });
  if (same != scopes_.end()) {
    *same = std::move(scope);
    return;
  }
  if (scopes_.size() == kMostScopes) {
    const auto oldest =
        std::find_if(scopes_.begin(), scopes_.end(),
                     [&](const SigningScope& known) { return known.service == scope.service; });
    scopes_.erase(oldest == scopes_.end() ? scopes_.begin() : oldest);
  }
  scopes_.push_back(std::move(scope));
}

const SigningScope* SigningTerms::scope_of(std::string_view origin,
                                           std::string_view service) const {
  const auto found = std::find_if(scopes_.begin(), scopes_.end(), [&](const SigningScope& scope) {
    return scope.origin == origin && scope.service == service;
  });
  return found == scopes_.end() ? nullptr : &*found;
}

}  // namespace cistern::codec::aws
