// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "capture/merge/input.hpp"
#include "capture/writer.hpp"

namespace flopwatch::capture_detail {

/// Modules, their paths and the scopes of all captures, each once. They are in memory until the end: what a
/// later capture says changes them.
class merged_tree {
 public:
  /// \param side_by_side roots of different types get a root above them, and their type in front of their
  /// paths
  explicit merged_tree(bool side_by_side);

  /// Takes the tree and the scopes of the next capture; from then on ids are its. \throws damage
  void take(merge_input const& input, tree_roots const& roots);

  /// New ids of the capture's own; 0 stays 0. \throws damage for one that is not there, naming who asks
  [[nodiscard]] std::int64_t module(std::int64_t id, char const* who) const {
    return found(modules_of_, id, "module", who);
  }
  [[nodiscard]] std::int64_t scope(std::int64_t id, char const* who) const {
    return found(scopes_of_, id, "scope", who);
  }
  /// Entries of each scope of the capture, by new id.
  [[nodiscard]] std::map<std::int64_t, std::int64_t> const& entries() const noexcept { return entries_; }

  void write(capture_writer& to);
  /// Modules that have other numbers of parameters in some captures: the largest is kept.
  [[nodiscard]] std::int64_t resized_modules() const noexcept {
    return static_cast<std::int64_t>(resized_.size());
  }

 private:
  using id_map = std::unordered_map<std::int64_t, std::int64_t>;

  static std::int64_t found(id_map const& ids, std::int64_t id, char const* what, char const* who);
  [[nodiscard]] std::string placed(std::string const& path) const;
  /// The path above all roots; made where it is asked for first.
  std::int64_t group();
  void take_module(module_record r, std::string const& first_path);
  void take_path(module_path_record r);
  void take_scope(scope_record r);

  bool side_by_side_;
  std::vector<module_record> modules_;
  std::vector<module_path_record> paths_;
  std::vector<scope_record> scopes_;
  std::map<std::tuple<std::string, std::string, bool, bool, bool, rule_origin, std::string>, std::int64_t>
      module_by_key_;  ///< first path, type, library type, transparent, opens scope, rule, its name
  std::map<std::tuple<std::int64_t, std::string, std::int64_t>, std::int64_t>
      path_by_key_;  ///< parent, name, module
  std::map<std::tuple<std::int64_t, std::string, std::string, std::int64_t, std::int64_t, phase>,
           std::int64_t>
      scope_by_key_;  ///< parent, path, type, module, call, phase
  std::set<std::int64_t> resized_;
  std::int64_t group_path_ = 0, group_module_ = 0;

  // Of the capture that is taken.
  std::string front_;  ///< in front of its paths
  id_map modules_of_, paths_of_, scopes_of_;
  std::set<std::int64_t> placed_scopes_;  ///< old ids of those with `front_`
  std::map<std::int64_t, std::int64_t> entries_;
};

}  // namespace flopwatch::capture_detail
