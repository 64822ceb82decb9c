// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

#include "gpu/probes/counting.hpp"
#include "gpu/probes/own_child.hpp"
#include "gpu/probes/probes.hpp"

namespace gpu_probes {
namespace {

constexpr unsigned patience_s = 150;
constexpr char holding = '+';  // sent when it holds the profiler, before the JSON

using ends_of_pipe = std::array<int, 2>;

ends_of_pipe make_pipe() {
  ends_of_pipe ends{};
  if (pipe(ends.data()) != 0) throw std::runtime_error("no pipe can be made");
  return ends;
}

/// Holds the profiler from Enable, or from Start, until `go` has a byte.
/// \param told, go the ends to write to and to read from
json hold(setting const& s, bool started, int told, int go) {
  gpu const device(s);
  program const kernel(device, "known_ffma");
  raw_profiler profiler(device, metrics_of(device, {kernel.metric()}));
  json out;
  auto const call = [&](char const* name, CUptiResult code) { out[name] = code_of(code); };
  auto const begin = [&] {
    call("get_counter_data_size", profiler.size(8));
    call("counter_data_image_initialize", profiler.initialise());
    call("set_config", profiler.set_config());
    call("start", profiler.start());
  };
  call("enable", profiler.enable(device.context()));
  if (started) begin();
  char sign = holding;
  if (write(told, &sign, 1) != 1 || read(go, &sign, 1) != 1) out["error"] = "the other process ended";
  if (!started) begin();
  out["launch"] = code_of(kernel.launch());
  out["synchronise"] = code_of(cuCtxSynchronize());
  call("stop", profiler.stop());
  call("decode", profiler.decode());
  if (out["decode"]["code"] == 0 && profiler.ranges() == 1)
    out["counted_thread_instructions"] = number(profiler.values(0).at(0));
  out["expected_thread_instructions"] = kernel.expected();
  call("disable", profiler.disable());
  return out;
}

json count_beside(setting const& s) {
  gpu const device(s);
  program const kernel(device, "known_ffma");
  auto const result = count(device, metrics_of(device, {kernel.metric()}), {},
                            [&](json& codes) { codes["launch"] = code_of(kernel.launch()); });
  auto facts = result.facts(kernel.expected());
  facts["clause"] = clause_of(result, 1, kernel.expected());
  return facts;
}

/// The first process, in a child of this one.
class holder {
 public:
  holder(setting const& s, bool started) : told_(make_pipe()), go_(make_pipe()) {
    std::fflush(nullptr);
    child_ = fork();
    if (child_ < 0) throw std::runtime_error("no second process can be started");
    if (child_ == 0) be_it(s, started);
    close(told_[1]);
    close(go_[0]);
  }
  ~holder() {
    close(told_[0]);
    close(go_[1]);
    if (child_ > 0) waitpid(child_, nullptr, 0);
  }
  holder(holder const&) = delete;
  holder& operator=(holder const&) = delete;

  /// Waits until it holds the profiler. \returns false when it cannot
  [[nodiscard]] bool holds() const {
    char sign = 0;
    return read(told_[0], &sign, 1) == 1 && sign == holding;
  }
  /// Lets it go on, and gives what it found.
  [[nodiscard]] json finished() {
    char const sign = 'g';
    static_cast<void>(!write(go_[1], &sign, 1));
    std::string text;
    std::array<char, 4096> buffer{};
    for (ssize_t n = 0; (n = read(told_[0], buffer.data(), buffer.size())) > 0;)
      text.append(buffer.data(), static_cast<std::size_t>(n));
    int status = 0;
    waitpid(child_, &status, 0);
    child_ = -1;
    if (WIFSIGNALED(status)) return {{"ended_by_signal", WTERMSIG(status)}};
    auto found = json::parse(text, nullptr, false);
    return found.is_discarded() ? json{{"error", text}} : found;
  }

 private:
  [[noreturn]] void be_it(setting const& s, bool started) const {
    alarm(patience_s);
    std::string text;
    try {
      text = hold(s, started, told_[1], go_[0]).dump();
    } catch (std::exception const& e) {
      text = json{{"not_asked", e.what()}}.dump();
    }
    _exit(write(told_[1], text.data(), text.size()) < 0 ? 1 : 0);
  }

  ends_of_pipe told_;
  ends_of_pipe go_;
  pid_t child_ = -1;
};

json ask(setting const& s, bool started) {
  holder first(s, started);
  json out;
  if (first.holds()) out = in_own_child([&] { return count_beside(s); });
  out["first_process"] = first.finished();
  return out;
}

}  // namespace

finding second_process(setting const& s) {
  finding out;
  std::signal(SIGPIPE, SIG_IGN);  // a first process that crashed must not end this one
  static_cast<void>(in_own_child([&] { return json(gpu(s).chip()); }));  // throws without a GPU
  out.facts["while_the_first_is_enabled"] = ask(s, false);
  out.facts["while_the_first_is_started"] = ask(s, true);
  out.answer = "A second process: " + sentence_of(out.facts);
  return out;
}

}  // namespace gpu_probes
