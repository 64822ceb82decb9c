// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "attribution/unseen.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "attribution/operand_sizes.hpp"

namespace flopwatch::attribution_detail {
namespace {

/// Products of one row, and of the plain scopes in it, with the sizes of their operands.
struct own_products {
  std::vector<std::size_t> calls;  ///< positions in capture_data::operator_calls
  std::vector<std::vector<operand_size>> operands;
  std::int64_t parameters = 0;  ///< that the row's module holds itself
  std::set<std::size_t> taken;  ///< places in `calls` that a module stands for
};

class unseen_finder {
 public:
  unseen_finder(capture_data const& capture, id_index const& modules, placed_rows& placed)
      : capture_(capture),
        modules_(modules),
        placed_(placed),
        rows_(placed.rows),
        caller_(rows_.size(), module_row::npos) {}

  void find() {
    std::vector<bool> called_below(rows_.size(), false);
    for (std::size_t r = 1; r < rows_.size(); ++r) {
      auto const above = rows_[r].parent;
      caller_[r] = rows_[above].calls > 0 && !is_plain(above) ? above : caller_[above];
      if (is_plain(r) && caller_[r] == module_row::npos) caller_[r] = 0;
    }
    for (auto r = rows_.size(); r-- > 1;) {
      if (rows_[r].calls > 0 || called_below[r]) called_below[rows_[r].parent] = true;
    }
    for (std::size_t r = 0; r < rows_.size(); ++r) look_at(r, called_below[r]);
  }

 private:
  module_record const* module_of(std::size_t r) const {
    auto const id = rows_[r].module;
    return id == 0 ? nullptr : &capture_.modules[modules_.at(id, "a row")];
  }

  /// A scope that is no module, or what ran outside every one.
  bool is_plain(std::size_t r) const { return r != 0 && rows_[r].module == 0; }

  void look_at(std::size_t r, bool called_below) {
    auto& row = rows_[r];
    auto const* const m = module_of(r);
    if (m == nullptr || m->type.empty() || row.calls > 0) return;
    if (row.fused_into != module_row::npos) {
      row.fused_by_compiler = has_region(row.fused_into);
      return;
    }
    if (!m->opens_scope || m->transparent) return;
    auto const caller = caller_[r] == module_row::npos ? 0 : caller_[r];
    if (called_below) {
      if (!(m->library_type && m->type.ends_with("Dict")) && has_products(caller)) row.ran_in = where(caller);
    } else if (row.parameters.value_or(0) > 0 && r != caller && row.children.empty()) {
      match(r, caller);
    }
  }

  bool has_region(std::size_t r) const {
    auto const& calls = rows_[r].operator_calls;
    return std::any_of(calls.begin(), calls.end(),
                       [&](auto i) { return capture_.operator_calls[i].note == compiled_note; });
  }

  bool is_product(std::size_t call) const {
    auto const& c = capture_.operator_calls[call];
    return c.phase == phase::forward && c.total.macs > 0 && !c.is_compiled();
  }

  /// Where work stands that no called module did: outside, if the root has no call.
  std::size_t where(std::size_t caller) const {
    return caller == 0 && rows_[0].calls == 0 && placed_.outside != module_row::npos ? placed_.outside
                                                                                     : caller;
  }

  bool has_products(std::size_t caller) const {
    auto const& own = rows_[where(caller)].operator_calls;
    return std::any_of(own.begin(), own.end(), [&](auto i) { return is_product(i); });
  }

  own_products& products_of(std::size_t caller) {
    auto const [found, is_new] = products_.try_emplace(caller);
    auto& p = found->second;
    if (!is_new) return p;
    std::vector<std::size_t> open{caller};
    while (!open.empty()) {
      auto const r = open.back();
      open.pop_back();
      for (auto const i : rows_[r].operator_calls) {
        if (!is_product(i)) continue;
        p.calls.push_back(i);
        p.operands.push_back(operand_sizes(capture_.operator_calls[i].shapes));
        row_of_call_[i] = r;
      }
      for (auto const child : rows_[r].children) {
        if (is_plain(child)) open.push_back(child);
      }
    }
    p.parameters = rows_[caller].parameters.value_or(0);
    for (auto const child : rows_[caller].children) p.parameters -= rows_[child].parameters.value_or(0);
    return p;
  }

  void match(std::size_t r, std::size_t caller) {
    auto& products = products_of(caller);
    auto& row = rows_[r];
    if (products.parameters >= *row.parameters) return;  // they can be its own
    for (std::size_t i = 0; i < products.calls.size(); ++i) {
      if (!has_parameters(products.operands[i], *row.parameters)) continue;
      auto const in = row_of_call_.at(products.calls[i]);
      if (row.ran_in == module_row::npos) row.ran_in = in;
      if (in == row.ran_in && products.taken.insert(i).second) row.ran_calls.push_back(products.calls[i]);
    }
  }

  capture_data const& capture_;
  id_index const& modules_;
  placed_rows& placed_;
  std::vector<module_row>& rows_;
  std::vector<std::size_t> caller_;  ///< by row: the nearest called module above
  std::map<std::size_t, own_products> products_;
  std::map<std::size_t, std::size_t> row_of_call_;
};

}  // namespace

void find_unseen(capture_data const& capture, id_index const& modules, placed_rows& placed) {
  unseen_finder(capture, modules, placed).find();
}

}  // namespace flopwatch::attribution_detail
