#include "runtime/view_table.hpp"

#include <utility>

namespace cistern::runtime {
namespace {

class CurrentFormat final : public Format {
 public:
  CurrentFormat(FormatFactory factory, config::Values values,
                std::shared_ptr<const ViewTable> views)
      : factory_(std::move(factory)), values_(std::move(values)), views_(std::move(views)) {}

  Status renew() {
    const std::uint64_t generation = views_->generation();
    auto made = factory_(values_, views_->current());
    if (!made) return fail(std::move(made.error()));
    format_ = std::move(*made);
    generation_ = generation;
    return {};
  }

  bool render(const journal::Envelope& envelope, std::string& out) override {
    // The values made a format before, so they make one again; else the one at hand goes on.
    if (views_->generation() != generation_) static_cast<void>(renew());
    return format_->render(envelope, out);
  }
  void describe(const journal::Envelope& envelope, std::string_view payload,
                EventFacts& facts) override {
    format_->describe(envelope, payload, facts);
  }
  std::vector<MappingDrift> take_drift() override { return format_->take_drift(); }

 private:
  FormatFactory factory_;
  config::Values values_;
  std::shared_ptr<const ViewTable> views_;
  std::unique_ptr<Format> format_;
  std::uint64_t generation_ = 0;
};

}  // namespace

std::shared_ptr<const Views> ViewTable::current() const {
  const std::lock_guard lock(mutex_);
  return views_;
}

void ViewTable::add(const Views& views) {
  const std::lock_guard lock(mutex_);
  auto next = std::make_shared<Views>(*views_);
  bool changed = false;
  for (const auto& [name, view] : views) {
    auto& known = (*next)[name];
    changed = changed || known != view;
    known = view;
  }
  if (!changed) return;
  views_ = std::move(next);
  ++generation_;
}

void ViewTable::add_names(const std::vector<journal::Renamed>& names) {
  const auto known = current();
  Views more;
  for (const auto& name : names) {
    const auto view = known->find(name.present);
    if (view != known->end()) more.emplace(name.former, view->second);
  }
  add(more);
}

Result<std::unique_ptr<Format>> make_current_format(const FormatFactory& factory,
                                                    const config::Values& values,
                                                    std::shared_ptr<const ViewTable> views) {
  auto format = std::make_unique<CurrentFormat>(factory, values, std::move(views));
  if (auto made = format->renew(); !made) return fail(std::move(made.error()));
  return std::unique_ptr<Format>{std::move(format)};
}

}  // namespace cistern::runtime
