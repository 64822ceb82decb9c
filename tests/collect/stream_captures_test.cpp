// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Stream captures while a session counts: none is disturbed (rule 35 of the stand-in), and what is captured
// is no launch.
#include <array>
#include <atomic>
#include <chrono>
#include <dlfcn.h>
#include <thread>

#include <gmock/gmock.h>

#include "collect/launch_tracker.hpp"
#include "collect/program.hpp"
#include "flopwatch/scope.hpp"

using namespace flopwatch::test;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

class stream_captures : public collect {
 protected:
  void SetUp() override {
    collect::SetUp();
    standin_kernel_value("a", fadd_sum, 1, 0);
    standin_kernel_value("b", fadd_sum, 2, 0);
  }
};

void begin(CUstream stream, CUstreamCaptureMode mode = CU_STREAM_CAPTURE_MODE_GLOBAL) {
  must(cuStreamBeginCapture(stream, mode), "cuStreamBeginCapture");
}

CUgraphExec end(CUstream stream) {
  CUgraph graph = nullptr;
  must(cuStreamEndCapture(stream, &graph), "cuStreamEndCapture");
  CUgraphExec exec = nullptr;
  must(cuGraphInstantiate(&exec, graph, 0), "cuGraphInstantiate");
  must(cuGraphDestroy(graph), "cuGraphDestroy");
  return exec;
}

void replay(CUgraphExec exec, CUstream stream = nullptr) {
  must(cuGraphLaunch(exec, stream), "cuGraphLaunch");
}

/// "graph kernel scope nodes" of each kernel of the graphs.
std::vector<std::string> graph_kernels(recorded const& r) {
  std::vector<std::string> out;
  auto const name = [&](std::int64_t kernel) {
    return r.data.kernels.at(static_cast<std::size_t>(kernel - 1)).name;
  };
  for (auto const& k : r.data.graph_kernels) {
    std::string scope;
    for (auto const& s : r.data.scopes) {
      if (s.id == k.scope) scope = s.path;
    }
    out.push_back(name(k.graph) + " " + name(k.kernel) + " " + scope + " " + std::to_string(k.nodes));
  }
  std::sort(out.begin(), out.end());
  return out;
}

TEST_F(stream_captures, what_is_captured_is_no_launch_and_the_rest_keeps_its_values) {
  program gpu;
  auto* const s = gpu.new_stream();
  flopwatch::session session{{.device = "cuda:0"}};
  session.start();
  gpu.launch("a");
  begin(s);
  {
    flopwatch::scope const scope("first", "Block");
    gpu.launch("a", 1, 1, s);
    gpu.launch("b", 1, 1, s);
    gpu.launch("a", 1, 1, s);
  }
  auto* const exec = end(s);
  gpu.launch("b");
  replay(exec);
  replay(exec);
  auto const r = record_of(session.stop());
  ASSERT_EQ(r.launches.size(), 4U);
  EXPECT_EQ(r.counters(0).at(fadd_sum), 1);
  EXPECT_EQ(r.counters(1).at(fadd_sum), 2);
  EXPECT_EQ(r.kernel(2), "(CUDA graph 1)");
  EXPECT_EQ(r.kernel(3), "(CUDA graph 1)");
  EXPECT_THAT(graph_kernels(r), ElementsAre("(CUDA graph 1) a first 2", "(CUDA graph 1) b first 1"));
  EXPECT_THAT(r.losses(), ElementsAre("graph_not_measured"));
  std::int64_t in_graphs = 0;
  for (auto const& g : r.data.launch_groups) {
    if (g.graph != 0) in_graphs += g.launches;
  }
  EXPECT_EQ(in_graphs, 6) << "three nodes, twice";
  EXPECT_EQ(standin_kernels_run(), 8U);
}

