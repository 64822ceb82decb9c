// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "report/chosen_rows.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <regex>

#include <fmt/format.h>

#include "flopwatch/error.hpp"
#include "report/figures.hpp"
#include "text/number_text.hpp"

namespace flopwatch::report {
namespace {

constexpr std::size_t longest_matched_name = 1000;

std::int64_t measured_of(analysis const& a, measured_work const& m) {
  auto const products = m.shown_multiply_add_flops();
  return measured_together(a) || !products ? read_flops(m).value_or(0) : *products;
}

/// With everything below the row, as the table shows it.
std::int64_t whole_figure(analysis const& a, std::size_t r, row_order order) {
  auto const& row = a.tree.rows[r];
  switch (order) {
    case row_order::recorded:
    case row_order::name:
      return 0;
    case row_order::calls:
      return row.calls;
    case row_order::formula:
      return a.differences.rows[r].formula_macs.value_or(0);
    case row_order::operators:
      return row.shown_total().macs;
    case row_order::measured:
      return measured_of(a, row.shown_measured());
    case row_order::other:
      return row.shown_total().other_flops;
  }
  return 0;
}

/// Of the row alone.
std::int64_t own_figure(analysis const& a, std::size_t r, row_order order) {
  auto const& row = a.tree.rows[r];
  if (order == row_order::formula) return row.walk_macs;
  if (order == row_order::operators) return row.self.macs;
  if (order == row_order::other) return row.self.other_flops;
  if (order == row_order::measured) return measured_of(a, row.measured_self);
  return whole_figure(a, r, order);
}

/// The rows with the largest own figures, without those that have none.
std::vector<std::size_t> largest(analysis const& a, std::vector<std::size_t> rows, row_choice const& choice) {
  auto const order = figure_of(a, choice.order);
  std::erase_if(rows, [&](auto r) { return own_figure(a, r, order) == 0; });
  std::stable_sort(rows.begin(), rows.end(),
                   [&](auto x, auto y) { return own_figure(a, x, order) > own_figure(a, y, order); });
  if (rows.size() > static_cast<std::size_t>(choice.top)) rows.resize(static_cast<std::size_t>(choice.top));
  return rows;
}

/// All children of each row, in the wanted order.
std::vector<std::vector<std::size_t>> sorted_children(analysis const& a, row_order order) {
  auto const& rows = a.tree.rows;
  std::vector<std::vector<std::size_t>> children(rows.size());
  for (std::size_t r = 1; r < rows.size(); ++r)
    children[rows[r].parent < r ? rows[r].parent : 0].push_back(r);
  if (order == row_order::recorded) return children;
  auto const before = [&](std::size_t x, std::size_t y) {
    if (order == row_order::name) return rows[x].label < rows[y].label;
    return whole_figure(a, x, order) > whole_figure(a, y, order);
  };
  for (auto& c : children) std::stable_sort(c.begin(), c.end(), before);
  return children;
}

}  // namespace

name_filter::name_filter(std::string const& expression) {
  if (expression.empty()) return;
  try {
    auto const compiled =
        std::make_shared<std::regex>(expression, std::regex::ECMAScript | std::regex::optimize);
    matches_ = [compiled](std::string_view name) {
      name = name.substr(0, longest_matched_name);
      return std::regex_search(name.begin(), name.end(), *compiled);
    };
  } catch (std::regex_error const& e) {
    throw usage_error(fmt::format("'{}' is no regular expression: {}", expression, e.what()));
  }
}

row_order figure_of(analysis const& a, row_order order) {
  if (order != row_order::recorded && order != row_order::name) return order;
  return a.tree.has_operators ? row_order::operators : row_order::measured;
}

std::string_view figure_name(row_order order) {
  switch (order) {
    case row_order::calls:
      return "calls";
    case row_order::formula:
      return "formula MACs";
    case row_order::measured:
      return "measured FLOPs";
    case row_order::other:
      return "other FLOPs";
    case row_order::recorded:
    case row_order::name:
    case row_order::operators:
      break;
  }
  return "operator MACs";
}

std::string said_of(std::size_t shown, std::size_t all, std::string_view what, row_choice const& choice,
                    std::string_view share_of, std::string_view largest_by, std::string_view more) {
  if (shown == all) return {};
  std::string why;
  if (!choice.filter.empty()) why = fmt::format("those that '{}' finds", choice.filter);
  if (choice.least_share > 0) {
    why += fmt::format("{}those with {} % or more of the {}", why.empty() ? "" : ", of them ",
                       100 * choice.least_share, share_of);
  }
  if (choice.top > 0) {
    why += fmt::format("{}the {} with the most {}", why.empty() ? "" : ", of them ",
                       text::grouped(choice.top), largest_by);
  }
  return fmt::format("{} of {} {} are shown: {}{}", text::grouped(static_cast<std::int64_t>(shown)),
                     text::grouped(static_cast<std::int64_t>(all)), what, why, more);
}

chosen_rows choose_rows(analysis const& a, row_choice const& choice) {
  auto const& rows = a.tree.rows;
  name_filter const filter(choice.filter);
  std::vector<std::size_t> wanted;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (filter.finds(rows[r].outside || r == 0 ? row_name(rows[r]) : rows[r].path)) wanted.push_back(r);
  }
  if (choice.least_share > 0) {
    auto const order = figure_of(a, choice.order);
    auto const least = choice.least_share * static_cast<double>(whole_figure(a, 0, order));
    std::erase_if(wanted, [&](auto r) { return static_cast<double>(whole_figure(a, r, order)) < least; });
  }
  if (choice.top > 0) wanted = largest(a, std::move(wanted), choice);
  std::vector<bool> shown(rows.size(), false);
  if (!rows.empty()) shown[0] = true;
  for (auto r : wanted) {
    for (; !shown[r]; r = rows[r].parent < r ? rows[r].parent : 0) shown[r] = true;
  }

  chosen_rows out;
  auto const children = sorted_children(a, choice.order);
  std::vector<std::size_t> open;
  if (!rows.empty()) open.push_back(0);
  while (!open.empty()) {
    auto const row = open.back();
    open.pop_back();
    out.order.push_back(row);
    for (auto c = children[row].rbegin(); c != children[row].rend(); ++c) {
      if (shown[*c]) open.push_back(*c);
    }
  }
  out.said = said_of(out.order.size(), rows.size(), a.capture.modules.empty() ? "scopes" : "modules", choice,
                     figure_name(figure_of(a, choice.order)),
                     std::string(figure_name(figure_of(a, choice.order))) + " of their own",
                     ", and those above them; sums include all");
  return out;
}

}  // namespace flopwatch::report
