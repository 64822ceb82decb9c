// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "capture/process_list.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/terminal.hpp"
#include "flopwatch/diagnostics.hpp"
#include "flopwatch/error.hpp"
#include "flopwatch/merge.hpp"
#include "text/count_text.hpp"
#include "text/printable.hpp"
#include "text/wrap.hpp"

namespace flopwatch::cli {
namespace {

struct merge_arguments {
  std::vector<std::string> files;
  std::string output;
  bool no_clobber = false;
  bool json = false;
};

/// Version of the JSON; its schema is docs/merge.schema.json.
constexpr int merge_schema_version = 1;

bool lost_data(merge_summary const& merged) {
  for (auto const& l : merged.losses) {
    if (l.severity == severity::error) return true;
  }
  return false;
}

std::string merge_json(merge_arguments const& given, merge_summary const& merged) {
  auto losses = nlohmann::ordered_json::array();
  for (auto const& l : merged.losses) {
    losses.push_back(
        {{"kind", l.kind}, {"severity", to_string(l.severity)}, {"count", l.count}, {"text", l.text}});
  }
  nlohmann::ordered_json const out{{"schema_version", merge_schema_version},
                                   {"output", given.output},
                                   {"output_bytes", std::filesystem::file_size(given.output)},
                                   {"captures", given.files.size()},
                                   {"processes", merged.processes.size()},
                                   {"data_losses", std::move(losses)}};
  return out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

std::string merge_text(merge_arguments const& given, merge_summary const& merged) {
  auto out =
      fmt::format("{}: {} of {}\n", text::printable(given.output),
                  text::counted(static_cast<std::int64_t>(merged.processes.size()), "process", "processes"),
                  text::counted(static_cast<std::int64_t>(given.files.size()), "capture"));
  out += text::wrap_after(process_list(merged.processes), 0, 0) + '\n';
  for (auto const& l : merged.losses) {
    out += fmt::format("{:<7}  {}\n", to_string(l.severity),
                       text::wrap_after(fmt::format("{}: {}", l.kind, text::printable(l.text)), 9, 9));
  }
  return out;
}

int merge_files(merge_arguments const& given) {
  std::vector<std::filesystem::path> const files(given.files.begin(), given.files.end());
  auto const merged = [&] {
    progress const line(fmt::format("merging {} into {}",
                                    text::counted(static_cast<std::int64_t>(files.size()), "capture"),
                                    given.output));
    return merge(files, given.output, !given.no_clobber);
  }();
  print(given.json ? merge_json(given, merged) : readable(merge_text(given, merged)));
  return static_cast<int>(lost_data(merged) ? exit_code::data_loss : exit_code::good);
}

}  // namespace

void add_merge_command(CLI::App& app, action& chosen) {
  auto const given = std::make_shared<merge_arguments>();
  auto* command = app.add_subcommand("merge");
  command->add_option("FILE", given->files)->required();
  command->add_option("-o,--output", given->output)->required();
  command->add_flag("--no-clobber", given->no_clobber);
  command->add_flag("--json", given->json);
  command->callback([given, &chosen] { chosen = [given] { return merge_files(*given); }; });
}

}  // namespace flopwatch::cli
