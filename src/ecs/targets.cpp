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

/// With the comma that separates it from what stands before it, unless it is the first.
std::string prefix_of(const std::string& name) {
  std::string prefix = ",";
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

Plan TargetList::plan(const Place& place, const std::string& vendor_key) {
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
  Plan plan;
  plan.places.assign(targets_.size(), 0);
  plan.objects.emplace_back();
  std::vector<ObjectId> path;
  add_fields(root, path, plan);
  return plan;
}

void TargetList::add_fields(const std::map<std::string, Node>& children,
                            std::vector<ObjectId>& path, Plan& plan) {
  const ObjectId parent = path.empty() ? 0 : path.back();
  for (const auto& [name, node] : children) {
    if (node.kind == Node::Kind::object) {
      path.push_back(static_cast<ObjectId>(plan.objects.size()));
      plan.objects.push_back(prefix_of(name) + "{");
      add_fields(node.children, path, plan);
      path.pop_back();
      continue;
    }
    const auto place = static_cast<std::uint16_t>(plan.fields.size());
    if (node.kind == Node::Kind::vendor) {
      plan.vendor = place;
      plan.fields.push_back({PlanField::Kind::vendor, 0, prefix_of(name), path, parent});
    } else {
      const bool set = targets_[node.target].set;
      plan.places[node.target] = place;
      plan.fields.push_back({set ? PlanField::Kind::set : PlanField::Kind::field, node.target,
                             prefix_of(name), path, parent});
    }
  }
}

}  // namespace cistern::ecs
