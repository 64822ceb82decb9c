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
  command.add_option("--phase", phase)
      ->check(CLI::IsMember({"forward", "backward", "recompute", "optimizer"}));
  command.add_flag("--no-explain", no_explain);
}

text_options report_options::for_text() const {
  text_options out;
  out.units = units == "macs" ? unit_choice::macs : units == "flops" ? unit_choice::flops : unit_choice::both;
  out.width = width > 0 ? width : terminal_width();
  out.colour = colour == "always" || (colour == "auto" && terminal_wants_colour());
  out.depth = depth;
  out.explain = !no_explain;
  out.phase = parse_phase(phase);
  return out;
}

int print_report(analysis const& a, report_options const& options) {
  auto const only = parse_phase(options.phase);
  if (!options.json) {
    print(text_report(a, options.for_text()));
  } else {
    print(only ? json_report(of_phase(a, *only)) : json_report(a));
  }
  return report_exit_code(a);
}

}  // namespace flopwatch::cli
