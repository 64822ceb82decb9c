// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>
#include <memory>
#include <regex>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "flopwatch/error.hpp"

#ifdef FLOPWATCH_HAS_INJECT
#include "capture/process_name.hpp"
#include "cli/run/child.hpp"
#include "cli/run/environment.hpp"
#include "cli/run/outcome.hpp"
#include "cli/run/output_name.hpp"
#include "cli/run/run_folder.hpp"
#include "inject/run_request.hpp"
#endif

namespace flopwatch::cli {

#ifdef FLOPWATCH_HAS_INJECT

namespace {

struct run_arguments {
  inject::run_request request;
  std::string output;
  std::string profile_from_start = "on";
  bool strict = false;
};

/// "regex:EXPRESSION", or a whole name, as Nsight Compute takes it.
std::string kernel_regex(std::string const& given) {
  constexpr std::string_view prefix = "regex:";
  if (given.empty() || given.starts_with(prefix)) return given.substr(std::min(given.size(), prefix.size()));
  std::string out = R"((^|[: ]))";
  for (char const c : given) {
    if (std::strchr(R"(\^$.|?*+()[]{})", c) != nullptr) out += '\\';
    out += c;
  }
  return out + "($|[<(])";
}

void check_regex(char const* option, std::string const& expression) {
  try {
    std::regex const unused(expression, std::regex::ECMAScript);
  } catch (std::regex_error const& e) {
    throw usage_error(
        fmt::format("{}: \"{}\" is no regular expression ({}); write one as ECMAScript has them", option,
                    expression, e.what()));
  }
}

int record(run_arguments given) {
  auto& request = given.request;
  if (request.program.empty()) {
    throw usage_error("there is no program to run: flopwatch run [options] -- PROGRAM [ARGUMENTS]");
  }
  auto const who = this_process();
  auto const output = output_name(given.output, request.program.front(), who);
  request.profile_from_start = given.profile_from_start == "on";
  request.kernel_regex = kernel_regex(request.kernel_regex);
  check_regex("--kernel-name", request.kernel_regex);
  check_regex("--scope-regex", request.scope_regex);
  bool const chooses = !request.kernel_regex.empty() || request.launch_skip > 0 || request.launch_count >= 0;
  if (chooses && (request.scope_depth > 0 || request.replay == "reuse")) {
    throw usage_error(
        "--kernel-name, --launch-skip and --launch-count need each kernel counted alone: leave out "
        "--scope-depth and --replay-mode reuse");
  }
  run_folder const folder(folder_place(output, who));
  request.capture = folder.pattern();
  auto const environment = environment_of(request, add_python_start(folder));
  if (!environment.reason.empty()) note(environment.reason);
  auto const end = run_child(request.program, environment.set);
  if (end.error != 0) {
    note(fmt::format("'{}' cannot be run: {}", request.program.front(), std::strerror(end.error)));
    return end.exit_code;
  }
  auto const outcome = gather(folder, output, end);
  if (!outcome.sentence.empty()) note(outcome.sentence);
  bool const shows_own = given.strict && end.exit_code == 0;
  return shows_own ? static_cast<int>(outcome.code) : end.exit_code;
}

}  // namespace

void add_run_command(CLI::App& app, action& chosen) {
  auto const given = std::make_shared<run_arguments>();
  auto& request = given->request;
  request.replay = "auto";
  request.raw = "sample";
  auto* command = app.add_subcommand("run");
  command->add_option("PROGRAM", request.program);
  command->add_option("-o,--output", given->output);
  command->add_option("--device", request.device);
  command->add_option("--metrics", request.metrics);
  command->add_option("--replay-mode", request.replay)
      ->check(CLI::IsMember({"auto", "none", "kernel", "iteration", "reuse"}));
  command->add_option("--budget", request.budget)->check(CLI::Range(1e-6, 1.0));
  command->add_option("--scope-depth", request.scope_depth)->check(CLI::Range(0, 1000));
  command->add_option("--raw", request.raw)->check(CLI::IsMember({"sample", "all", "none"}));
  command->add_option("--nvtx-domain", request.nvtx_domains)->allow_extra_args(false);
  command->add_option("--scope-regex", request.scope_regex);
  command->add_option("--profile-from-start", given->profile_from_start)->check(CLI::IsMember({"on", "off"}));
  command->add_option("--kernel-name", request.kernel_regex);
  command->add_option("--launch-skip", request.launch_skip)->check(CLI::NonNegativeNumber);
  command->add_option("--launch-count", request.launch_count)->check(CLI::NonNegativeNumber);
  command->add_option("--iteration-range", request.iteration);
  command->add_option("--root", request.roots)->allow_extra_args(false);
  command->add_flag("--strict", given->strict);
  command->callback([given, &chosen] { chosen = [given] { return record(*given); }; });
}

#else

void add_run_command(CLI::App& app, action& chosen) {
  auto* command = app.add_subcommand("run");
  command->prefix_command();
  command->callback(
      [&chosen] { chosen = []() -> int { throw cupti_error(built_without_cupti, exit_code::no_device); }; });
}

#endif

}  // namespace flopwatch::cli
