// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <typeinfo>
#include <unordered_map>
#include <vector>

#include "flopwatch/capture.hpp"
#include "flopwatch/module_rule.hpp"

namespace flopwatch::detail {

/// A module of the watched tree.
struct module_info {
  module_record record;
  std::vector<std::string> paths;  ///< one for each way from the root, in registration order

  formula_unit unit = formula_unit::macs;
  /// What one call adds to the formula column; empty without a rule. May throw anything.
  std::function<std::int64_t(module_call const&)> rule;
  /// The rule depends on shapes alone (thop's own do), so one answer for equal shapes is enough.
  bool rule_is_pure = true;
  bool rule_is_zero = false;  ///< it gives 0 for every call, so unseen calls change nothing
  bool never_called = false;  ///< usually its parent does its work

  /// The path below `around`, else the first one.
  [[nodiscard]] std::string const& path_below(std::string_view around) const;
};

/// The watched module tree: what each module object is called. Filled before recording starts. While it runs
/// only `merge` and `forget` change it, and every other member is for who holds `lock` then; a `module_info`
/// stays where it is, and but for its paths and parameters as it is.
class module_names {
 public:
  /// Adds a module object; `paths` are added by `add_path`. Sets the record's id.
  module_info& add(void const* module, module_record record);
  /// Adds a way to a module that was added. \returns the id of the new path
  std::int64_t add_path(std::int64_t parent, std::string name, void const* module);
  /// Adds the modules and the ways to them that `more` has and this one lacks; known ones keep their ids. A
  /// module's number of parameters is the one of `more`. From any thread, also while the recording runs.
  void merge(module_names const& more);
  /// The object is gone, and another one can get its address: its module keeps its name. From any thread.
  void forget(void const* module);
  [[nodiscard]] std::unique_lock<std::mutex> lock() const { return std::unique_lock(*mutex_); }
  /// Goes up with each `merge`.
  [[nodiscard]] std::uint64_t version() const noexcept { return version_; }

  [[nodiscard]] module_info const* find(void const* module) const;
  [[nodiscard]] module_info* find(void const* module);
  [[nodiscard]] bool empty() const noexcept { return modules_.empty(); }
  [[nodiscard]] std::deque<module_info> const& modules() const noexcept { return modules_; }
  [[nodiscard]] std::vector<module_path_record> const& paths() const noexcept { return paths_; }
  /// Types that the user gave a rule for and no module has, one text each, with the nearest type that is
  /// there.
  std::vector<std::string> types_never_met;
  /// The first path is that of a group whose roots are found while the recording runs. In the capture a lone
  /// root has no name in front of its paths, as where it is watched alone.
  bool drops_lone_name = false;

 private:
  std::deque<module_info> modules_;
  std::unordered_map<void const*, module_info*> by_object_;
  std::vector<module_path_record> paths_;
  std::uint64_t version_ = 0;
  std::unique_ptr<std::mutex> mutex_ =
      std::make_unique<std::mutex>();  ///< of its own, so that this can be moved
};

/// "torch::nn::LinearImpl" as "Linear": without namespaces and the `Impl` at the end.
[[nodiscard]] std::string type_label(std::type_info const& type);

}  // namespace flopwatch::detail