TEST_F(stream_captures, kernels_beside_a_capture_are_listed_and_named_as_a_loss) {
  program gpu;
  auto* const captured = gpu.new_stream();
  auto* const other = gpu.new_stream();
  flopwatch::session session{{.device = "cuda:0"}};
  session.start();
  gpu.launch("a", 1, 1, other);
  begin(captured);
  gpu.launch("a", 1, 1, other);
  gpu.launch("b", 1, 1, captured);
  gpu.launch("a", 1, 1, other);
  end(captured);
  gpu.launch("b", 1, 1, other);
  auto const r = record_of(session.stop());
  ASSERT_EQ(r.launches.size(), 4U);
  EXPECT_EQ(r.counters(0).at(fadd_sum), 1);
  EXPECT_THAT(r.counters(1), IsEmpty());
  EXPECT_THAT(r.counters(2), IsEmpty());
  EXPECT_EQ(r.counters(3).at(fadd_sum), 2);
  EXPECT_THAT(r.losses(), ElementsAre("launches_beside_capture"));
  EXPECT_EQ(r.data.losses[0].count, 2);
}

TEST_F(stream_captures, streams_that_events_bring_in_are_captured_too) {
  program gpu;
  auto* const origin = gpu.new_stream();
  auto* const side = gpu.new_stream();
  CUevent fork = nullptr;
  CUevent join = nullptr;
  must(cuEventCreate(&fork, 0), "cuEventCreate");
  must(cuEventCreate(&join, 0), "cuEventCreate");
  flopwatch::session session{{.device = "cuda:0"}};
  session.start();
  begin(origin);
  must(cuEventRecord(fork, origin), "cuEventRecord");
  must(cuStreamWaitEvent(side, fork, 0), "cuStreamWaitEvent");
  gpu.launch("a", 1, 1, side);
  must(cuEventRecord(join, side), "cuEventRecord");
  must(cuStreamWaitEvent(origin, join, 0), "cuStreamWaitEvent");
  gpu.launch("b", 1, 1, origin);
  end(origin);
  gpu.launch("b", 1, 1, side);
  auto const r = record_of(session.stop());
  ASSERT_EQ(r.launches.size(), 1U);
  EXPECT_EQ(r.counters(0).at(fadd_sum), 2);
  EXPECT_THAT(r.losses(), IsEmpty());
  EXPECT_THAT(graph_kernels(r), ElementsAre("(CUDA graph 1) a  1", "(CUDA graph 1) b  1"));
}

