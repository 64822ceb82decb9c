// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/launch_tracker.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include <cuda.h>
#include <cupti_driver_cbid.h>

#include "cupti/result_text.hpp"
#include "cupti/subscribe.hpp"
#include "flopwatch/error.hpp"

namespace flopwatch::collect {
using namespace cupti;
namespace {

// Global: CUPTI can still call while a tracker is destroyed.
std::atomic<launch_sink*> current_sink{nullptr};
/// Threads in a launching call that the sink was notified of, or in another callback to it.
std::atomic<int> inside{0};
/// Number of the subscription, which each callback gets as its user data. What a thread noted under an
/// earlier one is void: the EXIT of a call that was open when that subscription ended never came.
using subscription_number = std::uintptr_t;
std::atomic<subscription_number> subscription{0};
thread_local subscription_number noted_under = 0;
/// A launching call that the driver makes inside another one is part of it.
thread_local int depth = 0;
/// The sink that was notified of this thread's launching call, and must be notified of its end.
thread_local launch_sink* notified_sink = nullptr;
/// Depth of `own_driver_calls` on this thread.
thread_local int own_calls = 0;
/// That launching call, while `notified_sink` is set.
thread_local seen_launch const* launch_here = nullptr;

/// Of `subscribe_for_process`.
struct process_subscription {
  std::atomic<bool> first_call_comes{false};
  std::mutex mutex;
  std::function<void()> first_call;
  bool made = false;
};

process_subscription& of_process() {
  static auto* const it = new process_subscription;  // callbacks may still come while the program ends
  return *it;
}

/// False: the program has switched profiling off. It is on where nobody asked for those calls.
std::atomic<bool> profiling{true};

/// Of `of_process`, which allocates at its first call: callbacks may not.
std::atomic<process_subscription*> shared_subscription{nullptr};

void meet_first_call() noexcept {
  auto* const shared = shared_subscription.load(std::memory_order_acquire);
  if (shared == nullptr) return;
  auto& process = *shared;
  if (!process.first_call_comes.load(std::memory_order_acquire)) return;
  std::lock_guard const lock(process.mutex);
  if (!process.first_call) return;
  std::exchange(process.first_call, nullptr)();
  process.first_call_comes.store(false, std::memory_order_release);
}

/// What CUPTI says of graphs. Nodes that are removed one by one are followed too: a graph can be changed
/// before it is instantiated.
constexpr CUpti_CallbackIdResource graph_callbacks[] = {
    CUPTI_CBID_RESOURCE_GRAPH_CREATED,     CUPTI_CBID_RESOURCE_GRAPH_DESTROY_STARTING,
    CUPTI_CBID_RESOURCE_GRAPH_CLONED,      CUPTI_CBID_RESOURCE_GRAPHNODE_CREATED,
    CUPTI_CBID_RESOURCE_GRAPHNODE_CLONED,  CUPTI_CBID_RESOURCE_GRAPHNODE_DESTROY_STARTING,
    CUPTI_CBID_RESOURCE_GRAPHEXEC_CREATED, CUPTI_CBID_RESOURCE_GRAPHEXEC_DESTROY_STARTING,
};

void leave_sink() noexcept { inside.fetch_sub(1, std::memory_order_release); }

/// The sink of that subscription, which stays until `leave_sink`; null without one. A callback of an earlier
/// subscription can run late: the sink of the next one would get its ENTER and not its EXIT.
launch_sink* enter_sink(subscription_number number) noexcept {
  inside.fetch_add(1, std::memory_order_seq_cst);
  auto* const sink = current_sink.load(std::memory_order_seq_cst);
  if (sink != nullptr && subscription.load(std::memory_order_seq_cst) == number) return sink;
  leave_sink();
  return nullptr;
}

/// What an ENTER callback writes to CUPTI's correlation data for the EXIT of the same call.
enum mark : std::uint64_t { outer = 0x666C6F7077, nested = 0x666C6F7078 };

void on_launch(subscription_number number, CUpti_CallbackId id, CUpti_CallbackData const& data) noexcept {
  bool const enters = data.callbackSite == CUPTI_API_ENTER;
  auto* const correlation = data.correlationData;
  if (noted_under != number) {
    noted_under = number;
    depth = 0;
    notified_sink = nullptr;
    launch_here = nullptr;
  }
  if (enters) {
    ++depth;
    if (correlation != nullptr) *correlation = depth == 1 ? outer : nested;
    if (depth > 1) return;
  } else {
    // An EXIT with no ENTER of ours: the call began before the subscription.
    if (correlation == nullptr || (*correlation != outer && *correlation != nested)) return;
    bool const is_outer = *correlation == outer;
    *correlation = 0;
    if (depth > 0) --depth;
    if (!is_outer) return;
  }
  if (enters) notified_sink = enter_sink(number);
  if (notified_sink == nullptr) return;
  thread_local seen_launch launch;
  launch = {read_launch(id, data.functionParams), data.context, data.contextUid, data.symbolName};
  if (enters && !profiling.load(std::memory_order_acquire)) {
    std::exchange(notified_sink, nullptr)->passing_by(launch);
    leave_sink();
    return;
  }
  if (enters) {
    launch_here = &launch;
    notified_sink->launching(launch);
    return;
  }
  launch_here = nullptr;
  auto const* const code = static_cast<CUresult const*>(data.functionReturnValue);
  notified_sink->launched(launch, code == nullptr || *code == CUDA_SUCCESS);
  notified_sink = nullptr;
  leave_sink();
}

void on_capture_call(subscription_number number, capture_call const& call,
                     CUpti_CallbackData const& data) noexcept {
  auto* const sink = enter_sink(number);
  if (sink == nullptr) return;
  if (data.callbackSite == CUPTI_API_ENTER) {
    sink->capture_call_begins(data.context, call);
  } else {
    auto const* const code = static_cast<CUresult const*>(data.functionReturnValue);
    sink->capture_call_ended(data.context, call, code == nullptr ? CUDA_SUCCESS : *code);
  }
  leave_sink();
}

void on_synchronising(subscription_number number, CUpti_CallbackData const& data) noexcept {
  // The driver can also wait inside a launching call.
  if (data.callbackSite != CUPTI_API_ENTER || launch_here != nullptr) return;
  auto* const sink = enter_sink(number);
  if (sink == nullptr) return;
  sink->synchronising(data.context);
  leave_sink();
}

void on_graph(subscription_number number, graph_event const& event) noexcept {
  bool const made_by_launch = event.what == CUPTI_CBID_RESOURCE_GRAPHNODE_CREATED && launch_here != nullptr;
  if (made_by_launch && notified_sink != nullptr) {
    notified_sink->captured(*launch_here, event.data.graph, event.data.node);
    return;
  }
  auto* const sink = enter_sink(number);
  if (sink == nullptr) return;
  sink->graph_changed(event);
  leave_sink();
}

void on_module(subscription_number number, CUpti_CallbackIdResource what,
               CUpti_ModuleResourceData const* module) noexcept {
  auto* const sink = enter_sink(number);
  if (sink == nullptr) return;
  std::span<std::byte const> image;
  if (module != nullptr && module->pCubin != nullptr) {
    image = {reinterpret_cast<std::byte const*>(module->pCubin), module->cubinSize};
  }
  if (what == CUPTI_CBID_RESOURCE_MODULE_UNLOAD_STARTING) {
    sink->module_unloads(image);
  } else if (!image.empty()) {
    sink->module_loaded(image);
  }
  leave_sink();
}

void on_profiler(CUpti_CallbackId id, bool enters) noexcept {
  bool const starts = id == CUPTI_DRIVER_TRACE_CBID_cuProfilerStart;
  if (starts && enters) meet_first_call();
  if (starts != enters) profiling.store(starts, std::memory_order_release);
}

/// What a call of the driver is to us; by a table, since launches are many.
enum class role : std::uint8_t { launch, capture, wait, profiler };

constexpr CUpti_CallbackId profiler_callbacks[] = {CUPTI_DRIVER_TRACE_CBID_cuProfilerStart,
                                                   CUPTI_DRIVER_TRACE_CBID_cuProfilerStop};

role role_of(CUpti_CallbackId id) noexcept {
  static auto const roles = [] {
    std::array<role, 1024> all{};
    for (auto const one : capture_callbacks()) all.at(one) = role::capture;
    for (auto const one : synchronising_callbacks()) all.at(one) = role::wait;
    for (auto const one : profiler_callbacks) all.at(one) = role::profiler;
    return all;
  }();
  return id < roles.size() ? roles[id] : role::launch;
}

void CUPTIAPI on_callback(void* user, CUpti_CallbackDomain domain, CUpti_CallbackId id, void const* data) {
  if (data == nullptr || own_calls > 0) return;
  auto const number = reinterpret_cast<subscription_number>(user);
  if (domain == CUPTI_CB_DOMAIN_DRIVER_API) {
    auto const& call = *static_cast<CUpti_CallbackData const*>(data);
    bool const enters = call.callbackSite == CUPTI_API_ENTER;
    if (enters && profiling.load(std::memory_order_acquire)) meet_first_call();
    switch (role_of(id)) {
      case role::launch:
        return on_launch(number, id, call);
      case role::capture:
        return on_capture_call(number, read_capture_call(id, call.functionParams), call);
      case role::wait:
        return on_synchronising(number, call);
      case role::profiler:
        return on_profiler(id, enters);
    }
  } else if (domain == CUPTI_CB_DOMAIN_RESOURCE) {
    auto const& resource = *static_cast<CUpti_ResourceData const*>(data);
    if (id == CUPTI_CBID_RESOURCE_MODULE_LOADED || id == CUPTI_CBID_RESOURCE_MODULE_UNLOAD_STARTING) {
      return on_module(number, static_cast<CUpti_CallbackIdResource>(id),
                       static_cast<CUpti_ModuleResourceData const*>(resource.resourceDescriptor));
    }
    if (id != CUPTI_CBID_RESOURCE_CONTEXT_DESTROY_STARTING) {
      auto const* const graph = static_cast<CUpti_GraphData const*>(resource.resourceDescriptor);
      if (graph != nullptr) on_graph(number, {static_cast<CUpti_CallbackIdResource>(id), *graph});
      return;
    }
    auto* const sink = enter_sink(number);
    if (sink == nullptr) return;
    sink->context_ends(resource.context);
    leave_sink();
  }
}

void enable_callbacks(api const& cupti, CUpti_SubscriberHandle subscriber) {
  for (auto const ids : {launching_callbacks(), capture_callbacks(), synchronising_callbacks()}) {
    for (auto const id : ids) {
      auto const code = cupti.cuptiEnableCallback(1, subscriber, CUPTI_CB_DOMAIN_DRIVER_API, id);
      // A CUPTI that does not know a call, removed or new, refuses its id: nobody can make that call.
      if (code != CUPTI_ERROR_INVALID_PARAMETER) check(code, "cuptiEnableCallback");
    }
  }
  for (auto const id : graph_callbacks) {
    check(cupti.cuptiEnableCallback(1, subscriber, CUPTI_CB_DOMAIN_RESOURCE, id), "cuptiEnableCallback");
  }
  for (auto const id : {CUPTI_CBID_RESOURCE_MODULE_LOADED, CUPTI_CBID_RESOURCE_MODULE_UNLOAD_STARTING,
                        CUPTI_CBID_RESOURCE_CONTEXT_DESTROY_STARTING}) {
    check(cupti.cuptiEnableCallback(1, subscriber, CUPTI_CB_DOMAIN_RESOURCE, id), "cuptiEnableCallback");
  }
}

/// A subscription under a new number.
CUpti_SubscriberHandle take_callbacks(api const& cupti) {
  auto const number = subscription.fetch_add(1, std::memory_order_seq_cst) + 1;
  // NOLINTNEXTLINE(performance-no-int-to-ptr): CUPTI hands the number back, and nobody follows it
  auto* const subscriber = subscribe(cupti, &on_callback, "flopwatch", reinterpret_cast<void*>(number));
  try {
    enable_callbacks(cupti, subscriber);
  } catch (...) {
    static_cast<void>(cupti.cuptiUnsubscribe(subscriber));
    throw;
  }
  return subscriber;
}

}  // namespace

void subscribe_for_process(api const& cupti, std::function<void()> first_call, profiler_calls how) {
  profiling.store(how != profiler_calls::start_first, std::memory_order_release);
  if (shared_subscription.load(std::memory_order_acquire) != nullptr) return;  // CUDA can ask twice
  auto& process = of_process();
  process.first_call = std::move(first_call);  // nobody else has it yet
  process.first_call_comes.store(true, std::memory_order_release);
  shared_subscription.store(&process, std::memory_order_release);
  auto* const subscriber = take_callbacks(cupti);
  for (auto const id : profiler_callbacks) {
    check(cupti.cuptiEnableCallback(1, subscriber, CUPTI_CB_DOMAIN_DRIVER_API, id), "cuptiEnableCallback");
  }
  process.made = true;
}

launch_tracker::launch_tracker(api const& cupti, launch_sink& sink) : cupti_(&cupti) {
  auto const* const shared = shared_subscription.load(std::memory_order_acquire);
  bool const shares = shared != nullptr && shared->made;
  if (!shares) subscriber_ = take_callbacks(cupti);
  current_sink.store(&sink, std::memory_order_seq_cst);
}

own_driver_calls::own_driver_calls() noexcept { ++own_calls; }

own_driver_calls::~own_driver_calls() { --own_calls; }

void wait_for_current_context(driver_api const& driver) {
  own_driver_calls const ours;
  if (auto const code = driver.cuCtxSynchronize(); code != CUDA_SUCCESS) {
    throw cupti_error("The GPU could not be waited for around what is counted (cuCtxSynchronize, code " +
                          std::to_string(static_cast<int>(code)) + "); see whether a kernel has failed.",
                      exit_code::no_device);
  }
}

launch_tracker::~launch_tracker() {
  current_sink.store(nullptr, std::memory_order_seq_cst);
  if (!process_.is_this()) return;  // the threads inside are the parent's
  // Calls that the sink was notified of end first: after unsubscribing, their EXIT would never come.
  while (inside.load(std::memory_order_seq_cst) != 0) std::this_thread::yield();
  if (subscriber_ != nullptr) static_cast<void>(cupti_->cuptiUnsubscribe(subscriber_));
}

}  // namespace flopwatch::collect
