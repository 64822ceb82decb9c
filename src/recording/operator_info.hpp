// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "flopwatch/operator_rule.hpp"

namespace flopwatch::detail {

/// What the observer of the dispatcher must know to record one call of an operator.
struct call_traits {
  std::uint16_t schema_args = 0;  ///< arguments of its schema; 0 where that is not known
  bool wants_args : 1 = true;     ///< its rows are distinguished by their arguments
  bool may_cast : 1 = false;      ///< under autocast it casts its arguments, then calls itself with these
  bool composite : 1 = false;     ///< the framework's own, and the operators that it calls do all its work
  bool has_autograd : 1 = false;  ///< the framework's own, with generated autograd code around its kernel
  bool allocates : 1 = false;     ///< makes a tensor for another one to fill
  bool has_zero_kernel : 1 =
      false;  ///< another kernel, with little or no work, takes tensors known to be zero
};

/// An operator as one recording treats it. Lives as long as the recording.
struct operator_info {
  bool opened = false;        ///< its treatment: it has no record itself, only what it calls has
  bool is_operator = true;    ///< false: a named range, whose name can be in transient memory
  bool engine_frame = false;  ///< the autograd engine's frame around one node of the backward pass
  bool python_frame = false;  ///< the frame in which a dispatch mode or a tensor subclass answers an operator
  bool region_frame = false;  ///< the frame around a compiled region; its row has the entries
  bool own_rule = false;      ///< its rule is one of `operator_rules`
  bool compiled = false;      ///< read from the graph of a compiled region, not called through the dispatcher
  call_traits traits;
  std::string base;      ///< "aten::mm"
  std::string overload;  ///< "out", often ""
  operator_entry entry;
  mutable std::atomic<bool> rule_asked{false};  ///< of the user's rule

  [[nodiscard]] std::string full_name() const { return overload.empty() ? base : base + "." + overload; }
};

/// Rules given by the user, by name without overload; they win over the built-in tables.
using operator_rules = std::map<std::string, operator_rule_function>;

/// All operators seen in one recording. Thread-safe.
class operator_registry {
 public:
  /// `unsought`: those of `rules` that nobody gave for this recording, so nobody misses them.
  explicit operator_registry(operator_rules rules, std::set<std::string> unsought = {})
      : rules_(std::move(rules)), unsought_(std::move(unsought)) {}

  /// `traits`: what the framework says of it; `wants_args` is set here.
  operator_info const& find(std::string_view base, std::string_view overload, call_traits traits);
  /// For records that are not operators but named ranges: the framework's own frames are opened, any other (a
  /// fused group, a user's autograd function) is treated as an operator without a rule.
  operator_info const& find_range(std::string_view name);
  /// An operator in the graph of a compiled region. `decomposed`: the compiler took the product apart, and
  /// its arguments are the two factors of an elementwise multiplication.
  operator_info const& find_compiled(std::string_view base, std::string_view overload, bool decomposed);

  /// There are rules that somebody misses if they are never asked.
  [[nodiscard]] bool has_own_rules() const noexcept { return rules_.size() > unsought_.size(); }
  /// Names of those that were not asked. After the recording.
  [[nodiscard]] std::vector<std::string> rules_not_asked() const;
  /// Names without overload of all that was found, operators and ranges. After the recording.
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  operator_info const& add(std::string_view base, std::string_view overload, bool is_operator,
                           call_traits traits);

  std::mutex mutex_;
  operator_rules rules_;
  std::set<std::string> unsought_;
  std::map<std::pair<std::string, std::string>, std::unique_ptr<operator_info>> known_;
  std::map<std::tuple<std::string, std::string, bool>, std::unique_ptr<operator_info>> compiled_;
};

}  // namespace flopwatch::detail
