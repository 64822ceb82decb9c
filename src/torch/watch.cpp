// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/torch/watch.hpp"

#include <algorithm>
#include <mutex>
#include <set>
#include <typeindex>
#include <unordered_map>
#include <unordered_set>

#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/container/sequential.h>

#include "flopwatch/torch/scoped.hpp"
#include "recording/module_names.hpp"
#include "session/session_state.hpp"
#include "text/nearest.hpp"
#include "torch/formula_rule.hpp"

namespace flopwatch {
namespace {

using torch::nn::Module;

std::mutex scoped_objects_mutex;

std::unordered_map<Module const*, std::weak_ptr<Module>>& scoped_objects() {
  static std::unordered_map<Module const*, std::weak_ptr<Module>> all;
  return all;
}

bool called_through_scoped(Module const* module) {
  std::lock_guard const lock(scoped_objects_mutex);
  auto const it = scoped_objects().find(module);
  return it != scoped_objects().end() && !it->second.expired();
}

/// Ways from the root are counted one by one; a tree of shared modules can have exponentially many.
constexpr std::size_t max_paths = 1'000'000;

/// Elements of all parameters in and below `roots`, each tensor once, as Python's `parameters()` gives them;
/// the C++ one repeats what is shared.
std::int64_t count_parameters(std::vector<Module const*> open) {
  std::unordered_set<Module const*> modules(open.begin(), open.end());
  std::unordered_set<at::TensorImpl const*> tensors;
  std::int64_t elements = 0;
  while (!open.empty()) {
    auto const* const m = open.back();
    open.pop_back();
    for (auto const& p : m->parameters(/*recurse=*/false)) {
      if (p.defined() && tensors.insert(p.unsafeGetTensorImpl()).second) elements += p.numel();
    }
    for (auto const& child : m->children()) {
      if (child && modules.insert(child.get()).second) open.push_back(child.get());
    }
  }
  return elements;
}

/// Adds the tree of one root to `names`.
class tree_walk {
 public:
  tree_walk(custom_ops const& ops, detail::module_names& names) : ops_(ops), names_(names) {}

  void walk(Module const& root, std::int64_t parent_path, std::string const& name) {
    visit(root, parent_path, name, nullptr);
  }

  void list_types_never_met() {
    std::vector<std::string> there;
    for (auto const& m : names_.modules()) there.push_back(m.record.type);
    for (auto const& [type, rule] : ops_.rules()) {
      if (met_.contains(type)) continue;
      auto const label = label_of(type);
      auto const near = text::nearest(label, there);
      names_.types_never_met.push_back(near ? label + " (nearest in the model: " + *near + ")" : label);
    }
  }

 private:
  /// As detail::type_label.
  static std::string label_of(std::type_index type) {
    auto name = c10::demangle(type.name());
    if (auto const end = name.rfind("::"); end != std::string::npos) name.erase(0, end + 2);
    if (name.ends_with("Impl")) name.erase(name.size() - 4);
    return name;
  }

  void visit(Module const& module, std::int64_t parent_path, std::string const& name, Module const* parent) {
    if (names_.find(&module) == nullptr) add(module, parent);
    if (names_.paths().size() >= max_paths) {
      throw usage_error(
          "the watched model has more than a million ways from its root to its modules (modules shared by "
          "shared modules): watch a part of it");
    }
    auto const path = names_.add_path(parent_path, name, &module);
    std::vector<Module const*> seen;
    for (auto const& child : module.named_children()) {
      auto const* const object = child.value().get();
      if (object == nullptr || std::find(seen.begin(), seen.end(), object) != seen.end()) continue;
      seen.push_back(object);
      visit(*object, path, child.key(), &module);
    }
  }

  void add(Module const& module, Module const* parent) {
    auto const* const aware = dynamic_cast<detail::scope_aware const*>(&module);
    auto const& type = aware != nullptr ? aware->module_type() : typeid(module);
    module_record record;
    record.type = detail::type_label(type);
    record.library_type = is_library_type(type);
    record.transparent = dynamic_cast<torch::nn::SequentialImpl const*>(&module) != nullptr ||
                         dynamic_cast<torch::nn::ModuleListImpl const*>(&module) != nullptr;
    record.opens_scope = aware != nullptr || called_through_scoped(&module);
    record.parameters = count_parameters({&module});
    auto& info = names_.add(&module, std::move(record));
    set_rule(info, module, type);
    // torch's MultiheadAttention reads out_proj's weight and never calls it.
    if (dynamic_cast<torch::nn::MultiheadAttentionImpl const*>(parent) != nullptr) info.never_called = true;
  }

  void set_rule(detail::module_info& info, Module const& module, std::type_info const& type) {
    if (auto const own = ops_.rules().find(type); own != ops_.rules().end()) {
      met_.insert(type);
      info.record.rule = rule_origin::custom;
      info.record.rule_name = own->second.name;
      info.unit = formula_unit::macs;
      info.rule_is_pure = false;
      info.rule = [&module, rule = own->second.function](module_call const& call) {
        return rule(module, call);
      };
    } else if (auto const* const thop = torch_layer::find_thop_rule(type); thop != nullptr) {
      info.record.rule = thop->origin;
      info.record.rule_name = thop->name;
      info.unit = thop->unit;
      info.rule_is_zero = thop->is_zero;
      info.rule = [&module, thop](module_call const& call) { return thop->count(module, call); };
    }
  }

