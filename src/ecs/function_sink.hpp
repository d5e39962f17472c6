// Where a named function's results go.
#pragma once

#include "ecs/functions.hpp"
#include "ecs/program.hpp"
#include "ecs/scratch.hpp"

#include <string>
#include <string_view>

namespace cistern::ecs {

/// Results for declared fields become target values at once; with `in_place`, names that begin with
/// '.' become members of an object that replaces the source field below the vendor's key, and "."
/// alone replaces its whole value. A name that the mapping does not declare is remembered.
class FunctionSink : public FieldSink {
 public:
  FunctionSink(const Op& op, ViewScratch& scratch) : op_(op), scratch_(scratch) {}
  void set_json(std::string_view field, std::string_view json) override;
  void set_string(std::string_view field, std::string_view text) override;
  void add_string(std::string_view field, std::string_view text) override;

  [[nodiscard]] bool replaces() const { return replaces_; }
  [[nodiscard]] std::uint32_t replacement() const { return replacement_; }
  [[nodiscard]] std::string_view undeclared() const { return undeclared_; }

 private:
  /// `json` lives in the arena.
  void put(std::string_view field, std::string_view json, bool set);
  void put_in_place(std::string_view name, std::string_view json);

  const Op& op_;
  ViewScratch& scratch_;
  std::string undeclared_;
  bool replaces_ = false;
  std::uint32_t replacement_ = 0;
};

}  // namespace cistern::ecs