TEST_F(stream_captures, a_capture_that_fails_leaves_the_session_counting) {
  program gpu;
  auto* const s = gpu.new_stream();
  flopwatch::session session{{.device = "cuda:0"}};
  session.start();
  EXPECT_NE(cuStreamBeginCapture(nullptr, CU_STREAM_CAPTURE_MODE_GLOBAL), CUDA_SUCCESS);
  gpu.launch("a");
  begin(s);
  EXPECT_EQ(cuStreamBeginCapture(s, CU_STREAM_CAPTURE_MODE_GLOBAL), CUDA_ERROR_ILLEGAL_STATE);
  EXPECT_EQ(cuStreamSynchronize(s), CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
  CUgraph graph = nullptr;
  std::thread([&] {
    gpu.use();
    EXPECT_EQ(cuStreamEndCapture(s, &graph), CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD);
  }).join();
  gpu.launch("a");
  EXPECT_EQ(cuStreamEndCapture(s, &graph), CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
  gpu.launch("b");
  auto const r = record_of(session.stop());
  ASSERT_EQ(r.launches.size(), 3U);
  EXPECT_EQ(r.counters(0).at(fadd_sum), 1);
  EXPECT_THAT(r.counters(1), IsEmpty()) << "the capture was open until it was ended on its own thread";
  EXPECT_EQ(r.counters(2).at(fadd_sum), 2);
  EXPECT_THAT(r.losses(), ElementsAre("launches_beside_capture"));
}

TEST_F(stream_captures, two_at_once_end_one_by_one) {
  program gpu;
  auto* const one = gpu.new_stream();
  auto* const two = gpu.new_stream();
  flopwatch::session session{{.device = "cuda:0"}};
  session.start();
  begin(one, CU_STREAM_CAPTURE_MODE_RELAXED);
  begin(two, CU_STREAM_CAPTURE_MODE_RELAXED);
  gpu.launch("a", 1, 1, two);
  end(one);
  gpu.launch("a");
  end(two);
  gpu.launch("b");
  auto const r = record_of(session.stop());
  ASSERT_EQ(r.launches.size(), 2U);
  EXPECT_THAT(r.counters(0), IsEmpty());
  EXPECT_EQ(r.counters(1).at(fadd_sum), 2);
}

/// The beginning of a capture in each of the driver's forms.
class begin_variants : public stream_captures, public testing::WithParamInterface<char const*> {};

TEST_P(begin_variants, all_are_seen) {
  std::string const name = GetParam();
  void* const found = dlsym(RTLD_DEFAULT, name.c_str());
  ASSERT_NE(found, nullptr);
  program gpu;
  auto* const s = gpu.new_stream();
  CUgraph into = nullptr;
  must(cuGraphCreate(&into, 0), "cuGraphCreate");
  flopwatch::session session{{.device = "cuda:0"}};
  session.start();
  gpu.launch("a");
  if (name.find("ToGraph") != std::string::npos) {
    using form = CUresult (*)(CUstream, CUgraph, CUgraphNode const*, CUgraphEdgeData const*, size_t,
                              CUstreamCaptureMode);
    must(reinterpret_cast<form>(found)(s, into, nullptr, nullptr, 0, CU_STREAM_CAPTURE_MODE_GLOBAL),
         name.c_str());
  } else if (name.find("_v2") != std::string::npos) {
    must(reinterpret_cast<CUresult (*)(CUstream, CUstreamCaptureMode)>(found)(s,
                                                                              CU_STREAM_CAPTURE_MODE_GLOBAL),
         name.c_str());
  } else {
    must(reinterpret_cast<CUresult (*)(CUstream)>(found)(s), name.c_str());
  }
  gpu.launch("b", 1, 1, s);
  CUgraph graph = nullptr;
  auto const end_name =
      name.find("_ptsz") == std::string::npos ? "cuStreamEndCapture" : "cuStreamEndCapture_ptsz";
  must(reinterpret_cast<CUresult (*)(CUstream, CUgraph*)>(dlsym(RTLD_DEFAULT, end_name))(s, &graph),
       end_name);
  gpu.launch("b");
  auto const r = record_of(session.stop());
  ASSERT_EQ(r.launches.size(), 2U);
  EXPECT_EQ(r.counters(1).at(fadd_sum), 2);
  EXPECT_THAT(r.losses(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(stream_captures, begin_variants,
                         testing::Values("cuStreamBeginCapture", "cuStreamBeginCapture_ptsz",
                                         "cuStreamBeginCapture_v2", "cuStreamBeginCapture_v2_ptsz",
                                         "cuStreamBeginCaptureToGraph", "cuStreamBeginCaptureToGraph_ptsz"));

TEST_F(stream_captures, by_scope_a_graph_counts_in_its_range_and_its_kernels_are_listed) {
  program gpu;
  auto* const s = gpu.new_stream();
  flopwatch::session session{{.device = "cuda:0", .scope_depth = 1}};
  session.start();
  CUgraphExec exec = nullptr;
  {
    flopwatch::scope const scope("capture", "Step");
    gpu.launch("a");
    begin(s);
    gpu.launch("a", 1, 1, s);
    gpu.launch("b", 1, 1, s);
    exec = end(s);
    gpu.launch("b");
  }
  {
    flopwatch::scope const scope("replay", "Step");
    replay(exec);
  }
  auto const r = record_of(session.stop());
  EXPECT_THAT(graph_kernels(r), ElementsAre("(CUDA graph 1) a capture 1", "(CUDA graph 1) b capture 1"));
  ASSERT_EQ(r.ranges.size(), 3U) << "the capture divides the range of its scope";
  EXPECT_EQ(r.range_counters(0).at(fadd_sum), 1);
  EXPECT_EQ(r.range_counters(1).at(fadd_sum), 2);
  EXPECT_EQ(r.range_counters(2).at(fadd_sum), 3) << "the graph as a whole";
  EXPECT_THAT(r.losses(), IsEmpty());
}

TEST_F(stream_captures, each_group_of_an_iteration_keeps_clear_of_it) {
  standin_kernel_value("a", tensor_bf16, 64, 0);
  program gpu;
  auto* const s = gpu.new_stream();
  auto const r =
      counted({.device = "cuda:0", .metrics = std::string(fadd_sum) + "," + tensor_bf16, .warmup = 0}, [&] {
        gpu.launch("a");
        begin(s);
        gpu.launch("a", 1, 1, s);
        replay(end(s));
        gpu.launch("a");
      });
  ASSERT_EQ(r.launches.size(), 3U);
  EXPECT_EQ(r.counters(0), (std::map<std::string, double>{{fadd_sum, 1}, {tensor_bf16, 64}}));
  EXPECT_EQ(r.counters(2), (std::map<std::string, double>{{fadd_sum, 1}, {tensor_bf16, 64}}));
  EXPECT_THAT(r.losses(), ElementsAre("graph_not_measured"));
}

TEST_F(stream_captures, graphs_that_are_cloned_nested_or_updated_keep_their_kernels) {
  program gpu;
  auto* const s = gpu.new_stream();
  flopwatch::session session{{.device = "cuda:0"}};
  session.start();
  begin(s);
  gpu.launch("a", 1, 1, s);
  CUgraph graph = nullptr;
  must(cuStreamEndCapture(s, &graph), "cuStreamEndCapture");
  CUgraph copy = nullptr;
  must(cuGraphClone(&copy, graph), "cuGraphClone");
  CUgraphExec of_copy = nullptr;
  must(cuGraphInstantiate(&of_copy, copy, 0), "cuGraphInstantiate");
  replay(of_copy);
  begin(s);
  gpu.launch("b", 1, 1, s);
  must(cuGraphLaunch(of_copy, s), "cuGraphLaunch");
  auto* const nested = end(s);
  replay(nested);
  begin(s);
  gpu.launch("b", 1, 1, s);
  CUgraph changed = nullptr;
  must(cuStreamEndCapture(s, &changed), "cuStreamEndCapture");
  CUgraphExecUpdateResultInfo info{};
  must(cuGraphExecUpdate(of_copy, changed, &info), "cuGraphExecUpdate");
  replay(of_copy);
  auto const r = record_of(session.stop());
  ASSERT_EQ(r.launches.size(), 3U);
  EXPECT_EQ(r.kernel(0), "(CUDA graph 1)");
  EXPECT_EQ(r.kernel(1), "(CUDA graph 2)");
  EXPECT_EQ(r.kernel(2), "(CUDA graph 3)");
  EXPECT_THAT(graph_kernels(r), ElementsAre("(CUDA graph 1) a  1", "(CUDA graph 2) a  1",
                                            "(CUDA graph 2) b  1", "(CUDA graph 3) b  1"));
}

TEST_F(stream_captures, a_graph_of_before_the_session_is_not_known) {
  program gpu;
  auto* const s = gpu.new_stream();
  begin(s);
  gpu.launch("a", 1, 1, s);
  auto* const exec = end(s);
  flopwatch::session session{{.device = "cuda:0"}};
  session.start();
  replay(exec);
  auto const r = record_of(session.stop());
  ASSERT_EQ(r.launches.size(), 1U);
  EXPECT_EQ(r.kernel(0), "(CUDA graph)");
  EXPECT_THAT(graph_kernels(r), IsEmpty());
}

TEST_F(stream_captures, on_two_threads_while_six_others_launch) {
  constexpr int rounds = 60;
  program gpu;
  std::vector<CUstream> streams;
  for (int t = 0; t < 8; ++t) streams.push_back(gpu.new_stream());
  flopwatch::session session{{.device = "cuda:0", .max_ranges = 16}};
  session.start();
  std::atomic<int> broken{0};
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      gpu.use();
      for (int i = 0; i < rounds; ++i) {
        if (t >= 2) {
          gpu.launch("a", 1, 1, streams[t]);
          continue;
        }
        must(cuStreamBeginCapture(streams[t], CU_STREAM_CAPTURE_MODE_THREAD_LOCAL), "cuStreamBeginCapture");
        gpu.launch("b", 1, 1, streams[t]);
        CUgraph graph = nullptr;
        if (cuStreamEndCapture(streams[t], &graph) != CUDA_SUCCESS) ++broken;
        std::this_thread::yield();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  auto const r = record_of(session.stop());
  EXPECT_EQ(broken, 0);
  EXPECT_EQ(standin_violations_of(35), 0U);
  EXPECT_EQ(r.launches.size(), 6U * rounds);
  std::int64_t without = 0;
  for (std::size_t i = 0; i < r.launches.size(); ++i) {
    auto const values = r.counters(i);
    if (values.empty()) {
      ++without;
    } else {
      EXPECT_EQ(values.at(fadd_sum), 1);
    }
  }
  std::int64_t named = 0;
  for (auto const& loss : r.data.losses) {
    EXPECT_EQ(loss.kind, "launches_beside_capture");
    named += loss.count;
  }
  EXPECT_EQ(named, without);
}

TEST_F(stream_captures, a_session_that_stops_inside_one_leaves_it_alone) {
  program gpu;
  auto* const s = gpu.new_stream();
  for (int i = 0; i < 2; ++i) {
    flopwatch::session session{{.device = "cuda:0"}};
    session.start();
    gpu.launch("a");
    begin(s);
    auto const r = record_of(session.stop());
    gpu.launch("a", 1, 1, s);
    end(s);
    ASSERT_EQ(r.launches.size(), 1U);
    EXPECT_EQ(r.counters(0).at(fadd_sum), 1);
    EXPECT_THAT(r.losses(), IsEmpty());
  }
  // The next one finds a profiler that works.
  auto const r = counted({.device = "cuda:0", .metrics = "cuda-core", .warmup = 0}, [&] { gpu.launch("a"); });
  EXPECT_EQ(r.counters(0).at(fadd_sum), 1);
}

// It began before anybody listened, or by a call that CUPTI does not announce.
TEST_F(stream_captures, one_that_was_not_announced_is_left_alone_once_it_is_known) {
  program gpu;
  auto* const s = gpu.new_stream();
  flopwatch::session session{{.device = "cuda:0", .scope_depth = 1, .max_ranges = 4}};
  session.start();
  auto const launch_in = [&](char const* name, char const* kernel, CUstream stream = nullptr) {
    flopwatch::scope const scope(name, "Step");
    gpu.launch(kernel, 1, 1, stream);
  };
  launch_in("one", "a");
  launch_in("two", "a");
  {
    flopwatch::collect::own_driver_calls const unseen;
    begin(s, CU_STREAM_CAPTURE_MODE_RELAXED);
  }
  launch_in("captured", "b", s);
  launch_in("three", "a");
  launch_in("four", "a");  // the ranges are used up
  launch_in("five", "a");
  end(s);
  launch_in("six", "a");
  auto const r = record_of(session.stop());
  ASSERT_EQ(r.launches.size(), 6U);
  ASSERT_EQ(r.ranges.back().launches, 1);
  EXPECT_EQ(r.range_counters(r.ranges.size() - 1).at(fadd_sum), 1) << "counting goes on";
  EXPECT_THAT(r.losses(), testing::IsSupersetOf({"launches_beside_capture"}));
}

}  // namespace
