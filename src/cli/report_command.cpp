// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "capture/process_list.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
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

std::string name_of(std::string const& file) { return std::filesystem::path(file).filename().string(); }

/// \param rank -1: all
capture_data load(capture_reader const& reader, std::int64_t rank) {
  return rank < 0 ? reader.load() : load_rank(reader, rank);
}

/// What is shown of the second capture is what is shown of the first.
analysis analyse_against(std::string const& file, std::int64_t rank, std::string const& only) {
  note_unfinished_beside(file);
  auto a = analyse(load(capture_reader(file), rank));
  auto const p = parse_phase(only);
  return p ? of_phase(a, *p) : a;
}

}  // namespace

void add_report_command(CLI::App& app, action& chosen) {
  struct report_arguments {
    std::string file;
    report_options options;
    std::int64_t rank = -1;  ///< -1: all
    std::string against;     ///< a second capture for the page; empty: none
  };
  auto const given = std::make_shared<report_arguments>();
  auto* command = app.add_subcommand("report");
  command->add_option("FILE", given->file)->required();
  given->options.add_to(*command);
  command->add_option("--rank", given->rank)->check(CLI::NonNegativeNumber);
  command->add_option("--against", given->against)->needs("--html");
  command->callback([given, &chosen] {
    chosen = [given] {
      capture_reader const reader(given->file);
      note_unfinished_beside(given->file);
      auto const analysed = [&] {
        progress const line("reading " + given->file);
        return analyse(load(reader, given->rank));
      };
      html_options page{.name = name_of(given->file)};
      if (given->against.empty()) return print_report(analysed(), given->options, page);
      auto const second = analyse_against(given->against, given->rank, given->options.phase);
      page.against = &second;
      page.against_name = name_of(given->against);
      return print_report(analysed(), given->options, page);
    };
  });
}

}  // namespace flopwatch::cli
