// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Every call that launches, launches within launches, and calls during which a session begins or ends.
#include <array>
#include <atomic>
#include <cstddef>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "capture/writer.hpp"
#include "collect/collector.hpp"
#include "collect/launch_tracker.hpp"
#include "collect/program.hpp"
#include "flopwatch/scope.hpp"

using namespace flopwatch::test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// cuda.h hides some of them where threads do not have their own default stream.
extern "C" {
CUresult cuLaunchKernel_ptsz(CUfunction f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by,
                             unsigned bz, unsigned shared, CUstream stream, void** arguments, void** extra);
CUresult cuLaunchKernelEx_ptsz(CUlaunchConfig const* config, CUfunction f, void** arguments, void** extra);
CUresult cuLaunchCooperativeKernel_ptsz(CUfunction f, unsigned gx, unsigned gy, unsigned gz, unsigned bx,
                                        unsigned by, unsigned bz, unsigned shared, CUstream stream,
                                        void** arguments);
CUresult cuGraphLaunch_ptsz(CUgraphExec graph, CUstream stream);
}
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"  // cuLaunch, which old programs still call

namespace {

class launching : public collect {
 protected:
  void SetUp() override {
    collect::SetUp();
    standin_kernel_value("a", fadd_sum, 1, 0);
    standin_kernel_value("outer", fadd_sum, 10, 0);
  }
};

using dimensions = std::array<std::int64_t, 6>;

dimensions dimensions_of(flopwatch::launch_record const& l) {
  return {l.grid_x, l.grid_y, l.grid_z, l.block_x, l.block_y, l.block_z};
}

TEST_F(launching, every_call_is_seen_with_its_dimensions_and_stream) {
  program gpu;
  auto* const stream = gpu.new_stream();
  auto* const f = gpu.function("a");
  CUlaunchConfig config{};
  config.gridDimX = 2, config.gridDimY = 3, config.gridDimZ = 4;
  config.blockDimX = 5, config.blockDimY = 6, config.blockDimZ = 7;
  config.hStream = stream;
  CUgraph graph = nullptr;
  must(cuGraphCreate(&graph, 0), "cuGraphCreate");
  CUgraphExec whole = nullptr;
  must(cuGraphInstantiate(&whole, graph, 0), "cuGraphInstantiate");

  flopwatch::session session{{.device = "cuda:0", .scope_depth = 1}};
  session.start();
  must(cuLaunchKernel(f, 2, 3, 4, 5, 6, 7, 0, stream, nullptr, nullptr), "cuLaunchKernel");
  must(cuLaunchKernel_ptsz(f, 2, 3, 4, 5, 6, 7, 0, stream, nullptr, nullptr), "cuLaunchKernel_ptsz");
  must(cuLaunchKernelEx(&config, f, nullptr, nullptr), "cuLaunchKernelEx");
  must(cuLaunchKernelEx_ptsz(&config, f, nullptr, nullptr), "cuLaunchKernelEx_ptsz");
  must(cuLaunchCooperativeKernel(f, 2, 3, 4, 5, 6, 7, 0, stream, nullptr), "cuLaunchCooperativeKernel");
  must(cuLaunchCooperativeKernel_ptsz(f, 2, 3, 4, 5, 6, 7, 0, stream, nullptr), "cooperative, ptsz");
  must(cuLaunchGridAsync(f, 2, 3, stream), "cuLaunchGridAsync");
  must(cuLaunchGrid(f, 2, 3), "cuLaunchGrid");
  must(cuLaunch(f), "cuLaunch");
  must(cuGraphLaunch(whole, stream), "cuGraphLaunch");
  must(cuGraphLaunch_ptsz(whole, stream), "cuGraphLaunch_ptsz");
  auto const r = record_of(session.stop());
  EXPECT_THAT(r.losses(), IsEmpty());

  ASSERT_EQ(r.ranges.size(), 1U);
  EXPECT_EQ(r.ranges[0].launches, 11);
  auto const& launches = r.launches;
  ASSERT_EQ(launches.size(), 11U);
  for (std::size_t i = 0; i < 11; ++i) {
    EXPECT_EQ(launches[i].thread, gettid());
    EXPECT_EQ(launches[i].order, static_cast<std::int64_t>(i));
  }
  auto const on = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(stream));
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(dimensions_of(launches[i]), (dimensions{2, 3, 4, 5, 6, 7})) << i;
    EXPECT_EQ(launches[i].stream, on) << i;
  }
  EXPECT_EQ(dimensions_of(launches[6]), (dimensions{2, 3, 1, 0, 0, 0}));
  EXPECT_EQ(launches[6].stream, on);
  EXPECT_EQ(dimensions_of(launches[7]), (dimensions{2, 3, 1, 0, 0, 0}));
  EXPECT_EQ(launches[7].stream, 0);
  EXPECT_EQ(dimensions_of(launches[8]), (dimensions{1, 1, 1, 0, 0, 0}));
  for (std::size_t i = 9; i < 11; ++i) {
    EXPECT_EQ(launches[i].stream, on) << i;
    EXPECT_EQ(r.data.kernels.at(static_cast<std::size_t>(launches[i].kernel - 1)).name, "(CUDA graph)");
  }
  cuGraphExecDestroy(whole);
  cuGraphDestroy(graph);
}

