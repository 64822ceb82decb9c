// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "flopwatch/report.hpp"
#include "report/figures.hpp"
#include "report/module_table.hpp"
#include "report/totals_text.hpp"
#include "text/html.hpp"

namespace flopwatch {

std::string html_table(analysis const& a, text_options const& options) {
  if (options.phase) {
    auto rest = options;
    rest.phase.reset();
    return html_table(of_phase(a, *options.phase), rest);
  }
  auto const table = report::module_cells_of(a, options);
  auto out = text::html_table(table.columns);
  auto const line = [&](std::string_view text) {
    if (!text.empty()) out += fmt::format("<div><small>{}</small></div>\n", text::html_text(text));
  };
  if (report::info(a.capture, info_key::synthetic) == "yes") line("SYNTHETIC: these figures are made up.");
  line(fmt::format("{}", fmt::join(table.signs, " · ")));
  for (auto const& said : table.said) line(said);
  line(report::totals_text(a));
  for (auto const& why : report::why_not_exact(a)) line("NOT EXACT: " + why);
  return out;
}

}  // namespace flopwatch
