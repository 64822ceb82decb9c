// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/import_model.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/terminal.hpp"
#include "flopwatch/import.hpp"
#include "text/count_text.hpp"
#include "text/number_text.hpp"
#include "text/printable.hpp"
#include "text/wrap.hpp"

namespace flopwatch::cli {
namespace {

struct import_arguments {
  std::vector<std::string> files;
  std::string output, format, chip, operators, model;
  bool json = false;
};

nlohmann::json to_json(import_summary const& s) {
  auto losses = nlohmann::json::array();
  for (auto const& l : s.losses) {
    losses.push_back(
        {{"kind", l.kind}, {"severity", to_string(l.severity)}, {"count", l.count}, {"text", l.text}});
  }
  auto formats = nlohmann::json::array();
  for (auto const f : s.formats) formats.push_back(to_string(f));
  return {{"schema_version", 1},
          {"capture", s.capture.string()},
          {"formats", std::move(formats)},
          {"launches", s.launches},
          {"measured_launches", s.measured_launches},
          {"scopes", s.scopes},
          {"operator_calls", s.operator_calls},
          {"flop_counters", s.flop_counters},
          {"data_losses", std::move(losses)}};
}

std::string to_text(import_summary const& s) {
  std::string names;
  for (auto const f : s.formats) {
    if (names.find(to_string(f)) == std::string::npos)
      names += (names.empty() ? "" : ", ") + std::string(to_string(f));
  }
  auto out =
      fmt::format("Imported {} ({}), {} of them with counters of FLOPs, in {}, with {}.\n",
                  text::counted(s.launches, "launch", "launches"), names, text::grouped(s.measured_launches),
                  text::counted(s.scopes, "scope"), text::counted(s.operator_calls, "operator call"));
  for (auto const& name : s.flop_counters) out += "  " + text::printable(name) + "\n";
  if (!s.losses.empty()) out += "\nWhat could not be used, and what to know:\n";
  for (auto const& l : s.losses) {
    out += fmt::format("  {} {} x {}: {}\n", to_string(l.severity), text::grouped(l.count), l.kind,
                       text::printable(l.text));
  }
  return out + fmt::format("\nWritten: {}\nflopwatch report {} shows it.\n",
                           text::printable(s.capture.string()), text::printable(s.capture.string()));
}

std::string others(std::size_t count) {
  return count == 0 ? "" : " and " + text::counted(static_cast<std::int64_t>(count), "other", "others");
}

int import(import_arguments const& given) {
  import_options options;
  options.files.assign(given.files.begin(), given.files.end());
  options.capture = given.output;
  options.format = parse_import_format(given.format);
  options.chip = given.chip;
  options.operators = given.operators;
  std::optional<recorded_model> model;
  if (!given.model.empty()) options.operators = model.emplace(given.model).capture();
  auto const summary = [&] {
    progress const line("importing " + given.files.front() + others(given.files.size() - 1));
    return import_profile(options);
  }();
  print(given.json ? to_json(summary).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"
                   : readable(to_text(summary)));
  bool const lost = std::any_of(summary.losses.begin(), summary.losses.end(),
                                [](auto const& l) { return l.severity == severity::error; });
  return static_cast<int>(lost ? exit_code::data_loss : exit_code::good);
}

}  // namespace

void add_import_command(CLI::App& app, action& chosen) {
  auto const given = std::make_shared<import_arguments>();
  auto* command = app.add_subcommand("import");
  command->add_option("FILE", given->files)->required();
  command->add_option("-o,--output", given->output);
  command->add_option("--format", given->format)->check(CLI::IsMember({"ncu", "kineto", "nsys"}));
  command->add_option("--chip", given->chip);
  auto* const operators = command->add_option("--operators", given->operators);
  command->add_option("--model", given->model)->excludes(operators);
  command->add_flag("--json", given->json);
  command->callback([given, &chosen] { chosen = [given] { return import(*given); }; });
}

}  // namespace flopwatch::cli
