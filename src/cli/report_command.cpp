// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/report_options.hpp"

namespace flopwatch::cli {

void add_report_command(CLI::App& app, action& chosen) {
  struct report_arguments {
    std::string file;
    report_options options;
  };
  auto const given = std::make_shared<report_arguments>();
  auto* command = app.add_subcommand("report");
  command->add_option("FILE", given->file)->required();
  given->options.add_to(*command);
  command->callback([given, &chosen] {
    chosen = [given] {
      capture_reader const reader(given->file);
      note_unfinished_beside(given->file);
      return print_report(analyse(reader.load()), given->options);
    };
  });
}

}  // namespace flopwatch::cli
