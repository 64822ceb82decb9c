// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/commands.hpp"

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace flopwatch::cli {

/// The program's commands and options. Parsing stores in `chosen` what to do.
[[nodiscard]] std::unique_ptr<CLI::App> make_app(action& chosen);

/// A command ("" is the program itself) with the options that the parser accepts, as the user writes them.
struct command_options {
  std::string command;
  std::vector<std::string> options;
};
[[nodiscard]] std::vector<command_options> all_options();

/// What to say of arguments that `app` refused by `e`: several lines, safe for a terminal.
[[nodiscard]] std::string refusal_of(CLI::App const& app, CLI::ParseError const& e,
                                     std::vector<std::string> const& arguments);

/// The whole program: parses, acts, reports errors on standard error. \returns the exit code
int run(int argc, char const* const* argv) noexcept;

}  // namespace flopwatch::cli
