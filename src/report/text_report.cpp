// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "flopwatch/report.hpp"
#include "report/sections.hpp"

namespace flopwatch {
namespace {

constexpr int widest_content = 160;
constexpr int narrowest_page = 60;

}  // namespace

std::string text_report(analysis const& a, text_options const& options) {
  if (options.phase) {
    auto rest = options;
    rest.phase.reset();
    return text_report(of_phase(a, *options.phase), rest);
  }
  int const width = options.width > 0 ? std::max(options.width, narrowest_page) : widest_content;
  text::page p(width, text::painter(options.colour));
  if (options.header) report::header_section(p, a);
  report::module_table(p, a, options);
  report::totals_section(p, a);
  report::ranks_section(p, a);
  if (options.explain) report::explanation_section(p, a);
  report::operators_section(p, a);
  if (options.explain) report::kernels_section(p, a);
  report::losses_section(p, a);
  return std::move(p).take();
}

}  // namespace flopwatch
