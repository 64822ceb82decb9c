// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "inject/injected_session.hpp"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <exception>
#include <future>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <string>
#include <string_view>
#include <sys/auxv.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include "collect/launch_tracker.hpp"
#include "cupti/api.hpp"
#include "flopwatch/diagnostics.hpp"
#include "inject/range_scopes.hpp"
#include "inject/run_request.hpp"
#include "session/session_state.hpp"

namespace flopwatch::inject {
namespace {

void complain(std::string_view what) noexcept {
  std::fprintf(stderr, "flopwatch: process %d: %.*s\n", static_cast<int>(getpid()),
               static_cast<int>(what.size()), what.data());
}

session_options options_of(run_request const& request) {
  session_options out;
  out.metrics = request.metrics;
  if (auto const mode = parse_replay_mode(request.replay)) out.replay = *mode;
  if (auto const raw = parse_raw_choice(request.raw)) out.raw = *raw;
  out.iteration = request.iteration;
  out.scope_depth = request.scope_depth;
  out.launches = {request.kernel_regex, request.launch_skip, request.launch_count};
  if (request.budget > 0) out.reuse.budget = request.budget;
  out.capture = request.capture;
  return out;
}

detail::device_choice nothing_yet(run_request const& request) {
  detail::device_choice out;
  out.name = "none";
  out.why_not_measured = request.device == "cpu"      ? "no device was chosen"
                         : request.profile_from_start ? "the program launched nothing on a GPU"
                                                      : "the program did not call cudaProfilerStart";
  return out;
}

range_choice choice_of(run_request const& request) {
  range_choice out;
  out.domains = request.nvtx_domains;
  if (!request.scope_regex.empty()) out.message.emplace(request.scope_regex, std::regex::ECMAScript);
  return out;
}

/// A set-uid program, or one that records itself by now.
bool is_left_alone() noexcept {
  if (getauxval(AT_SECURE) != 0) return true;
  auto const* const owner = std::getenv(owner_variable);
  if (owner == nullptr || std::to_string(getpid()) != owner) return false;
  return dlsym(RTLD_DEFAULT, "Py_IsInitialized") != nullptr;  // not so after exec() of another program
}

/// The recording of this process.
class injected_session {
 public:
  explicit injected_session(run_request request)
      : request_(std::move(request)),
        ranges_(choice_of(request_)),
        session_(options_of(request_), nothing_yet(request_)) {
    session_.final_info[info_key::operators] = "not collected";
    detail::listening_to_ranges.store(&ranges_, std::memory_order_release);
    session_.start(false);
  }

  void join_device() noexcept {
    std::lock_guard const lock(mutex_);
    if (ended_ || request_.device == "cpu") return;
    joined_ = true;
    session_.join_device(request_.device.empty() ? "cuda:0" : request_.device);
  }

  /// Launches are not seen in this process.
  void refuse(error const& why) noexcept {
    std::lock_guard const lock(mutex_);
    if (ended_) return;
    joined_ = true;
    try {
      session_.counters_refused(why);
    } catch (std::exception const&) {
      // Out of memory.
    }
  }

  [[nodiscard]] std::chrono::milliseconds longest_start() const {
    return std::chrono::milliseconds(request_.longest_start_ms);
  }

  /// The program goes on while the device joins: what it launches until then is lost.
  void goes_on_before_it_joined() noexcept { goes_on_ = true; }

  void end() noexcept {
    std::lock_guard const lock(mutex_);
    if (std::exchange(ended_, true) || session_.of_parent()) return;
    try {
      if (is_left_alone() || (!joined_ && ranges_.seen() == 0)) {
        session_.abandon();
      } else {
        if (goes_on_) {
          session_.note_loss(make_loss(loss::launches_not_seen, 1,
                                       "The counters took too long to start, and it went on without them."));
        }
        static_cast<void>(session_.stop());
      }
    } catch (std::exception const& e) {
      complain(e.what());
    }
    // Their scopes are those of this recording.
    detail::listening_to_ranges.store(nullptr, std::memory_order_release);
  }

  [[nodiscard]] bool is_this_process() const noexcept { return process_ == getpid(); }

 private:
  run_request request_;
  range_scopes ranges_;
  detail::session_state session_;
  std::mutex mutex_;  ///< of a device that joins, and of the end
  bool joined_ = false;
  std::atomic<bool> goes_on_{false};
  bool ended_ = false;
  pid_t process_ = getpid();
};

std::mutex one_at_a_time;
/// Never destroyed: ranges may still close, and kernels be launched, while the program ends.
injected_session* current = nullptr;

/// A thread of its own: those of the program that ends have no thread_local objects any more, which drivers
/// and CUPTI may have.
void end_current() noexcept {
  std::lock_guard const lock(one_at_a_time);
  if (current == nullptr || !current->is_this_process()) return;
  try {
    std::thread([] { current->end(); }).join();
  } catch (std::exception const&) {
    current->end();
  }
}

/// The child after fork() is not recorded, until it initialises CUDA itself.
void forget_in_child() noexcept {
  detail::listening_to_ranges.store(nullptr, std::memory_order_release);
  one_at_a_time.unlock();
}

void follow_forks() noexcept {
  static bool const once = [] {
    pthread_atfork([] { one_at_a_time.lock(); }, [] { one_at_a_time.unlock(); }, &forget_in_child);
    return true;
  }();
  static_cast<void>(once);
}

/// On the thread of the program's first launch: CUDA calls are not allowed in a callback, so another thread
/// makes them.
void meet_first_call() noexcept {
  if (!begin_session()) return;
  try {
    std::promise<void> joined;
    auto const done = joined.get_future();
    std::thread([joining = current, joined = std::move(joined)]() mutable {
      collect::own_driver_calls const ours;
      joining->join_device();
      joined.set_value();
    }).detach();
    auto const longest = current->longest_start();
    if (done.wait_for(longest) == std::future_status::timeout) {
      current->goes_on_before_it_joined();
      complain("the counters did not start within " + std::to_string(longest.count() / 1000) +
               " s; the program goes on, and what it launches before they start is lost");
    }
    static_cast<void>(std::atexit(&end_current));  // again: now it comes before what CUDA does at the end
  } catch (std::exception const& e) {
    complain(e.what());
  }
}

}  // namespace

bool begin_session() noexcept {
  std::lock_guard const lock(one_at_a_time);
  if (current != nullptr && current->is_this_process()) return true;
  auto const* const asked = std::getenv(request_variable);
  if (asked == nullptr || is_left_alone()) return false;
  try {
    follow_forks();
    current = new injected_session(request_from_json(asked));  // a parent's is left as it is
    static_cast<void>(std::atexit(&end_current));
    return true;
  } catch (std::exception const& e) {
    complain(e.what());
    return false;
  }
}

void cuda_begins() noexcept {
  auto const* const asked = std::getenv(request_variable);
  if (asked == nullptr || is_left_alone()) return;
  try {
    auto const request = request_from_json(asked);
    if (request.device == "cpu") return;
    auto const how = request.profile_from_start ? collect::profiler_calls::stop_and_start
                                                : collect::profiler_calls::start_first;
    collect::subscribe_for_process(cupti::library(true), &meet_first_call, how);
  } catch (error const& e) {
    if (begin_session()) current->refuse(e);
    complain(e.what());
  } catch (std::exception const& e) {
    complain(e.what());
  }
}

}  // namespace flopwatch::inject
