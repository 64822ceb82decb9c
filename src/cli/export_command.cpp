// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/python_program.hpp"
#include "flopwatch/error.hpp"

namespace flopwatch::cli {
namespace {

/// One that the Python package gets as it was given.
struct passed_option {
  std::string name;
  std::string value{};
  CLI::Option* option = nullptr;

  [[nodiscard]] bool given() const { return option->count() > 0; }
};

struct export_arguments {
  std::vector<std::string> files;
  std::array<passed_option, 2> fleet{{{"--parquet"}, {"--run"}}};  ///< many captures into one folder
  /// One capture into files for other tools.
  std::array<passed_option, 5> doors{
      {{"--speedscope"}, {"--folded"}, {"--perfetto"}, {"--hatchet"}, {"--column"}}};
};

bool any_given(std::span<passed_option const> options) {
  return std::any_of(options.begin(), options.end(), [](passed_option const& o) { return o.given(); });
}

int run_export(std::string const& module, std::span<passed_option const> options,
               std::vector<std::string> const& files) {
  std::vector<std::string> words{"export"};
  for (auto const& o : options) {
    if (o.given()) words.push_back(o.name + "=" + o.value);
  }
  words.emplace_back("--");
  words.insert(words.end(), files.begin(), files.end());
  return run_python_module(module, words);
}

void check(export_arguments const& given) {
  bool const to_doors = any_given(given.doors);
  if (any_given(given.fleet) == to_doors) {
    throw usage_error(to_doors
                          ? "--parquet takes the captures of many ranks, the other formats one capture; run "
                            "export once for each"
                          : "export needs a format: --parquet DIR, or one or more of --speedscope OUT, "
                            "--folded OUT, --perfetto OUT and --hatchet OUT");
  }
  if (to_doors && given.files.size() > 1) {
    throw usage_error(
        fmt::format("these formats have one capture, and {} were given; flopwatch merge makes "
                    "one of those of a run",
                    given.files.size()));
  }
}

}  // namespace

void add_export_command(CLI::App& app, action& chosen) {
  auto const given = std::make_shared<export_arguments>();
  auto* command = app.add_subcommand("export");
  command->add_option("FILE", given->files)->required();
  for (auto& o : given->fleet) o.option = command->add_option(o.name, o.value);
  for (auto& o : given->doors) o.option = command->add_option(o.name, o.value);
  command->get_option("--run")->needs(command->get_option("--parquet"));
  command->get_option("--column")->needs(command->get_option("--folded"));
  command->callback([given, &chosen] {
    check(*given);
    chosen = [given] {
      return any_given(given->fleet) ? run_export("flopwatch.fleet", given->fleet, given->files)
                                     : run_export("flopwatch.doors", given->doors, given->files);
    };
  });
}

}  // namespace flopwatch::cli
