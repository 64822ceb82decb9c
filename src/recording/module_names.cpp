// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recording/module_names.hpp"

#include <cstdlib>
#include <cxxabi.h>
#include <map>
#include <memory>
#include <tuple>
#include <utility>

namespace flopwatch::detail {

std::string const& module_info::path_below(std::string_view around) const {
  for (auto const& p : paths) {
    if (around.empty()) return p;
    if (p.size() > around.size() && p[around.size()] == '.' && std::string_view(p).starts_with(around)) {
      return p;
    }
  }
  return paths.front();
}

module_info& module_names::add(void const* module, module_record record) {
  auto& info = modules_.emplace_back();
  info.record = std::move(record);
  info.record.id = static_cast<std::int64_t>(modules_.size());
  by_object_[module] = &info;
  return info;
}

std::int64_t module_names::add_path(std::int64_t parent, std::string name, void const* module) {
  auto& info = *by_object_.at(module);
  module_path_record record;
  record.id = static_cast<std::int64_t>(paths_.size()) + 1;
  record.parent = parent;
  record.module = info.record.id;
  auto const above = parent == 0 ? std::string() : paths_[static_cast<std::size_t>(parent - 1)].path;
  record.path = above.empty() ? name : above + "." + name;
  record.name = std::move(name);
  info.paths.push_back(record.path);
  paths_.push_back(std::move(record));
  return paths_.back().id;
}

void module_names::merge(module_names const& more) {
  auto const held = lock();
  std::vector<void const*> objects(more.modules_.size());
  for (auto const& [object, info] : more.by_object_) {
    objects[static_cast<std::size_t>(info->record.id - 1)] = object;
  }
  for (std::size_t i = 0; i < objects.size(); ++i) {
    auto const& theirs = more.modules_[i];
    if (auto* const known = find(objects[i]); known != nullptr) {
      known->record.parameters = theirs.record.parameters;
      continue;
    }
    auto& added = add(objects[i], theirs.record);
    added.unit = theirs.unit;
    added.rule = theirs.rule;
    added.rule_is_pure = theirs.rule_is_pure;
    added.rule_is_zero = theirs.rule_is_zero;
    added.never_called = theirs.never_called;
  }
  std::map<std::tuple<std::int64_t, std::string, std::int64_t>, std::int64_t> known;
  for (auto const& p : paths_) known.try_emplace({p.parent, p.name, p.module}, p.id);
  std::vector<std::int64_t> id_here(more.paths_.size() + 1, 0);
  for (auto const& p : more.paths_) {
    auto const* const object = objects[static_cast<std::size_t>(p.module - 1)];
    auto const parent = id_here[static_cast<std::size_t>(p.parent)];
    auto const at = known.find({parent, p.name, find(object)->record.id});
    id_here[static_cast<std::size_t>(p.id)] =
        at != known.end() ? at->second : add_path(parent, p.name, object);
  }
  ++version_;
}

void module_names::forget(void const* module) {
  auto const held = lock();
  by_object_.erase(module);
}

module_info const* module_names::find(void const* module) const {
  auto const it = by_object_.find(module);
  return it == by_object_.end() ? nullptr : it->second;
}

module_info* module_names::find(void const* module) {
  auto const it = by_object_.find(module);
  return it == by_object_.end() ? nullptr : it->second;
}

std::string type_label(std::type_info const& type) {
  int status = 0;
  std::unique_ptr<char, decltype(&std::free)> const text(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), &std::free);
  std::string label = status == 0 && text ? text.get() : type.name();
  constexpr std::string_view anonymous = "(anonymous namespace)::";
  for (auto at = label.find(anonymous); at != std::string::npos; at = label.find(anonymous)) {
    label.erase(at, anonymous.size());
  }
  // What precedes a "::", back to the start of that name, is namespaces and enclosing classes.
  std::string own;
  for (std::size_t i = 0; i < label.size(); ++i) {
    if (label.compare(i, 2, "::") == 0) {
      auto const start = own.find_last_of("<, ");
      own.erase(start == std::string::npos ? 0 : start + 1);
      ++i;
    } else {
      own += label[i];
    }
  }
  label.swap(own);
  for (auto at = label.find("Impl<"); at != std::string::npos && at > 0; at = label.find("Impl<")) {
    label.erase(at, 4);
  }
  if (label.size() > 4 && label.ends_with("Impl")) label.resize(label.size() - 4);
  return label;
}

}  // namespace flopwatch::detail
