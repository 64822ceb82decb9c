// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/import_model.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "flopwatch/error.hpp"
#include "text/printable.hpp"

namespace flopwatch::cli {
namespace {

constexpr int no_package = 3;  ///< how _import_model.py ends without torch or the package

std::string python() {
  auto const* const named = std::getenv("FLOPWATCH_PYTHON");
  return named != nullptr && *named != '\0' ? named : "python3";
}

/// \return the exit status; 127 if the program is not there
int run_and_wait(std::vector<std::string> words) {
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (auto& w : words) arguments.push_back(w.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  if (posix_spawnp(&child, arguments[0], nullptr, nullptr, arguments.data(), environ) != 0) return 127;
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

recorded_model::recorded_model(std::string const& model) : folder_(capture_detail::scratch_folder::create()) {
  auto const program = python();
  auto const status = run_and_wait({program, "-m", "flopwatch._import_model", model, capture().string()});
  std::error_code ec;
  if (status == 0 && std::filesystem::exists(capture(), ec)) return;
  auto const shown = text::printable(program);
  if (status == 127) {
    throw usage_error(
        fmt::format("'{}' is not there, which --model needs: install Python, or name it in "
                    "FLOPWATCH_PYTHON",
                    shown));
  }
  if (status == no_package || status == 1) {
    throw usage_error(fmt::format(
        "the model '{}' could not be recorded by '{}' (see above): install the Python package for it, or name another "
        "Python in FLOPWATCH_PYTHON",
        text::printable(model), shown));
  }
  throw usage_error(fmt::format("the model '{}' could not be recorded: '{}' ended with {} (see above)",
                                text::printable(model), shown, status));
}

}  // namespace flopwatch::cli
