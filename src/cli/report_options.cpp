// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/report_options.hpp"

#include <CLI/CLI.hpp>

#include "cli/output.hpp"
#include "cli/terminal.hpp"

namespace flopwatch::cli {

void report_options::add_to(CLI::App& command) {
  command.add_flag("--json", json);
  command.add_option("--units", units)->check(CLI::IsMember({"both", "macs", "flops"}));
  command.add_option("--depth", depth)->check(CLI::Range(0, 1000000));
  command.add_option("--width", width)->check(CLI::Range(60, 100000));
  command.add_option("--color", colour)->check(CLI::IsMember({"auto", "always", "never"}));
  command.add_flag("--no-explain", no_explain);
}

text_options report_options::for_text() const {
  text_options out;
  out.units = units == "macs" ? unit_choice::macs : units == "flops" ? unit_choice::flops : unit_choice::both;
  out.width = width > 0 ? width : terminal_width();
  out.colour = colour == "always" || (colour == "auto" && terminal_wants_colour());
  out.depth = depth;
  out.explain = !no_explain;
  return out;
}

int print_report(analysis const& a, report_options const& options) {
  print(options.json ? json_report(a) : text_report(a, options.for_text()));
  return report_exit_code(a);
}

}  // namespace flopwatch::cli
