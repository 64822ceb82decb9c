// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/python_program.hpp"

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <optional>
#include <spawn.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

#include "flopwatch/error.hpp"

namespace flopwatch::cli {
namespace {

constexpr int has_no_package = 113;

/// The folder that Python is started in may hold another flopwatch.
constexpr char const* starter =
    "import sys, importlib.util, runpy\n"
    "sys.path[:] = [folder for folder in sys.path if folder != '']\n"
    "if importlib.util.find_spec('flopwatch') is None: sys.exit(113)\n"
    "sys.argv = sys.argv[1:]\n"
    "runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)\n";

/// nullopt: there is no such program.
std::optional<int> run(std::string const& python, std::string const& module,
                       std::vector<std::string> const& arguments) {
  std::vector<std::string> words{python, "-c", starter, module};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  if (posix_spawnp(&child, python.c_str(), nullptr, nullptr, argv.data(), environ) != 0) return std::nullopt;
  // The child gets the Ctrl-C of a terminal, too, and says how it ended.
  auto* const on_interrupt = std::signal(SIGINT, SIG_IGN);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  std::signal(SIGINT, on_interrupt);
  if (WIFSIGNALED(status)) return 128 + WTERMSIG(status);
  // posix_spawnp of older C libraries says so.
  if (WEXITSTATUS(status) == 127) return std::nullopt;
  return WEXITSTATUS(status);
}

std::string beside_this_program() {
  std::error_code failed;
  auto const program = std::filesystem::read_symlink("/proc/self/exe", failed);
  return failed ? std::string() : (program.parent_path() / "python3").string();
}

}  // namespace

int run_python_module(std::string const& module, std::vector<std::string> const& arguments) {
  for (auto const& python : {beside_this_program(), std::string("python3")}) {
    if (python.empty()) continue;
    auto const ended = run(python, module, arguments);
    if (ended && *ended != has_no_package) return *ended;
  }
  throw usage_error(fmt::format(
      "this command runs in Python, and neither the python3 next to this program nor the one on PATH has the "
      "package flopwatch; install it (pip install 'flopwatch[fleet]') or activate its environment."));
}

}  // namespace flopwatch::cli
