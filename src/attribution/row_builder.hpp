// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "attribution/static_tree.hpp"
#include "flopwatch/attribution.hpp"

namespace flopwatch::attribution_detail {

/// Rows with their places in the tree; calls are the only figures.
struct placed_rows {
  std::vector<module_row> rows;            ///< depth first
  std::vector<std::size_t> of_scope;       ///< row of each scope, by position in capture_data::scopes
  std::vector<std::size_t> of_node;        ///< first row of each static node
  std::vector<std::size_t> node_of_row;    ///< none if the row is in no static place
  std::vector<std::size_t> around_roots;   ///< rows of scopes that were open around calls of a root, in order
  std::size_t outside = module_row::npos;  ///< the row for what ran outside every scope
};

/// Adds the row for what ran outside every scope, as the last one.
void add_outside_row(placed_rows& placed);

/// Gives every call path and every static path its row. The cost is proportional to their number.
class row_builder {
 public:
  row_builder(capture_data const& capture, id_index const& modules, id_index const& scopes,
              static_tree const& tree);

  [[nodiscard]] placed_rows build() &&;

 private:
  struct key {
    std::size_t parent;
    std::size_t node;  ///< none: see `path` and `module`
    std::int64_t module;
    std::string path;
    bool outer = false;  ///< of a scope outside every root
    friend bool operator==(key const&, key const&) = default;
  };
  struct key_hash {
    std::size_t operator()(key const& k) const noexcept;
  };

  std::size_t add_row(std::size_t parent, std::size_t node);
  std::size_t static_child(std::size_t parent, std::size_t node);
  std::size_t below(std::size_t row, std::size_t node);
  std::size_t place(scope_record const& s, std::size_t around, bool outer);
  void place_scopes();
  void mark_around(std::size_t row);
  void tell_apart();
  void place_uncalled();
  void name(module_row& row, std::string path, std::string type) const;
  [[nodiscard]] std::vector<std::size_t> depth_first() const;

  capture_data const& capture_;
  id_index const& modules_;
  id_index const& scopes_;
  static_tree const& tree_;
  std::vector<std::size_t> scope_order_;
  std::vector<module_row> rows_;  ///< in order of creation; renumbered at the end
  std::vector<std::size_t> node_of_;
  std::vector<bool> registered_place_;  ///< the row is below the row of its static parent
  std::vector<bool> outer_;             ///< by row: a scope outside every root
  std::vector<bool> around_root_;       ///< by row: of these, one that was open around a root's call
  std::vector<std::size_t> of_scope_;
  std::vector<std::size_t> of_node_;
  std::unordered_map<key, std::size_t, key_hash> by_key_;
};

}  // namespace flopwatch::attribution_detail
