// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/run/child.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/output.hpp"
#include "flopwatch/error.hpp"

namespace flopwatch::cli {
namespace {

/// What somebody who stops this process means for the child. The terminal sends its signals to both.
constexpr std::array passed_on{SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGCONT, SIGWINCH};
constexpr std::array from_terminal{SIGINT, SIGQUIT};

std::atomic<pid_t> child{0};

void pass_on(int signal, siginfo_t* info, void* /*context*/) {
  int const before = errno;
  // The kernel sends a terminal's signals to the whole group.
  bool const by_terminal = info != nullptr && info->si_code == SI_KERNEL;
  if (auto const to = child.load(); to > 0 && !by_terminal) kill(to, signal);
  errno = before;
}

/// Signals go to the child while it lives.
class signals_to_child {
 public:
  signals_to_child() {
    struct sigaction action {};
    action.sa_sigaction = pass_on;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    std::size_t at = 0;
    for (int const signal : passed_on) sigaction(signal, &action, &before_[at++]);
    for (int const signal : from_terminal) sigaction(signal, &action, &before_[at++]);
  }
  ~signals_to_child() { restore(); }
  signals_to_child(signals_to_child const&) = delete;
  signals_to_child& operator=(signals_to_child const&) = delete;

  void restore() const {
    std::size_t at = 0;
    for (int const signal : passed_on) sigaction(signal, &before_[at++], nullptr);
    for (int const signal : from_terminal) sigaction(signal, &before_[at++], nullptr);
  }

 private:
  std::array<struct sigaction, passed_on.size() + from_terminal.size()> before_{};
};

[[noreturn]] void become(std::vector<char*> const& words, int report) {
  execvp(words.front(), words.data());
  int const why = errno;
  static_cast<void>(!write(report, &why, sizeof why));
  _exit(why == ENOENT ? 127 : 126);
}

int wait_for(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

child_end run_child(std::vector<std::string> const& command,
                    std::map<std::string, std::string> const& environment) {
  std::vector<char*> words;
  words.reserve(command.size() + 1);
  for (auto const& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  std::array<int, 2> report{};
  if (pipe2(report.data(), O_CLOEXEC) != 0) {
    throw usage_error(std::string("the program cannot be started (") + std::strerror(errno) + "); try again");
  }
  signals_to_child const signals;
  auto const pid = fork();
  if (pid < 0) {
    throw usage_error(std::string("the program cannot be started (") + std::strerror(errno) + "); try again");
  }
  if (pid == 0) {
    signals.restore();
    std::signal(SIGPIPE, inherited_sigpipe());
    for (auto const& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
    become(words, report[1]);
  }
  child = pid;
  close(report[1]);
  child_end end;
  if (read(report[0], &end.error, sizeof end.error) != sizeof end.error) end.error = 0;
  close(report[0]);
  int const status = wait_for(pid);
  child = 0;
  if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  end.exit_code = end.signal != 0 ? 128 + end.signal : WEXITSTATUS(status);
  return end;
}

}  // namespace flopwatch::cli
