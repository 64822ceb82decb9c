// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "run_program.hpp"

#include <cstdlib>
#include <fstream>
#include <pty.h>
#include <sstream>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace flopwatch::test {
namespace {

int code_of(int status) { return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }

std::string content(std::string const& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

}  // namespace

scratch_folder::scratch_folder() {
  auto name = (std::filesystem::temp_directory_path() / "flopwatch-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
}

scratch_folder::~scratch_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

outcome shell(std::string const& line) {
  scratch_folder const scratch;
  setenv("FLOPWATCH", FLOPWATCH_PROGRAM, 1);
  auto const status =
      std::system(("( " + line + " ) >" + (scratch / "out") + " 2>" + (scratch / "err")).c_str());
  return {code_of(status), content(scratch / "out"), content(scratch / "err")};
}

outcome run(std::string const& arguments, std::string const& environment) {
  return shell(environment + " \"$FLOPWATCH\" " + arguments);
}

outcome run_on_terminal(std::vector<std::string> const& arguments, unsigned short columns,
                        std::vector<std::string> const& environment) {
  winsize size{};
  size.ws_row = 24;
  size.ws_col = columns;
  int terminal = -1;
  auto const child = forkpty(&terminal, nullptr, nullptr, &size);
  if (child < 0) throw std::runtime_error("no terminal");
  if (child == 0) {
    std::vector<char*> argv{const_cast<char*>(FLOPWATCH_PROGRAM)};
    for (auto const& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
    argv.push_back(nullptr);
    std::string term = "TERM=xterm";
    std::vector<char*> envp{term.data()};
    for (auto const& e : environment) envp.push_back(const_cast<char*>(e.c_str()));
    envp.push_back(nullptr);
    execve(FLOPWATCH_PROGRAM, argv.data(), envp.data());
    _exit(127);
  }
  outcome result;
  char buffer[4096];
  for (ssize_t n = 0; (n = read(terminal, buffer, sizeof buffer)) > 0;)
    result.out.append(buffer, static_cast<std::size_t>(n));
  int status = 0;
  waitpid(child, &status, 0);
  close(terminal);
  result.exit_code = code_of(status);
  std::erase(result.out, '\r');
  return result;
}

}  // namespace flopwatch::test