TEST_F(launching, a_callback_that_cupti_does_not_know_is_done_without) {
  program gpu;
  ASSERT_EQ(standin_add_faults("cuptiEnableCallback#1=1"), 0);
  flopwatch::session session{{.device = "cuda:0"}};
  session.start();
  gpu.launch("a");
  auto const r = record_of(session.stop());
  EXPECT_EQ(standin_fault_hits(), 1U);
  EXPECT_THAT(r.losses(), IsEmpty());
  ASSERT_EQ(r.launches.size(), 1U);
  EXPECT_EQ(r.counters(0).at(fadd_sum), 1);
}

TEST_F(launching, the_name_is_demangled_and_one_that_is_none_stays) {
  program gpu;
  flopwatch::session session{{.device = "cuda:0"}};
  session.start();
  gpu.launch("_Z1fIfEvPT_");
  gpu.launch("b");
  EXPECT_NE(cuLaunchKernel(nullptr, 1, 1, 1, 1, 1, 1, 0, nullptr, nullptr, nullptr), CUDA_SUCCESS);
  gpu.launch("_Z1fIfEvPT_");
  auto const r = record_of(session.stop());
  ASSERT_EQ(r.launches.size(), 3U);
  EXPECT_EQ(r.launches[0].kernel, r.launches[2].kernel);
  EXPECT_EQ(r.data.kernels.at(0).name, "_Z1fIfEvPT_");
  EXPECT_EQ(r.data.kernels.at(0).demangled, "void f<float>(float*)");
  EXPECT_EQ(r.data.kernels.at(1).demangled, "b");
}

TEST_F(launching, what_a_launch_launches_is_part_of_it) {
  program gpu;
  standin_kernel_action(
      "outer", [](void* p) { static_cast<program*>(p)->launch("a"); }, &gpu);
  flopwatch::session session{{.device = "cuda:0", .scope_depth = 1}};
  session.start();
  {
    flopwatch::scope const step("step");
    gpu.launch("outer");
    gpu.launch("outer");
  }
  auto const r = record_of(session.stop());
  ASSERT_EQ(r.launches.size(), 2U);
  EXPECT_THAT(r.losses(), IsEmpty());
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(r.kernel(i), "outer");
  ASSERT_EQ(r.ranges.size(), 1U);
  EXPECT_EQ(r.ranges[0].launches, 2);
  EXPECT_EQ(r.range_counters(0).at(fadd_sum), 22);
}

