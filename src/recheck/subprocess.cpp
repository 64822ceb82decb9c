// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recheck/subprocess.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>
#include <string_view>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "flopwatch/error.hpp"

namespace flopwatch::recheck {
namespace {

constexpr std::string_view no_memory =
    "out of memory; free some memory, or raise the limit on it (ulimit -v)";

// The first byte of the child's message.
constexpr char answered = '+';
constexpr char threw = '-';  // then the exit code as one byte, and the message

[[noreturn]] void no_child(char const* what) {
  throw usage_error(std::string("no child process can be started (") + what + ": " + std::strerror(errno) +
                    "); free some memory or raise the limit on processes");
}

/// Memory that parent and child share.
class shared_mark {
 public:
  shared_mark()
      : at_(mmap(nullptr, sizeof(progress_mark), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    if (at_ == MAP_FAILED) no_child("mmap");
    new (at_) progress_mark(0);
  }
  shared_mark(shared_mark const&) = delete;
  shared_mark& operator=(shared_mark const&) = delete;
  ~shared_mark() { munmap(at_, sizeof(progress_mark)); }
  [[nodiscard]] progress_mark& get() const noexcept { return *static_cast<progress_mark*>(at_); }

 private:
  void* at_;
};

void send(int to, std::string_view text) {
  for (std::size_t sent = 0; sent < text.size();) {
    auto const n = write(to, text.data() + sent, text.size() - sent);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    sent += static_cast<std::size_t>(n);
  }
}

/// Where the child sends its message.
int answer_to = -1;

void out_of_memory() {
  constexpr char message[] = {threw, static_cast<char>(exit_code::usage), '\0'};
  send(answer_to, std::string_view(message, 2));
  send(answer_to, no_memory);
  _exit(0);
}

/// A parent that is killed cannot end its child, which may be anywhere in CUPTI.
void end_with(pid_t parent) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) _exit(1);
}

std::string receive(int from) {
  std::string out;
  std::array<char, 4096> buffer{};
  for (;;) {
    auto const n = read(from, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return out;
    out.append(buffer.data(), static_cast<std::size_t>(n));
  }
}

std::string message_of(std::function<std::string(progress_mark&)> const& f, progress_mark& mark) {
  try {
    return answered + f(mark);
  } catch (error const& e) {
    return std::string{threw, static_cast<char>(e.code())} + e.what();
  } catch (std::exception const& e) {
    return std::string{threw, static_cast<char>(exit_code::usage)} + e.what();
  }
}

}  // namespace

child_answer run_in_subprocess(std::function<std::string(progress_mark&)> const& f) {
  shared_mark const mark;
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) no_child("pipe");
  std::fflush(nullptr);  // buffered output must not be written twice
  auto const self = getpid();
  auto const child = fork();
  if (child < 0) no_child("fork");
  if (child == 0) {
    end_with(self);
    close(ends[0]);
    answer_to = ends[1];
    std::set_new_handler(out_of_memory);
    send(ends[1], message_of(f, mark.get()));
    _exit(0);
  }
  close(ends[1]);
  auto const message = receive(ends[0]);
  close(ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  child_answer out;
  out.progress = mark.get().load();
  if (WIFSIGNALED(status) || message.empty()) {
    // A sanitizer ends the child by itself, with no signal.
    out.signal = WIFSIGNALED(status) ? WTERMSIG(status) : SIGABRT;
    return out;
  }
  if (message.front() == threw) throw error(message.substr(2), static_cast<exit_code>(message.at(1)));
  out.text = message.substr(1);
  return out;
}

}  // namespace flopwatch::recheck
