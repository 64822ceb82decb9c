// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "attribution/saturating.hpp"
#include "comparison/context.hpp"
#include "comparison/formula_side.hpp"
#include "comparison/inside_rows.hpp"
#include "comparison/measured_side.hpp"
#include "comparison/row_products.hpp"
#include "comparison/row_result.hpp"
#include "comparison/verdict_list.hpp"
#include "flopwatch/comparison.hpp"

namespace flopwatch {
namespace {

namespace detail = comparison_detail;

/// Goes through the rows from the last to the first, so that the lists of the rows below are complete
/// when a row adds its own findings to them.
class comparison_builder {
 public:
  comparison_builder(capture_data const& capture, attribution const& tree, std::string whole = {})
      : c_(capture, tree, std::move(whole)),
        products_(detail::products_of_rows(c_)),
        calls_(detail::measured_calls(c_)),
        lists_(tree.rows.size()),
        own_formula_(tree.rows.size()),
        goes_down_(tree.rows.size(), true) {}

  comparison compare() && {
    comparison out;
    out.rows.resize(lists_.size());
    for (auto r = lists_.size(); r-- > 0;) {
      compare_formula(r);
      list_incomplete_operators(r);
      compare_measured(r);
      if (r == 0) break;
      auto& l = lists_[r];
      l.formula.fold(pool_);
      l.listed.fold(pool_);
      l.measured.fold(pool_);
      out.rows[r] = detail::row_result(c_, products_[r], r, l, pool_);
      hand_up(r);
    }
    out.rows[0] = detail::row_result(c_, products_[0], 0, whole(), pool_);
    return out;
  }

 private:
  std::size_t pooled(verdict v) {
    pool_.push_back(std::move(v));
    return pool_.size() - 1;
  }

  void compare_formula(std::size_t r) {
    if (!c_.tree.has_formula || !c_.tree.has_operators) return;
    auto found = detail::formula_findings_of(c_, products_, r);
    goes_down_[r] = found.goes_down;
    auto& l = lists_[r].formula;
    if (!found.goes_down) {
      l.clear();  // this rule covers the rows below
    } else {
      for (auto const child : c_.row(r).children) {
        if (is_called_from_elsewhere(child)) {
          found.own.push_back(detail::called_from_elsewhere(c_, products_[child], child));
        }
      }
    }
    for (auto& v : found.own) {
      if (v.amount == 0) continue;
      own_formula_[r].push_back(pooled(std::move(v)));
      l.add(pool_, own_formula_[r].back());
    }
  }

  void list_incomplete_operators(std::size_t r) {
    if (products_[r].unsupported != r && products_[r].partly_counted != r) return;
    for (auto& v : detail::incomplete_operators(c_, r)) {
      all_listed_.push_back(pooled(std::move(v)));
      lists_[r].listed.add(pool_, all_listed_.back());
    }
  }

  void compare_measured(std::size_t r) {
    if (!c_.tree.measured_collected || !c_.tree.has_operators) return;
    bool const by_scope = c_.tree.measured_by_scope;
    if (!by_scope && !c_.row(r).measured_self.total_flops()) return;
    auto found = by_scope ? detail::range_findings_of(c_, r) : detail::measured_findings_of(c_, calls_, r);
    auto& l = lists_[r];
    l.within_tolerance = saturating_add(l.within_tolerance, found.within_tolerance);
    for (auto& v : found.own) {
      if (v.amount == 0) continue;
      all_measured_.push_back(pooled(std::move(v)));
      l.measured.add(pool_, all_measured_.back());
    }
  }

  bool is_called_from_elsewhere(std::size_t r) const {
    return r != 0 && c_.row(r).hidden && !c_.row(c_.row(r).parent).hidden && goes_down_[c_.row(r).parent];
  }

  void hand_up(std::size_t r) {
    auto& l = lists_[r];
    auto& above = lists_[c_.row(r).parent];
    if (!is_called_from_elsewhere(r)) above.formula.take(std::move(l.formula));
    above.listed.take(std::move(l.listed));
    above.measured.take(std::move(l.measured));
    above.within_tolerance = saturating_add(above.within_tolerance, l.within_tolerance);
    l = {};
  }

  /// The lists of the root, with nothing folded.
  detail::row_lists whole() const {
    detail::row_lists l;
    l.within_tolerance = lists_[0].within_tolerance;
    std::vector<bool> reaches(lists_.size(), true);
    for (std::size_t r = 0; r < lists_.size(); ++r) {
      if (r != 0 && !c_.row(r).outside) {
        auto const parent = c_.row(r).parent;
        reaches[r] = reaches[parent] && goes_down_[parent] && !is_called_from_elsewhere(r);
      }
      if (!reaches[r]) continue;
      for (auto const i : own_formula_[r]) l.formula.add(pool_, i);
    }
    for (auto const i : all_listed_) l.listed.add(pool_, i);
    for (auto const i : all_measured_) l.measured.add(pool_, i);
    return l;
  }

  detail::context c_;
  std::vector<detail::row_products> products_;
  std::vector<detail::measured_call> calls_;
  detail::verdict_list::pool pool_;
  std::vector<detail::row_lists> lists_;
  std::vector<std::vector<std::size_t>> own_formula_;
  std::vector<std::size_t> all_listed_, all_measured_;
  std::vector<bool> goes_down_;
};

}  // namespace

comparison compare(capture_data const& capture, attribution const& tree) {
  overflow_counter const overflows;
  auto out = comparison_builder(capture, tree).compare();
  detail::compare_insides(
      capture, tree,
      [](capture_data const& part, attribution const& rows, std::string whole) {
        return std::move(comparison_builder(part, rows, std::move(whole)).compare().rows[0]);
      },
      out);
  out.losses = overflows.losses();
  return out;
}

}  // namespace flopwatch