TEST_F(launching, a_kernel_that_nobody_was_told_of_leaves_its_chunk_without_values) {
  program gpu;
  standin_kernel_action(
      "outer", [](void* p) { static_cast<program*>(p)->launch("a"); }, &gpu);
  flopwatch::session session{{.device = "cuda:0"}};
  session.start();
  gpu.launch("a");
  gpu.launch("outer");
  auto const r = record_of(session.stop());
  ASSERT_EQ(r.launches.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_THAT(r.counters(i), IsEmpty());
  ASSERT_THAT(r.losses(), ElementsAre("ranges_unmatched"));
  EXPECT_EQ(r.data.losses[0].count, 2);
  EXPECT_THAT(r.data.losses[0].text, HasSubstr("3 measured, 2 launched"));
  ASSERT_EQ(r.data.raw_chunks.size(), 1U);
  EXPECT_TRUE(r.data.raw_chunks[0].lossy);
  EXPECT_EQ(r.data.raw_chunks[0].ranges, 3);
}

TEST_F(launching, a_refused_launch_within_a_launch_does_not_refuse_it) {
  program gpu;
  standin_kernel_action(
      "outer", [](void* p) { EXPECT_NE(static_cast<program*>(p)->try_launch("a", 0, 0), CUDA_SUCCESS); },
      &gpu);
  flopwatch::session session{{.device = "cuda:0"}};
  session.start();
  gpu.launch("outer");
  gpu.launch("a");
  auto const r = record_of(session.stop());
  EXPECT_THAT(r.losses(), IsEmpty());
  ASSERT_EQ(r.launches.size(), 2U);
  EXPECT_EQ(r.counters(0).at(fadd_sum), 10);
  EXPECT_EQ(r.counters(1).at(fadd_sum), 1);
}

/// Counts what a tracker notifies of, and knows whether it was on this thread.
class counting_sink final : public flopwatch::collect::launch_sink {
 public:
  void launching(flopwatch::collect::seen_launch const& /*launch*/) noexcept override {
    ++launches;
    of_this_thread = true;
  }
  void launched(flopwatch::collect::seen_launch const& /*launch*/, bool /*good*/) noexcept override {
    ++ends;
  }
  void captured(flopwatch::collect::seen_launch const& /*launch*/, CUgraph /*graph*/,
                CUgraphNode /*node*/) noexcept override {}
  void synchronising(CUcontext /*context*/) noexcept override {}
  void capture_call_begins(CUcontext /*context*/,
                           flopwatch::collect::capture_call const& /*call*/) noexcept override {}
  void capture_call_ended(CUcontext /*context*/, flopwatch::collect::capture_call const& /*call*/,
                          CUresult /*code*/) noexcept override {}
  void graph_changed(flopwatch::collect::graph_event const& /*event*/) noexcept override {}
  void context_ends(CUcontext /*context*/) noexcept override {}

  std::atomic<int> launches{0};
  std::atomic<int> ends{0};
  static thread_local bool of_this_thread;
};
thread_local bool counting_sink::of_this_thread = false;

// A launch that began before the tracker was destroyed, and ends after it, leaves nothing on its thread: the
// next tracker is notified of that thread's launches.
TEST_F(launching, a_thread_that_one_tracker_missed_is_seen_by_the_next) {
  program gpu;
  auto const& cupti = flopwatch::cupti::library();
  counting_sink first;
  auto tracker = std::make_unique<flopwatch::collect::launch_tracker>(cupti, first);

  // One thread is in a launch that the tracker was notified of, which delays the tracker's end.
  static std::promise<void> inside, go_on;
  inside = {}, go_on = {};
  standin_kernel_action(
      "outer",
      [](void*) {
        inside.set_value();
        go_on.get_future().wait();
      },
      nullptr);
  std::thread holder([&] {
    gpu.use();
    gpu.launch("outer");
  });
  inside.get_future().wait();

  // The other one launches until its launches are not notified: the tracker is ending, and still subscribed.
  static std::promise<void> gone;
  static std::atomic<bool> caught{false};
  gone = {};
  caught = false;
  standin_kernel_action(
      "a",
      [](void*) {
        if (std::exchange(counting_sink::of_this_thread, false) || caught) return;
        caught = true;
        go_on.set_value();
        gone.get_future().wait();
      },
      nullptr);
  std::promise<void> next_lives;
  counting_sink second;
  std::thread launcher([&] {
    gpu.use();
    while (!caught) gpu.launch("a");
    next_lives.get_future().wait();
    gpu.launch("a");
  });
  tracker.reset();
  gone.set_value();
  tracker = std::make_unique<flopwatch::collect::launch_tracker>(cupti, second);
  next_lives.set_value();
  launcher.join();
  holder.join();
  tracker.reset();
  EXPECT_EQ(first.launches, first.ends);
  EXPECT_GE(second.launches, 1);
  EXPECT_EQ(second.launches, second.ends);
}

// A thread can be held up between CUPTI's decision to call and the callback's first line, for as long as one
// tracker takes to end and the next to begin.
TEST_F(launching, a_late_callback_of_an_earlier_tracker_is_not_for_the_next_one) {
  static CUpti_CallbackFunc function;
  static void* user;
  program gpu;
  auto cupti = flopwatch::cupti::library();
  cupti.cuptiSubscribe_v2 = nullptr;
  static auto const subscribe = cupti.cuptiSubscribe;
  cupti.cuptiSubscribe = [](CUpti_SubscriberHandle* out, CUpti_CallbackFunc callback, void* data) {
    function = callback;
    user = data;
    return subscribe(out, callback, data);
  };
  alignas(16) std::array<std::byte, 256> params{};  // of the call: all null
  std::uint64_t correlation = 0;
  CUpti_CallbackData data{};
  data.functionParams = params.data();
  data.correlationData = &correlation;
  data.symbolName = "late";
  auto const call = [&](CUpti_ApiCallbackSite site) {
    data.callbackSite = site;
    function(user, CUPTI_CB_DOMAIN_DRIVER_API, flopwatch::collect::launching_callbacks()[0], &data);
  };

  counting_sink first, second;
  { flopwatch::collect::launch_tracker const tracker(cupti, first); }
  auto* const of_first = user;
  {
    flopwatch::collect::launch_tracker const tracker(cupti, second);
    auto* const of_second = std::exchange(user, of_first);
    call(CUPTI_API_ENTER);
    EXPECT_EQ(second.launches, 0);
    user = of_second;
    call(CUPTI_API_EXIT);
    EXPECT_EQ(second.ends, 0);
    call(CUPTI_API_ENTER);
    call(CUPTI_API_EXIT);
    EXPECT_EQ(second.launches, 1);
    EXPECT_EQ(second.ends, 1);
  }
  EXPECT_EQ(first.launches, 0);
}

TEST_F(launching, one_that_is_under_way_is_not_waited_for_and_is_said) {
  flopwatch::collect::shared_tables shared(flopwatch::raw_choice::none,
                                           flopwatch::collect::waiting_kernels());
  flopwatch::collect::context_log log(nullptr, 1, shared, 0);
  log.list();
  std::promise<void> under_way, end;
  std::thread thread([&] {
    auto& mine = shared.threads.this_one();
    log.launching(mine, {});
    under_way.set_value();
    end.get_future().wait();
    log.launched(mine, {}, true);
  });
  under_way.get_future().wait();
  log.abandon();
  end.set_value();
  thread.join();
  auto writer = flopwatch::capture_writer::in_memory();
  shared.losses.write(writer);
  writer.close();
  auto const data = flopwatch::read_back(std::move(writer)).load();
  ASSERT_EQ(data.losses.size(), 1U);
  EXPECT_EQ(data.losses[0].kind, "launch_in_flight");
}

TEST_F(launching, is_seen_where_cupti_has_the_older_way_to_subscribe_alone) {
  program gpu;
  auto cupti = flopwatch::cupti::library();
  cupti.cuptiSubscribe_v2 = nullptr;
  counting_sink sink;
  {
    flopwatch::collect::launch_tracker const tracker(cupti, sink);
    gpu.launch("a");
  }
  EXPECT_EQ(sink.launches, 1);
  EXPECT_EQ(sink.ends, 1);
}

TEST_F(launching, the_name_of_a_kernel_outlives_the_text_it_came_in) {
  flopwatch::collect::kernel_table kernels;
  std::string text = "first";
  auto const first = kernels.number_of(text.c_str());
  text = "other";  // in the same place
  EXPECT_NE(kernels.number_of(text.c_str()), first);
  EXPECT_EQ(kernels.number_of("first"), first);
  EXPECT_THAT(kernels.names(), ElementsAre("first", "other"));
}

// --- a context whose first launch is in progress when the run ends ---

flopwatch::collect::collector* ending = nullptr;
decltype(&cuptiGetDeviceId) device_of = nullptr;

CUptiResult end_and_ask(CUcontext context, std::uint32_t* device) {
  // As another thread does at that moment; this one is inside a callback, where it must not call the driver.
  std::thread([] { EXPECT_TRUE(ending->end_run()); }).join();
  return device_of(context, device);
}

TEST_F(launching, a_context_that_comes_when_the_run_ends_comes_too_late) {
  program gpu;
  program own(0, program::own_context{});
  auto cupti = flopwatch::cupti::library();
  device_of = std::exchange(cupti.cuptiGetDeviceId, &end_and_ask);
  flopwatch::collect::collector collected(cupti, flopwatch::cupti::opened_driver(), {});
  ending = &collected;
  collected.begin_run();
  gpu.use();
  gpu.launch("a");
  own.use();
  own.launch("a");
  ASSERT_EQ(collected.runs().size(), 1U);
  EXPECT_EQ(collected.runs()[0].contexts.size(), 1U);
}

}  // namespace
