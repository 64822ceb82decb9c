// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/result.hpp"

#include <utility>

#include "report/figures.hpp"

namespace flopwatch {
namespace {

module_counts counts_of(analysis const& a, std::size_t index) {
  auto const& row = a.tree.rows[index];
  auto const& columns = a.differences.rows[index];
  return {.path = row.path,
          .type = row.type,
          .calls = row.calls,
          .operator_collected = a.tree.has_operators,
          .operator_macs = row.shown_total().macs,
          .operator_other_flops = row.shown_total().other_flops,
          .formula_macs = columns.formula_macs,
          .measured_flops = columns.measured_flops,
          .measured_total_flops = columns.measured_total_flops};
}

std::string names_of(analysis const& a) {
  constexpr std::size_t most = 8;
  std::string names;
  std::size_t listed = 0;
  for (auto const& row : a.tree.rows) {
    if (row.outside || row.path.empty()) continue;
    if (listed == most) return names + ", ...";
    names += (listed++ == 0 ? "" : ", ") + row.path;
  }
  return names.empty() ? "only the root, \"\"" : names;
}

}  // namespace

result::result(std::shared_ptr<capture_reader const> capture)
    : capture_(std::move(capture)),
      analysis_(std::make_shared<flopwatch::analysis const>(analyse(capture_->load()))) {}

result result::open(std::filesystem::path const& path) {
  return result(std::make_shared<capture_reader const>(path));
}

module_counts result::total() const { return counts_of(*analysis_, 0); }

module_counts result::module(std::string_view path) const {
  auto const& rows = analysis_->tree.rows;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i].outside && rows[i].path == path) return counts_of(*analysis_, i);
  }
  throw usage_error("there is no module \"" + std::string(path) +
                    "\" in this result; there are: " + names_of(*analysis_));
}

std::vector<module_counts> result::modules() const {
  std::vector<module_counts> all;
  auto const& rows = analysis_->tree.rows;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i].outside) all.push_back(counts_of(*analysis_, i));
  }
  return all;
}

bool result::exact() const noexcept { return report::is_exact(*analysis_); }

std::string result::report(text_options const& options) const { return text_report(*analysis_, options); }

std::string result::json() const { return json_report(*analysis_); }

}  // namespace flopwatch
