// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "capture/process_list.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/report_options.hpp"
#include "flopwatch/error.hpp"

namespace flopwatch::cli {
namespace {

/// What one rank of a merged capture recorded.
capture_data load_rank(capture_reader const& reader, std::int64_t rank) {
  auto const all = reader.load().processes;
  if (all.empty())
    throw usage_error("--rank shows one rank of a merged capture, and this one is not merged: leave it out");
  std::vector<process_record> there;
  std::int64_t found = 0;
  for (auto const& p : all) {
    there.push_back(p.who);
    if (p.who.rank != rank) continue;
    if (found != 0)
      throw usage_error(fmt::format("there are several captures of rank {}: merge those of one run", rank));
    found = p.who.id;
  }
  if (found == 0)
    throw usage_error(fmt::format("there is no rank {}: the capture has {}", rank, process_list(there)));
  return reader.load_process(found);
}

}  // namespace

void add_report_command(CLI::App& app, action& chosen) {
  struct report_arguments {
    std::string file;
    report_options options;
    std::int64_t rank = -1;  ///< -1: all
  };
  auto const given = std::make_shared<report_arguments>();
  auto* command = app.add_subcommand("report");
  command->add_option("FILE", given->file)->required();
  given->options.add_to(*command);
  command->add_option("--rank", given->rank)->check(CLI::NonNegativeNumber);
  command->callback([given, &chosen] {
    chosen = [given] {
      capture_reader const reader(given->file);
      note_unfinished_beside(given->file);
      return print_report(analyse(given->rank < 0 ? reader.load() : load_rank(reader, given->rank)),
                          given->options);
    };
  });
}

}  // namespace flopwatch::cli
