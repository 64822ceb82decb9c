// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/app.hpp"

#include <csignal>
#include <cstdio>
#include <exception>
#include <sstream>
#include <string>

#include <CLI/CLI.hpp>

#include "cli/help.hpp"
#include "cli/output.hpp"
#include "flopwatch/error.hpp"

namespace flopwatch::cli {
namespace {

/// Help comes from the documentation, not from the parser.
class documented_help : public CLI::FormatterBase {
 public:
  std::string make_help(CLI::App const* app, std::string, CLI::AppFormatMode) const override {
    return help_text(app->get_parent() == nullptr ? std::string() : app->get_name());
  }
};

int fail(exit_code code, std::string const& message) {
  std::fprintf(stderr, "flopwatch: %s\n", message.c_str());
  return static_cast<int>(code);
}

int parse_outcome(CLI::App const& app, CLI::ParseError const& e) {
  std::ostringstream out;
  if (e.get_exit_code() == 0) {
    app.exit(e, out, out);
    print(out.str());
    return 0;
  }
  auto const chosen = app.get_subcommands();
  std::string const help =
      chosen.empty() ? "flopwatch --help" : "flopwatch " + chosen.front()->get_name() + " --help";
  return fail(exit_code::usage, std::string(e.what()) + "\nSee " + help + '.');
}

int parse_and_act(int argc, char const* const* argv) {
  action chosen;
  auto const app = make_app(chosen);
  try {
    app->parse(argc, argv);
    return chosen();
  } catch (CLI::ParseError const& e) {
    return parse_outcome(*app, e);
  }
}

}  // namespace

std::unique_ptr<CLI::App> make_app(action& chosen) {
  auto app = std::make_unique<CLI::App>("", "flopwatch");
  app->formatter(std::make_shared<documented_help>());
  app->set_version_flag("--version", "flopwatch " FLOPWATCH_VERSION);
  app->require_subcommand(1);
  add_report_command(*app, chosen);
  add_demo_command(*app, chosen);
  add_metrics_command(*app, chosen);
  add_doctor_command(*app, chosen);
  add_recheck_command(*app, chosen);
  return app;
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
  // A closed pipe must appear as a failed write.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return parse_and_act(argc, argv);
  } catch (error const& e) {
    return fail(e.code(), e.what());
  } catch (std::exception const& e) {
    return fail(exit_code::usage, e.what());
  }
}

}  // namespace flopwatch::cli
