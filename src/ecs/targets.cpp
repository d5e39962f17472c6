#include "ecs/targets.hpp"

#include "codec/json.hpp"

#include <limits>

namespace cistern::ecs {
namespace {

bool is_field_name(std::string_view path) {
  if (path.empty() || path.front() == '.' || path.back() == '.') return false;
  if (path.find("..") != std::string_view::npos) return false;
  for (const char c : path) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !(c >= '0' && c <= '9') && c != '_' && c != '.' && c != '@' && c != '-') {
      return false;
    }
  }
  return true;
}

PlanStep step(PlanStep::Kind kind, std::string prefix = {}, TargetId target = 0) {
  PlanStep result;
  result.kind = kind;
  result.prefix = std::move(prefix);
  result.target = target;
  return result;
}

std::string prefix_of(const std::string& name) {
  std::string prefix;
  codec::append_json_string(prefix, name);
  prefix.push_back(':');
  return prefix;
}

}  // namespace

struct TargetList::Node {
  enum class Kind { object, field, vendor };
  Kind kind = Kind::object;
  TargetId target = 0;
  Place place;
  std::map<std::string, Node> children;
};

TargetList::TargetList(Mistakes& mistakes) : mistakes_(mistakes) {}

TargetId TargetList::builtin(const std::string& path, bool set, bool reserved) {
  const auto id = static_cast<TargetId>(targets_.size());
  targets_.push_back({path, set});
  places_.push_back({"cistern", 0});
  reserved_.push_back(reserved);
  by_path_.emplace(path, id);
  return id;
}

TargetId TargetList::use(const Place& place, const std::string& path, bool set) {
  if (const auto found = by_path_.find(path); found != by_path_.end()) {
    const TargetId id = found->second;
    if (reserved_[id]) {
      mistakes_.add(place, "`" + path + "` is filled by cistern itself; no rule may set it");
    } else if (targets_[id].set != set) {
      mistakes_.add(place, "`" + path + "` is a " + (set ? "single field" : "list") + " in " +
                               places_[id].file + ":" + std::to_string(places_[id].line) +
                               " and a " + (set ? "list" : "single field") + " here");
    }
    return id;
  }
  if (!is_field_name(path)) {
    mistakes_.add(place, "`" + path + "` is not a field name such as source.ip");
  }
  if (targets_.size() >= std::numeric_limits<TargetId>::max()) {
    mistakes_.add(place, "a mapping can set at most 65535 fields");
    return 0;
  }
  const auto id = static_cast<TargetId>(targets_.size());
  targets_.push_back({path, set});
  places_.push_back(place);
  reserved_.push_back(false);
  by_path_.emplace(path, id);
  return id;
}

bool TargetList::is_set(std::string_view path) const {
  const auto found = by_path_.find(path);
  return found != by_path_.end() && targets_[found->second].set;
}

std::vector<PlanStep> TargetList::plan(const Place& place, const std::string& vendor_key) {
  std::map<std::string, Node> root;
  const auto insert = [&](const std::string& path, Node leaf) {
    std::map<std::string, Node>* level = &root;
    std::size_t from = 0;
    for (;;) {
      const std::size_t dot = path.find('.', from);
      const std::string name = path.substr(from, dot - from);
      const auto [at, fresh] = level->try_emplace(name);
      Node& node = at->second;
      if (dot == std::string::npos) {
        if (fresh) {
          node = std::move(leaf);
          return;
        }
      } else if (fresh || node.kind == Node::Kind::object) {
        if (fresh) node.place = leaf.place;
        level = &node.children;
        from = dot + 1;
        continue;
      }
      mistakes_.add(leaf.place, "`" + path + "` collides with " + node.place.file + ":" +
                                    std::to_string(node.place.line) +
                                    ": a field cannot be a value and an object at once");
      return;
    }
  };
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    insert(targets_[i].path, {Node::Kind::field, static_cast<TargetId>(i), places_[i], {}});
  }
  if (!is_field_name(vendor_key)) {
    mistakes_.add(place, "`vendor_key` is a dotted name such as o365.audit");
  } else {
    insert(vendor_key, {Node::Kind::vendor, 0, place, {}});
  }
  std::vector<PlanStep> steps;
  add_steps(root, steps);
  return steps;
}

void TargetList::add_steps(const std::map<std::string, Node>& children,
                           std::vector<PlanStep>& steps) {
  for (const auto& [name, node] : children) {
    const std::string prefix = prefix_of(name);
    if (node.kind == Node::Kind::vendor) {
      steps.push_back(step(PlanStep::Kind::vendor, prefix));
    } else if (node.kind == Node::Kind::field) {
      const bool set = targets_[node.target].set;
      steps.push_back(step(set ? PlanStep::Kind::set : PlanStep::Kind::field, prefix, node.target));
    } else {
      steps.push_back(step(PlanStep::Kind::open, prefix));
      add_steps(node.children, steps);
      steps.push_back(step(PlanStep::Kind::close));
    }
  }
}

std::vector<std::uint16_t> number_plan(std::vector<PlanStep>& plan, std::size_t targets) {
  std::vector<std::uint16_t> places(targets, 0);
  std::vector<std::uint32_t> open;
  std::uint16_t place = 0;
  for (std::uint32_t at = 0; at < plan.size(); ++at) {
    PlanStep& step = plan[at];
    if (step.kind == PlanStep::Kind::open) {
      step.first = place;
      open.push_back(at);
    } else if (step.kind == PlanStep::Kind::close) {
      plan[open.back()].last = place;
      plan[open.back()].close = at;
      open.pop_back();
    } else if (step.kind == PlanStep::Kind::vendor) {
      for (const std::uint32_t outer : open)
        plan[outer].always = true;
    } else {
      places[step.target] = place++;
    }
  }
  return places;
}

}  // namespace cistern::ecs
