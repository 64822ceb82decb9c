// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/terminal.hpp"
#include "flopwatch/diff.hpp"

namespace flopwatch::cli {
namespace {

struct diff_arguments {
  std::string a, b;
  std::string max_increase;
  std::string colour = "auto";
  diff_options options;
  bool json = false;
};

int diff_files(diff_arguments given) {
  if (!given.max_increase.empty()) {
    given.options.limit = parse_increase_limit(given.max_increase);
    given.options.limit_text = given.max_increase;
  }
  auto const d = [&] {
    progress const line("reading " + given.a + " and " + given.b);
    auto const load = [](std::string const& file) { return analyse(capture_reader(file).load()); };
    auto const a = load(given.a);
    auto const b = load(given.b);
    return diff(a, given.a, b, given.b);
  }();
  for (auto const& file : {given.a, given.b}) note_unfinished_beside(file);
  if (given.options.width == 0) given.options.width = terminal_width();
  given.options.colour = wants_colour(given.colour);
  print(given.json ? diff_json(d, given.options) : readable(diff_text(d, given.options)));
  return static_cast<int>(diff_exit_code(d, given.options));
}

}  // namespace

void add_diff_command(CLI::App& app, action& chosen) {
  auto const given = std::make_shared<diff_arguments>();
  auto* command = app.add_subcommand("diff");
  command->add_option("A", given->a)->required();
  command->add_option("B", given->b)->required();
  command->add_option("--max-increase", given->max_increase);
  command->add_flag("--all", given->options.all);
  command->add_option("--width", given->options.width)->check(CLI::Range(60, 100000));
  command->add_option("--color", given->colour)->check(CLI::IsMember({"auto", "always", "never"}));
  command->add_flag("--json", given->json);
  command->callback([given, &chosen] { chosen = [given] { return diff_files(*given); }; });
}

}  // namespace flopwatch::cli
