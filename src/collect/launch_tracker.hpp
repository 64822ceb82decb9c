// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "collect/capture_call.hpp"
#include "collect/launch_call.hpp"
#include "cupti/api.hpp"
#include "cupti/driver_api.hpp"
#include "cupti/fork_guard.hpp"

namespace flopwatch::collect {

/// One launching call, on the launching thread, while CUPTI's callback for it runs.
struct seen_launch {
  launch_call call;
  CUcontext context = nullptr;
  std::uint32_t context_uid = 0;
  char const* kernel = nullptr;  ///< mangled, valid in the callback alone; null when CUPTI does not name it
};

/// What CUPTI's callback says of a graph or of its nodes; fields as in CUpti_GraphData.
struct graph_event {
  CUpti_CallbackIdResource what;
  CUpti_GraphData const& data;
};

/// Is notified of launches, on the launching threads, on several at once. Must not throw, and must make no
/// CUDA calls except synchronising ones.
class launch_sink {
 public:
  virtual ~launch_sink() = default;
  virtual void launching(seen_launch const& launch) noexcept = 0;
  /// Instead of `launching`, while the program has profiling switched off: the sink is not notified of the
  /// launch's end.
  virtual void passing_by(seen_launch const& /*launch*/) noexcept {}
  /// The same launch's call returns, on the same thread. `good`: the driver accepted it.
  virtual void launched(seen_launch const& launch, bool good) noexcept = 0;
  /// Between the two, on the same thread: nothing was launched, the work became a node of a graph.
  virtual void captured(seen_launch const& launch, CUgraph graph, CUgraphNode node) noexcept = 0;
  /// The program is about to wait for the GPU.
  virtual void synchronising(CUcontext context) noexcept = 0;
  /// A call of `capture_callbacks` begins, and returns.
  virtual void capture_call_begins(CUcontext context, capture_call const& call) noexcept = 0;
  virtual void capture_call_ended(CUcontext context, capture_call const& call, CUresult code) noexcept = 0;
  /// A graph or a node that no launch made is created, cloned, instantiated or about to be destroyed.
  virtual void graph_changed(graph_event const& event) noexcept = 0;
  /// A module was loaded. `image` is valid in the callback alone.
  virtual void module_loaded(std::span<std::byte const> /*image*/) noexcept {}
  /// A module is about to be unloaded: the handles of its functions can be those of others from now on.
  /// `image` is valid in the callback alone, and empty where CUPTI does not give it.
  virtual void module_unloads(std::span<std::byte const> /*image*/) noexcept {}
  /// A context is about to be destroyed, and is current.
  virtual void context_ends(CUcontext context) noexcept = 0;
};

/// What the program's cuProfilerStart and cuProfilerStop mean to this process.
enum class profiler_calls : std::uint8_t {
  stop_and_start,  ///< launches are seen until it stops, and again from where it starts
  start_first,     ///< the same, but first it must start
};

/// Takes CUPTI's callbacks until the process ends, before there is a session; each tracker made later shares
/// them. `first_call` is called once, on the thread of the first call that launches work, captures a stream
/// or waits for the GPU while profiling is on, before that call goes on; calls of other threads wait for it.
/// It must make its own calls of the driver on another thread (CUPTI forbids them in a callback), and must
/// not throw. \throws cupti_error as launch_tracker
void subscribe_for_process(cupti::api const& cupti, std::function<void()> first_call, profiler_calls how);

/// CUPTI's one subscriber of this process: notifies a sink of every launch, while it lives.
class launch_tracker {
 public:
  /// \throws cupti_error, naming the holder where CUPTI does, when another profiler is subscribed
  launch_tracker(cupti::api const& cupti, launch_sink& sink);
  /// Returns when no callback is inside the sink.
  ~launch_tracker();
  launch_tracker(launch_tracker const&) = delete;
  launch_tracker& operator=(launch_tracker const&) = delete;

 private:
  cupti::api const* cupti_;
  CUpti_SubscriberHandle subscriber_ = nullptr;  ///< null: the one of the process is shared
  cupti::fork_guard process_;
};

/// The driver calls of this thread are ours while it lives, not the program's: no sink is notified of them.
class own_driver_calls {
 public:
  own_driver_calls() noexcept;
  ~own_driver_calls();
  own_driver_calls(own_driver_calls const&) = delete;
  own_driver_calls& operator=(own_driver_calls const&) = delete;
};

/// Waits for what runs in the current context, unseen by the tracker. \throws cupti_error
void wait_for_current_context(cupti::driver_api const& driver);

}  // namespace flopwatch::collect
