// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "gpu/mixed_work.hpp"

#include <atomic>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <cuda.h>

#include "flopwatch/scope.hpp"

namespace known_counts {
namespace {

/// Streams of the device's primary context, current to the thread that makes them.
class stream_set {
 public:
  stream_set(int device, int count) : streams_(static_cast<std::size_t>(count)) {
    CUcontext context = nullptr;
    if (cuDevicePrimaryCtxRetain(&context, device) != CUDA_SUCCESS ||
        cuCtxSetCurrent(context) != CUDA_SUCCESS)
      throw std::runtime_error("the device's primary context cannot be used");
    for (auto& s : streams_) {
      if (cuStreamCreate(&s, CU_STREAM_NON_BLOCKING) != CUDA_SUCCESS)
        throw std::runtime_error("cuStreamCreate fails");
    }
    device_ = device;
  }
  ~stream_set() {
    for (auto* s : streams_) cuStreamDestroy(s);
    cuDevicePrimaryCtxRelease(device_);
  }
  stream_set(stream_set const&) = delete;
  stream_set& operator=(stream_set const&) = delete;
  [[nodiscard]] CUstream at(int i) const { return streams_[static_cast<std::size_t>(i) % streams_.size()]; }

 private:
  std::vector<CUstream> streams_;
  int device_ = 0;
};

/// Lets threads launch in a fixed order, so that every run is the same.
class turns {
 public:
  /// Waits for turn `n`; false when the order was given up.
  [[nodiscard]] bool wait(int n) {
    for (int now = next_; now != n; now = next_) {
      if (now < 0) return false;
      next_.wait(now);
    }
    return true;
  }
  void pass_on(int n) { move_to(n + 1); }
  void give_up() { move_to(-1); }

 private:
  void move_to(int n) {
    next_ = n;
    next_.notify_all();
  }
  std::atomic<int> next_{0};
};

}  // namespace

void launch_from_threads(program const& kernels, thread_plan const& p) {
  std::vector<std::exception_ptr> errors(static_cast<std::size_t>(p.threads));
  std::vector<std::thread> threads;
  turns order;
  for (int t = 0; t < p.threads; ++t) {
    threads.emplace_back([&, t] {
      try {
        stream_set const streams(p.device, p.streams);
        flopwatch::scope const mine("thread " + std::to_string(t));
        for (int i = 0; i < p.launches; ++i) {
          auto const turn = i * p.threads + t;
          if (!order.wait(turn)) return;
          kernels.launch(static_cast<std::size_t>(t + i) % kernels.kernels().size(), streams.at(i));
          order.pass_on(turn);
        }
        kernels.wait();
      } catch (...) {
        errors[static_cast<std::size_t>(t)] = std::current_exception();
        order.give_up();
      }
    });
  }
  for (auto& t : threads) t.join();
  for (auto const& error : errors) {
    if (error) std::rethrow_exception(error);
  }
}

}  // namespace known_counts
