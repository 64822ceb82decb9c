// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/report.hpp"
#include "report/sections.hpp"

namespace flopwatch {

std::string text_report(analysis const& a, text_options const& options) {
  if (options.phase) {
    auto rest = options;
    rest.phase.reset();
    return text_report(of_phase(a, *options.phase), rest);
  }
  text::page p(text::page_width(options.width), text::painter(options.colour));
  auto const executed = report::executed_as_a_whole(a);
  if (options.header) report::header_section(p, a, executed);
  report::module_table(p, a, options);
  report::totals_section(p, a);
  report::executed_section(p, executed);
  report::ranks_section(p, a);
  if (options.explain) report::explanation_section(p, a);
  report::operators_section(p, a);
  if (options.explain) report::kernels_section(p, a);
  report::losses_section(p, a);
  return std::move(p).take();
}

std::string flat_report(analysis const& a, flat_by by, text_options const& options) {
  if (options.phase) {
    auto rest = options;
    rest.phase.reset();
    return flat_report(of_phase(a, *options.phase), by, rest);
  }
  text::page p(text::page_width(options.width), text::painter(options.colour));
  if (options.header) report::header_section(p, a, report::executed_as_a_whole(a));
  report::flat_section(p, a, by, options);
  report::losses_section(p, a);
  return std::move(p).take();
}

}  // namespace flopwatch
