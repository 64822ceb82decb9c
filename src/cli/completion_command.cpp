// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/completion.hpp"
#include "cli/output.hpp"
#include "flopwatch/error.hpp"

namespace flopwatch::cli {

void add_completion_command(CLI::App& app, action& chosen) {
  auto const shell = std::make_shared<std::string>();
  auto* command = app.add_subcommand("completion");
  command->add_option("SHELL", *shell)->required()->check(CLI::IsMember({"bash", "zsh"}));
  command->callback([&app, shell, &chosen] {
    chosen = [&app, shell] {
      print(*shell == "bash" ? bash_completion(app) : zsh_completion(app));
      return static_cast<int>(exit_code::good);
    };
  });
}

}  // namespace flopwatch::cli
