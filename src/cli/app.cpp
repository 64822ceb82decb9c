// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/app.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <sstream>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/help.hpp"
#include "cli/output.hpp"
#include "flopwatch/error.hpp"
#include "text/nearest.hpp"
#include "text/printable.hpp"

namespace flopwatch::cli {
namespace {

/// Help comes from the documentation, not from the parser.
class documented_help : public CLI::FormatterBase {
 public:
  std::string make_help(CLI::App const* app, std::string, CLI::AppFormatMode) const override {
    return help_text(app->get_parent() == nullptr ? std::string() : app->get_name());
  }
};

/// `message` can quote a path, an argument or a name of a capture.
int fail(exit_code code, std::string_view message) {
  std::fprintf(stderr, "flopwatch: %s\n", text::printable_lines(message).c_str());
  return static_cast<int>(code);
}

std::vector<std::string> command_names(CLI::App const& app) {
  std::vector<std::string> out;
  for (auto const* command : app.get_subcommands([](CLI::App const*) { return true; })) {
    out.push_back(command->get_name());
  }
  return out;
}

std::string no_such_command(CLI::App const& app, std::string_view word) {
  auto const names = command_names(app);
  auto const nearest = std::min_element(names.begin(), names.end(), [&](auto const& a, auto const& b) {
    return text::edit_distance(a, word) < text::edit_distance(b, word);
  });
  return fmt::format("there is no command '{}'; the nearest is '{}'.\nCommands: {}.\nSee flopwatch --help.",
                     text::printable(word), *nearest, fmt::join(names, ", "));
}

int parse_outcome(CLI::App const& app, CLI::ParseError const& e, std::vector<std::string> const& arguments) {
  if (e.get_exit_code() != 0) return fail(exit_code::usage, refusal_of(app, e, arguments));
  std::ostringstream out;
  app.exit(e, out, out);
  print(out.str());
  return 0;
}

int parse_and_act(int argc, char const* const* argv) {
  action chosen;
  auto const app = make_app(chosen);
  try {
    app->parse(argc, argv);
    return chosen();
  } catch (CLI::ParseError const& e) {
    return parse_outcome(*app, e, {argv + std::min(argc, 1), argv + argc});
  }
}

}  // namespace

std::unique_ptr<CLI::App> make_app(action& chosen) {
  auto app = std::make_unique<CLI::App>("", "flopwatch");
  app->formatter(std::make_shared<documented_help>());
  app->set_version_flag("--version", "flopwatch " FLOPWATCH_VERSION);
  app->require_subcommand(1);
  add_run_command(*app, chosen);
  add_report_command(*app, chosen);
  add_demo_command(*app, chosen);
  add_metrics_command(*app, chosen);
  add_doctor_command(*app, chosen);
  add_recheck_command(*app, chosen);
  add_merge_command(*app, chosen);
  add_diff_command(*app, chosen);
  add_roofline_command(*app, chosen);
  add_audit_command(*app, chosen);
  add_import_command(*app, chosen);
  add_export_command(*app, chosen);
  add_completion_command(*app, chosen);
  return app;
}

std::string refusal_of(CLI::App const& app, CLI::ParseError const& e,
                       std::vector<std::string> const& arguments) {
  auto const chosen = app.get_subcommands();
  auto const word =
      std::find_if(arguments.begin(), arguments.end(), [](auto const& a) { return !a.starts_with('-'); });
  if (chosen.empty() && word != arguments.end()) return no_such_command(app, *word);
  std::string const help = chosen.empty() ? "--help" : chosen.front()->get_name() + " --help";
  return fmt::format("{}\nSee flopwatch {}.", text::printable(e.what()), help);
}

std::vector<command_options> all_options() {
  action chosen;
  auto const app = make_app(chosen);
  auto apps = app->get_subcommands([](CLI::App*) { return true; });
  std::vector<command_options> out;
  auto const add = [&](CLI::App const& command, std::string name) {
    auto& entry = out.emplace_back(command_options{std::move(name), {}});
    for (auto const* option : command.get_options()) entry.options.push_back(option->get_name(false, true));
  };
  add(*app, "");
  for (auto const* command : apps) add(*command, command->get_name());
  return out;
}

int run(int argc, char const* const* argv) noexcept {
  see_closed_pipes();
  try {
    return parse_and_act(argc, argv);
  } catch (error const& e) {
    return fail(e.code(), e.what());
  } catch (std::exception const& e) {
    return fail(exit_code::usage, e.what());
  }
}

}  // namespace flopwatch::cli