  static bool is_library_type(std::type_info const& type) {
    return c10::demangle(type.name()).starts_with("torch::nn::");
  }

  custom_ops const& ops_;
  detail::module_names& names_;
  std::set<std::type_index> met_;
};

/// The roots of one session, and what reads their trees.
class watched_roots {
 public:
  void add(std::shared_ptr<Module> const& module, std::string_view name, custom_ops ops) {
    for (auto const& r : roots_) {
      if (r.module == module)
        throw usage_error(
            "session::watch was given the same module twice: watch it once, with all its rules");
      if (!name.empty() && r.name == name) {
        throw usage_error("session::watch was given two roots named \"" + r.name + "\": name them apart");
      }
    }
    if (name.find('.') != std::string_view::npos) {
      throw usage_error("the root's name \"" + std::string(name) +
                        "\" has a dot, which separates the parts of a path: leave it out");
    }
    roots_.push_back({module, std::string(name), std::move(ops)});
  }

  detail::module_names operator()() const {
    detail::module_names names;
    bool const alone = roots_.size() == 1 && roots_.front().name.empty();
    auto const group = alone ? 0 : add_group(names);
    std::vector<tree_walk> walks;
    walks.reserve(roots_.size());
    for (std::size_t i = 0; i < roots_.size(); ++i) {
      auto const& r = roots_[i];
      walks.emplace_back(r.ops, names).walk(*r.module, group, alone ? "" : name_of(i));
    }
    for (auto const& r : roots_) {
      if (auto const& paths = names.find(r.module.get())->paths; paths.size() > 1) {
        throw usage_error("one root of session::watch is a part of another one (\"" + paths.front() +
                          "\" is \"" + paths.back() + "\"): watch the larger one alone");
      }
    }
    for (auto& walk : walks) walk.list_types_never_met();
    return names;
  }

 private:
  struct root {
    std::shared_ptr<Module> module;
    std::string name;
    custom_ops ops;
  };

  /// What the roots have in common: a record without a type, which is never called.
  std::int64_t add_group(detail::module_names& names) const {
    module_record record;
    record.transparent = true;
    record.opens_scope = true;
    std::vector<Module const*> modules;
    for (auto const& r : roots_) modules.push_back(r.module.get());
    record.parameters = count_parameters(std::move(modules));
    names.add(this, std::move(record));
    return names.add_path(0, "", this);
  }

  static std::string type_of(Module const& module) {
    auto const* const aware = dynamic_cast<detail::scope_aware const*>(&module);
    return detail::type_label(aware != nullptr ? aware->module_type() : typeid(module));
  }

  bool is_taken(std::string const& name) const {
    return std::any_of(roots_.begin(), roots_.end(), [&](root const& r) { return r.name == name; });
  }

  /// Its name, or its type with a number where others have it.
  std::string name_of(std::size_t at) const {
    if (!roots_[at].name.empty()) return roots_[at].name;
    auto const type = type_of(*roots_[at].module);
    std::int64_t number = 1;
    for (std::size_t i = 0; i < at; ++i) {
      if (roots_[i].name.empty() && type_of(*roots_[i].module) == type) ++number;
    }
    auto name = number == 1 ? type : type + "_" + std::to_string(number);
    while (is_taken(name)) name += "_";
    return name;
  }

  std::vector<root> roots_;
};

}  // namespace

void watch_model(session& s, std::shared_ptr<torch::nn::Module> const& root, std::string_view name,
                 custom_ops ops) {
  if (!root) throw usage_error("session::watch was given an empty module");
  auto const* const so_far = s.state().read_tree.target<watched_roots>();
  auto roots = so_far == nullptr ? watched_roots() : *so_far;
  roots.add(root, name, std::move(ops));
  s.state().read_tree = std::move(roots);
}

void watch_model(session& s, std::shared_ptr<torch::nn::Module> const& root, custom_ops ops) {
  watch_model(s, root, std::string_view(), std::move(ops));
}

namespace detail {

void note_scoped_object(std::shared_ptr<torch::nn::Module> const& module) {
  std::lock_guard const lock(scoped_objects_mutex);
  auto& all = scoped_objects();
  // Destroyed objects would pile up in a program that makes models all day.
  if (all.size() >= 64 && (all.size() & (all.size() - 1)) == 0) {
    std::erase_if(all, [](auto const& entry) { return entry.second.expired(); });
  }
  all[module.get()] = module;
}

void call_shapes::add(at::Tensor const& t) {
  if (!t.defined()) return;
  ++tensors_;
  if (t.is_nested()) {  // strided: it gives no size, as to thop
    auto const rank = t.dim();
    words_.push_back(-1 - rank);
    words_.insert(words_.end(), static_cast<std::size_t>(rank), module_call::ragged);
    words_.push_back(t.numel());
    return;
  }
  auto const sizes = t.sizes();
  words_.push_back(static_cast<std::int64_t>(sizes.size()));
  words_.insert(words_.end(), sizes.begin(), sizes.end());
}

void call_shapes::add(torch::nn::utils::rnn::PackedSequence const& p) {
  add(p.data());
  if (tensors_ != 1 || !p.batch_sizes().defined() || p.batch_sizes().numel() == 0) return;
  max_batch_ = p.batch_sizes().data_ptr<std::int64_t>()[0];
  steps_ = p.batch_sizes().numel();
}

}  // namespace detail
}  // namespace flopwatch
