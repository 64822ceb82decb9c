// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "torch/script_scopes.hpp"

#include <string_view>
#include <typeinfo>
#include <unordered_map>
#include <utility>

#include <ATen/core/class_type.h>
#include <torch/csrc/jit/frontend/source_range.h>
#include <torch/csrc/jit/runtime/interpreter.h>

#include "recording/recording.hpp"

namespace flopwatch::torch_layer {
namespace {

using object_pointer = c10::intrusive_ptr<c10::ivalue::Object>;

/// The watched modules by path, of the recording that this thread is in.
detail::module_info const* watched_at(std::string const& path) {
  struct index {
    std::uint64_t generation = 0;
    std::uint64_t version = 0;
    std::unordered_map<std::string, detail::module_info const*> by_path;
  };
  thread_local index known;
  auto const& here = detail::this_thread;
  auto const& names = here.owner->names();
  auto const held = names.lock();
  if (known.generation != here.generation || known.version != names.version()) {
    known.by_path.clear();
    for (auto const& m : names.modules()) {
      for (auto const& p : m.paths) known.by_path.emplace(p, &m);
    }
    known.generation = here.generation;
    known.version = names.version();
  }
  auto const found = known.by_path.find(path);
  return found == known.by_path.end() ? nullptr : found->second;
}

struct found_module {
  std::string path;  ///< below the module that was searched
  object_pointer module;
  int times = 0;
};

/// The modules called `name` of type `type`, directly below `module` or inside its lists and dicts of
/// modules.
void search(object_pointer const& module, std::string const& prefix, std::string_view name,
            std::string_view type, found_module& found) {
  auto const& class_type = *module->type();
  for (std::size_t i = 0; i < class_type.numAttributes(); ++i) {
    if (!class_type.getAttribute(i)->is_module() || !module->getSlot(i).isObject()) continue;
    auto const child = module->getSlot(i).toObject();
    auto const& child_name = class_type.getAttributeName(i);
    if (child_name == name && short_type(*child) == type) {
      ++found.times;
      found.path = prefix + child_name;
      found.module = child;
    } else if (child->type()->findMethod("forward") == nullptr) {
      search(child, prefix + child_name + ".", name, type, found);
    }
  }
}

/// "a" and "B" of "a(B)::forward"; two empty texts where the entry is of no module.
std::pair<std::string, std::string> name_and_type(std::string const& entry) {
  auto const bracket = entry.find('(');
  auto const end = entry.find(')', bracket);
  if (bracket == std::string::npos || end == std::string::npos) return {};
  auto name = entry.substr(0, bracket);
  if (name == "TOP" || name == "SELF" || name == "UNKNOWN_INSTANCE") return {};
  return {std::move(name), entry.substr(bracket + 1, end - bracket - 1)};
}

std::size_t place_of(torch::jit::SourceRange const& range) {
  return range.source() == nullptr
             ? 0
             : range.start() ^ (reinterpret_cast<std::uintptr_t>(range.source().get()) << 1U);
}

}  // namespace

std::string short_type(c10::ivalue::Object const& module) {
  auto const name = module.type()->name();
  return name ? name->name() : "ScriptModule";
}

script_scopes::script_scopes(object_pointer module, bool own_scope) : module_(std::move(module)) {
  if (own_scope) own_.enter(short_type(*module_), short_type(*module_));
}

script_scopes::~script_scopes() {
  close_down_to(0);
  own_.leave();
}

void script_scopes::close_down_to(std::size_t levels) {
  while (open_.size() > levels) {
    if (open_.back().opened) {
      open_.back().scope.failed_call();  // no rule wants to see it
      open_.back().scope.leave();
    }
    open_.pop_back();
  }
}

void script_scopes::open(level& l, detail::thread_record& record) {
  auto const& around = open_.size() > 1 ? open_[open_.size() - 2].module : module_;
  if (!around) return;
  auto const [name, type] = name_and_type(l.instance);
  found_module found;
  search(around, "", name, type, found);
  if (found.times != 1) return;  // none, or it cannot be told which
  l.module = found.module;
  l.opened = true;
  std::string path;
  {
    detail::record_access const access(record);
    if (!access) return;
    path = record.scopes().current()->path;
  }
  auto const* const info = watched_at(path.empty() ? found.path : path + "." + found.path);
  if (info != nullptr) {
    l.scope.enter_module(info, typeid(void), true, info);
  } else {
    l.scope.enter(found.path, type);
  }
}

void script_scopes::follow(detail::thread_record& record) {
  auto const hierarchy = torch::jit::currentModuleHierarchy();
  auto const stack = torch::jit::currentCallstack();
  bool const has_places = stack.size() == hierarchy.size();
  std::size_t depth = 0;
  for (std::size_t i = 0; i < hierarchy.size(); ++i) {
    if (name_and_type(hierarchy[i]).first.empty()) continue;
    // The call stack begins with the innermost function.
    auto const place = has_places && i > 0 ? place_of(stack[stack.size() - i].range) : 0;
    if (depth < open_.size() && open_[depth].instance == hierarchy[i] && open_[depth].place == place) {
      ++depth;
      continue;
    }
    close_down_to(depth);
    open_.push_back({hierarchy[i], place, nullptr, false, {}});
    ++depth;
    open(open_.back(), record);
  }
  close_down_to(depth);
}

}  // namespace flopwatch::torch_layer
