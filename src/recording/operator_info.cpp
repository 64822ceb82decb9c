// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recording/operator_info.hpp"

#include <algorithm>
#include <array>

#include "rules/operator/decomposed.hpp"

namespace flopwatch::detail {
namespace {

/// The compiler's frame around each call of code that it made, whatever the backend.
constexpr std::string_view compiled_region = "Torch-Compiled Region";

}  // namespace

operator_info const& operator_registry::find(std::string_view base, std::string_view overload,
                                             call_traits traits) {
  return add(base, overload, true, traits);
}

operator_info const& operator_registry::add(std::string_view base, std::string_view overload,
                                            bool is_operator, call_traits traits) {
  std::lock_guard const lock(mutex_);
  auto& slot = known_[{std::string(base), std::string(overload)}];
  if (slot) return *slot;
  auto info = std::make_unique<operator_info>();
  info->base = base;
  info->overload = overload;
  info->is_operator = is_operator;
  info->traits = traits;
  if (auto own = rules_.find(info->base); own != rules_.end()) {
    info->entry = {operator_treatment::counted, arithmetic::other, own->second};
    info->own_rule = true;
  } else {
    info->entry = find_operator(base, overload);
    // Some operators without arithmetic announce themselves a second time below the dispatcher, by their bare
    // name ("detach").
    bool const own_range = !is_operator && find_operator("aten::" + info->base, {}).treatment ==
                                               operator_treatment::no_arithmetic;
    if ((traits.composite || own_range) && info->entry.treatment == operator_treatment::unknown &&
        info->entry.note.empty()) {
      info->entry.treatment = operator_treatment::opened;
    }
  }
  info->opened = info->entry.treatment == operator_treatment::opened;
  info->traits.wants_args = info->entry.treatment == operator_treatment::counted ||
                            info->entry.treatment == operator_treatment::unknown;
  info->traits.allocates = base.starts_with("aten::empty") || base.starts_with("aten::new_empty") ||
                           base.starts_with("aten::zeros") || base.starts_with("aten::new_zeros");
  info->python_frame = !is_operator && (base == "PythonDispatchMode" || base == "PythonSubclass");
  info->engine_frame = base.starts_with("autograd::engine::evaluate_function");
  info->region_frame = !is_operator && base == compiled_region;
  slot = std::move(info);
  return *slot;
}

operator_info const& operator_registry::find_compiled(std::string_view base, std::string_view overload,
                                                      bool decomposed) {
  std::lock_guard const lock(mutex_);
  auto& slot = compiled_[{std::string(base), std::string(overload), decomposed}];
  if (slot) return *slot;
  auto info = std::make_unique<operator_info>();
  info->base = base;
  info->overload = overload;
  info->compiled = true;
  auto const own = rules_.find(info->base);
  if (decomposed) {
    info->entry = {operator_treatment::counted, arithmetic::multiply_add,
                   flopwatch::operator_rules::decomposed_product};
  } else if (own != rules_.end()) {
    info->entry = {operator_treatment::counted, arithmetic::other, own->second};
    info->own_rule = true;
  } else {
    info->entry = find_operator(base, overload);
  }
  slot = std::move(info);
  return *slot;
}

operator_info const& operator_registry::find_range(std::string_view name) {
  // Kept by prefix: some of these names have a number and would pile up.
  constexpr std::array<std::string_view, 17> frames{"_NoopSaveInputs",
                                                    "CompiledFunction",  // around a compiled region
                                                    "CheckpointFunction",
                                                    "autograd::engine::evaluate_function",
                                                    "autograd::engine::",
                                                    "torch::autograd::",
                                                    "TorchDynamo",
                                                    compiled_region,
                                                    "Optimizer.",
                                                    "enumerate(",
                                                    "nn.Module",
                                                    "DistributedDataParallel",
                                                    "torch.distributed.ddp.",
                                                    "record_param_comms",
                                                    "ProfilerStep",
                                                    "PythonDispatchMode",
                                                    "PythonSubclass"};
  auto const known =
      std::find_if(frames.begin(), frames.end(), [&](std::string_view f) { return name.starts_with(f); });
  // Autograd functions of a DTensor: conversions, and the collectives that they call.
  constexpr std::array<std::string_view, 3> conversions{"_FromTorchTensor", "_ToTorchTensor", "Redistribute"};
  bool const converts = std::find(conversions.begin(), conversions.end(), name) != conversions.end();
  // What torch.library.register_autograd puts around the operator's own kernel; its backward is the user's.
  bool const generated = name.starts_with("GeneratedBackwardFor_") && !name.ends_with("Backward");
  // "chunk": the TorchScript interpreter's own form of a view.
  bool const opened = known != frames.end() || converts || generated || name == "chunk";
  return add(known != frames.end() ? *known : name, {}, false, {.composite = opened});
}

std::vector<std::string> operator_registry::rules_not_asked() const {
  std::set<std::string> asked;
  for (auto const& [name, info] : known_) {
    if (info->rule_asked.load(std::memory_order_relaxed)) asked.insert(info->base);
  }
  for (auto const& [name, info] : compiled_) {
    if (info->rule_asked.load(std::memory_order_relaxed)) asked.insert(info->base);
  }
  std::vector<std::string> out;
  for (auto const& [name, rule] : rules_) {
    if (!asked.contains(name) && !unsought_.contains(name)) out.push_back(name);
  }
  return out;
}

std::vector<std::string> operator_registry::names() const {
  std::vector<std::string> out;
  for (auto const& [name, info] : known_) {
    if (out.empty() || out.back() != info->base) out.push_back(info->base);
  }
  return out;
}

}  // namespace flopwatch::detail
