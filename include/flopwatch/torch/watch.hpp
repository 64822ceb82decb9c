// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <typeindex>
#include <utility>

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include "flopwatch/module_rule.hpp"
#include "flopwatch/session.hpp"
#include "flopwatch/torch/detail/dispatcher.hpp"

namespace flopwatch {

/// The user's own formula rules, by exact module type, as thop's `custom_ops`: a rule returns the MACs of
/// one call, is asked on every call, and wins over thop's own rule for that type.
class custom_ops {
 public:
  using rule_function = std::function<std::int64_t(torch::nn::Module const&, module_call const&)>;

  /// `Impl` is the module class itself, `AttentionImpl`; `rule` takes `(Impl const&, module_call const&)`
  /// or `(module_call const&)`. `name` is what reports call it. What it throws, and a negative number, is
  /// a data loss, never an exception in the model.
  template <class Impl, class Rule>
  custom_ops& add(std::string const& name, Rule rule) {
    return add_rule(typeid(Impl), name,
                    [rule = std::move(rule)](torch::nn::Module const& m, module_call const& call) {
                      if constexpr (std::is_invocable_v<Rule const&, Impl const&, module_call const&>) {
                        return static_cast<std::int64_t>(rule(dynamic_cast<Impl const&>(m), call));
                      } else {
                        return static_cast<std::int64_t>(rule(call));
                      }
                    });
  }

  struct named_rule {
    std::string name;
    rule_function function;
  };
  custom_ops& add_rule(std::type_index type, std::string name, rule_function rule) {
    rules_[type] = {std::move(name), std::move(rule)};
    return *this;
  }
  [[nodiscard]] std::map<std::type_index, named_rule> const& rules() const noexcept { return rules_; }

 private:
  std::map<std::type_index, named_rule> rules_;
};

/// What `session::watch` calls. The module trees are walked each time the session starts recording, which
/// throws usage_error where one root is a part of another. `name`: of the root, in front of the paths of its
/// modules; one root alone needs none.
void watch_model(session& s, std::shared_ptr<torch::nn::Module> const& root, std::string_view name,
                 custom_ops ops = {});
void watch_model(session& s, std::shared_ptr<torch::nn::Module> const& root, custom_ops ops = {});

template <class Contained, class... More>
void watch_model(session& s, torch::nn::ModuleHolder<Contained> const& root, More&&... more) {
  watch_model(s, std::static_pointer_cast<torch::nn::Module>(root.ptr()), std::forward<More>(more)...);
}

}  // namespace flopwatch
