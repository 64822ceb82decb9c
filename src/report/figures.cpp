// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "report/figures.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <set>
#include <unordered_set>

#include <fmt/format.h>

#include "attribution/saturating.hpp"
#include "text/count_text.hpp"

namespace flopwatch::report {

std::string_view info(capture_data const& c, char const* key) {
  auto const found = c.info.find(key);
  return found == c.info.end() ? std::string_view() : std::string_view(found->second);
}

bool lost_data(analysis const& a) noexcept {
  auto const& losses = a.capture.losses;
  return !a.capture.complete || std::any_of(losses.begin(), losses.end(), [](data_loss_record const& l) {
    return l.severity == severity::error;
  });
}

namespace {

bool is_whole(operator_call_record const& call) noexcept {
  return call.status == operator_status::counted || call.status == operator_status::no_arithmetic;
}

bool estimates_products(operator_call_record const& call) noexcept {
  return call.is_estimate() && call.total.macs != 0;
}

std::string listed(std::set<std::string_view> const& names) {
  constexpr std::size_t most = 3;
  std::string out;
  for (std::size_t n = 0; auto const name : names) {
    if (n++ == most) return out + ", ...";
    out.append(out.empty() ? "" : ", ").append(name);
  }
  return out;
}

std::string number_of(std::set<std::string_view> const& names) {
  return text::counted(static_cast<std::int64_t>(names.size()), "operator");
}

}  // namespace

bool operator_column_is_whole(analysis const& a) noexcept {
  auto const& rows = a.tree.rows;
  auto const& calls = a.capture.operator_calls;
  return std::none_of(calls.begin(), calls.end(), estimates_products) &&
         std::none_of(rows.begin(), rows.end(),
                      [](module_row const& r) { return r.has_unsupported || r.has_partly_counted; });
}

bool measured_column_is_whole(analysis const& a) noexcept {
  return a.tree.measured_total.outside_without_tensor_metrics == 0;
}

bool is_exact(analysis const& a) noexcept {
  return !lost_data(a) && measured_column_is_whole(a) && operator_column_is_whole(a);
}

std::vector<std::string> why_not_exact(analysis const& a) {
  std::vector<std::string> out;
  if (lost_data(a)) {
    out.emplace_back("Data was lost while recording (see Data losses), so totals may be too low.");
  }
  if (auto const n = a.tree.measured_total.outside_without_tensor_metrics; n > 0) {
    out.push_back(fmt::format(
        "{}{} {} measured without the counters of the tensor cores, so the measured column may be "
        "too low; record with them.",
        text::counted(n, "launch", "launches"), a.tree.has_operators ? " outside the dispatcher" : "",
        n == 1 ? "was" : "were"));
  }
  std::set<std::string_view> unknown, estimated;
  for (auto const& row : a.tree.rows) {
    if (!row.has_unsupported && !row.has_partly_counted) continue;
    for (auto const i : row.operator_calls) {
      auto const& call = a.capture.operator_calls.at(i);
      if (!is_whole(call) && call.calls > 0) unknown.insert(call.name);
    }
  }
  for (auto const& call : a.capture.operator_calls) {
    if (estimates_products(call)) estimated.insert(call.name);
  }
  if (!unknown.empty()) {
    out.push_back(
        fmt::format("The work of {} is not known, or not all of it ({}), so the operator column may be too "
                    "low.",
                    number_of(unknown), listed(unknown)));
  }
  if (!estimated.empty()) {
    out.push_back(
        fmt::format("The products of {} are estimated ({}).", number_of(estimated), listed(estimated)));
  }
  return out;
}

std::string row_name(module_row const& row) {
  if (row.outside) return "(outside modules)";
  if (!row.path.empty()) return row.path;
  return row.type.empty() ? "(everything)" : "(root)";
}

std::string place_name(module_row const& row) {
  auto name = row_name(row);
  bool const is_number = name.find_first_not_of("0123456789.") == std::string::npos;
  return is_number ? "module " + std::move(name) : name;
}

std::string scope_name(analysis const& a, module_row const& row) {
  return row.outside && a.capture.modules.empty() && !a.tree.has_operators ? "(outside every scope)"
                                                                           : row_name(row);
}

bool measured_together(analysis const& a) noexcept {
  return a.tree.measured_by_scope || (a.tree.measured_collected && !a.tree.has_operators);
}

std::optional<std::int64_t> read_flops(measured_work const& m) {
  if (m.by_precision.empty() || m.launches_without_tensor_metrics > 0) return std::nullopt;
  std::int64_t flops = 0;
  for (auto const& [format, parts] : m.by_precision) flops = saturating_add(flops, parts.total_flops());
  return flops;
}

std::optional<double> measured_ratio(row_comparison const& r) {
  if (!r.measured_flops || r.operator_macs == 0) return std::nullopt;
  return static_cast<double>(*r.measured_flops) / (2.0 * static_cast<double>(r.operator_macs));
}

std::string_view to_string(silence s) noexcept {
  switch (s) {
    case silence::none:
      break;
    case silence::not_called:
      return "not_called";
    case silence::not_called_fused:
      return "not_called_fused";
    case silence::not_seen:
      return "not_seen";
  }
  return "called";
}

std::vector<silence> silences(analysis const& a) {
  std::unordered_set<std::int64_t> unseen;
  for (auto const& m : a.capture.modules) {
    if (!m.opens_scope) unseen.insert(m.id);
  }
  auto const& rows = a.tree.rows;
  std::vector<silence> out(rows.size(), silence::none);
  std::vector<bool> called_below(rows.size(), false);
  for (std::size_t i = rows.size(); i-- > 0;) {  // children come after their parents
    auto const& r = rows[i];
    bool const called = r.calls != 0 || r.outside || r.module == 0 || called_below[i];
    if (!called) {
      auto const unseen_here =
          unseen.contains(r.module) || r.fused_by_compiler || r.ran_in != module_row::npos;
      auto const fused = r.fused_into != module_row::npos;
      out[i] = unseen_here ? silence::not_seen : fused ? silence::not_called_fused : silence::not_called;
    }
    if (called && r.parent < i) called_below[r.parent] = true;
  }
  return out;
}

}  // namespace flopwatch::report
