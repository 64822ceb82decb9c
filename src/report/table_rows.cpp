// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "report/table_rows.hpp"

#include <limits>

#include <fmt/format.h>

#include "text/count_text.hpp"
#include "text/number_text.hpp"
#include "text/printable.hpp"

namespace flopwatch::report {

table_rows::table_rows(analysis const& a, text_options const& options)
    : silent(silences(a)),
      chosen(choose_rows(a, options.rows)),
      folded(options.fold ? fold_rows(a, chosen.order, silent) : unfolded_rows(a, chosen.order)),
      shown(tree_view(a.tree.rows, options.depth, folded.order, folded.times)) {}

double table_rows::summed(std::size_t row, double of_one) const {
  return of_one * static_cast<double>(folded.times[row]);
}

std::int64_t table_rows::summed(std::size_t row, std::int64_t of_one) const {
  std::int64_t out = 0;
  return __builtin_mul_overflow(of_one, folded.times[row], &out) ? std::numeric_limits<std::int64_t>::max()
                                                                 : out;
}

std::string table_rows::name(analysis const& a, std::size_t row) const {
  auto const& r = a.tree.rows[row];
  if (row == 0 || r.outside) return scope_name(a, r);
  return text::printable(folded.label[row].empty() ? r.label : folded.label[row]);
}

std::string table_rows::signs(analysis const& a, shown_row const& s) const {
  std::string out = a.tree.rows[s.row].inside ? " *" : "";
  if (folded.here[s.row] > 1) out += fmt::format("  {}×", text::grouped(folded.here[s.row]));
  if (s.folded > 0) out += fmt::format(" (+{})", text::grouped(s.folded));
  return out;
}

std::vector<std::string> table_rows::said() const {
  std::vector<std::string> out;
  if (!chosen.said.empty()) out.push_back(chosen.said);
  if (folded.without_work > 0) {
    out.push_back(fmt::format("{} without work {} not shown (--no-fold shows all)",
                              text::counted(static_cast<std::int64_t>(folded.without_work), "module"),
                              folded.without_work == 1 ? "is" : "are"));
  }
  return out;
}

}  // namespace flopwatch::report
