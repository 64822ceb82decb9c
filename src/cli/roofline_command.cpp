// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/terminal.hpp"
#include "flopwatch/error.hpp"
#include "flopwatch/roofline.hpp"

namespace flopwatch::cli {
namespace {

struct roofline_arguments {
  std::string file;
  std::string chip;
  double peak_flops = 0;  ///< FLOP/s; 0: not given
  double bandwidth = 0;   ///< byte/s; 0: not given
  std::string colour = "auto";
  text_options options;
  bool no_fold = false;
  bool json = false;
};

/// Of the chip that is named, or of the capture's own if the table has it; then what the user gives.
ceilings ceilings_for(roofline_arguments const& given, capture_data const& capture) {
  ceilings out;
  if (!given.chip.empty()) {
    out = ceilings_of_chip(given.chip);
  } else if (auto const gpu = capture.info.find(info_key::gpu); gpu != capture.info.end()) {
    try {
      out = ceilings_of_chip(gpu->second);
    } catch (usage_error const&) {
      out.words =
          fmt::format("those of {} are not known: give --chip, or --peak-flops and --bandwidth", gpu->second);
    }
  }
  if (given.peak_flops > 0) out.compute = peak::of_all(given.peak_flops);
  if (given.bandwidth > 0) out.bytes_per_second = given.bandwidth;
  if (given.peak_flops > 0 && given.bandwidth > 0) {
    out.words = "as given";
  } else if (given.peak_flops > 0 || given.bandwidth > 0) {
    out.words += fmt::format("{}{} as given", out.words.empty() ? "" : "; ",
                             given.bandwidth > 0 ? "memory" : "compute");
  }
  return out;
}

int show(roofline_arguments given) {
  capture_reader const reader(given.file);
  note_unfinished_beside(given.file);
  auto const a = analyse(reader.load());
  auto const limits = ceilings_for(given, a.capture);
  if (given.options.width == 0) given.options.width = terminal_width();
  given.options.colour = wants_colour(given.colour);
  given.options.fold = !given.no_fold;
  print(given.json ? roofline_json(a, limits) : readable(roofline_text(a, limits, given.options)));
  return report_exit_code(a);
}

}  // namespace

void add_roofline_command(CLI::App& app, action& chosen) {
  auto const given = std::make_shared<roofline_arguments>();
  auto* command = app.add_subcommand("roofline");
  command->add_option("FILE", given->file)->required();
  command->add_option("--chip", given->chip);
  command->add_option("--peak-flops", given->peak_flops)->check(CLI::PositiveNumber);
  command->add_option("--bandwidth", given->bandwidth)->check(CLI::PositiveNumber);
  command->add_option("--filter", given->options.rows.filter);
  command->add_option("--top", given->options.rows.top)->check(CLI::Range(1, 1000000));
  command->add_option("--depth", given->options.depth)->check(CLI::Range(0, 1000000));
  command->add_flag("--no-fold", given->no_fold);
  command->add_option("--width", given->options.width)->check(CLI::Range(60, 100000));
  command->add_option("--color", given->colour)->check(CLI::IsMember({"auto", "always", "never"}));
  command->add_flag("--json", given->json);
  command->callback([given, &chosen] { chosen = [given] { return show(*given); }; });
}

}  // namespace flopwatch::cli
