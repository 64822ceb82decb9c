// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/terminal.hpp"
#include "flopwatch/error.hpp"

#ifdef FLOPWATCH_HAS_CUPTI
#include "recheck/images.hpp"
#endif

namespace flopwatch::cli {
namespace {

struct recheck_arguments {
  std::string file;
  bool json = false;
};

#ifdef FLOPWATCH_HAS_CUPTI

int recheck(recheck_arguments const& given) {
  auto const rechecked = [&] {
    progress const line("rechecking " + given.file);
    return recheck::recheck_file(given.file, given.json);
  };
  auto const outcome = rechecked();
  note_unfinished_beside(given.file);
  print(given.json ? outcome.output : readable(outcome.output));
  return static_cast<int>(outcome.equal ? exit_code::good : exit_code::check_failed);
}

#else

int recheck(recheck_arguments const&) { throw cupti_error(built_without_cupti, exit_code::no_device); }

#endif

}  // namespace

void add_recheck_command(CLI::App& app, action& chosen) {
  auto const given = std::make_shared<recheck_arguments>();
  auto* command = app.add_subcommand("recheck");
  command->add_option("FILE", given->file)->required();
  command->add_flag("--json", given->json);
  command->callback([given, &chosen] { chosen = [given] { return recheck(*given); }; });
}

}  // namespace flopwatch::cli
