// Runs a lab with TLS until standard input ends; prints where it is, as one JSON line.
#include "codec/json.hpp"
#include "lab/lab.hpp"

#include <cstdio>
#include <iostream>
#include <string>

int main() {
  cistern::SystemClock clock;
  cistern::lab::LabOptions options;
  options.faults = "calm";
  options.tls = true;
  const auto lab = cistern::lab::start_lab(options, clock);
  if (!lab) {
    std::cerr << lab.error().sentence() << "\n";
    return 1;
  }
  std::string line;
  cistern::codec::JsonWriter(line)
      .begin_object()
      .key("url")
      .string((*lab)->url())
      .key("tls_url")
      .string((*lab)->tls_url())
      .key("certificate")
      .string((*lab)->tls_certificate())
      .key("tenant")
      .string(cistern::lab::lab_tenant_id(1))
      .key("domain")
      .string(cistern::lab::lab_tenant_domain(1))
      .key("client_id")
      .string(cistern::lab::kLabClientId)
      .key("secret")
      .string(cistern::lab::kLabClientSecret)
      .key("odd_secret")
      .string(cistern::lab::kLabOddClientSecret)
      .end_object();
  std::cout << line << std::endl;
  std::string ignored;
  while (std::getline(std::cin, ignored)) {
  }
  return 0;
}
