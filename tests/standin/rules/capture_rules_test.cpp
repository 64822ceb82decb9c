// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <thread>

#include "rules/support.hpp"

/// \file
/// Rule 35, and stream captures themselves.

using namespace flopwatch::test;

namespace {

class captures : public standin_fixture {
 protected:
  static CUstream stream(unsigned flags = CU_STREAM_NON_BLOCKING) {
    CUstream made = nullptr;
    EXPECT_EQ(cuStreamCreate(&made, flags), CUDA_SUCCESS);
    return made;
  }
  static CUevent event() {
    CUevent made = nullptr;
    EXPECT_EQ(cuEventCreate(&made, 0), CUDA_SUCCESS);
    return made;
  }
  static void begin(CUstream s, CUstreamCaptureMode mode = CU_STREAM_CAPTURE_MODE_GLOBAL) {
    ASSERT_EQ(cuStreamBeginCapture(s, mode), CUDA_SUCCESS);
  }
  static CUresult end(CUstream s) {
    CUgraph graph = nullptr;
    auto const code = cuStreamEndCapture(s, &graph);
    EXPECT_EQ(graph != nullptr, code == CUDA_SUCCESS);
    return code;
  }
  static CUstreamCaptureStatus status(CUstream s) {
    auto now = CU_STREAM_CAPTURE_STATUS_NONE;
    EXPECT_EQ(cuStreamIsCapturing(s, &now), CUDA_SUCCESS);
    return now;
  }
  /// What the call answers on another thread with this context.
  CUresult elsewhere(std::function<CUresult()> const& call) const {
    CUresult code = CUDA_ERROR_UNKNOWN;
    std::thread([&] {
      cuCtxSetCurrent(context_);
      code = call();
    }).join();
    return code;
  }
};

TEST_F(captures, launches_become_nodes_that_run_with_the_graph) {
  auto* const kernel = function("a");
  auto* const s = stream();
  begin(s);
  EXPECT_EQ(status(s), CU_STREAM_CAPTURE_STATUS_ACTIVE);
  EXPECT_EQ(launch(kernel, 1, 1, s), CUDA_SUCCESS);
  EXPECT_EQ(launch(kernel, 1, 1, s), CUDA_SUCCESS);
  EXPECT_EQ(launch(kernel), CUDA_SUCCESS) << "not captured";
  EXPECT_EQ(standin_kernels_run(), 1U);
  CUgraph graph = nullptr;
  ASSERT_EQ(cuStreamEndCapture(s, &graph), CUDA_SUCCESS);
  EXPECT_EQ(status(s), CU_STREAM_CAPTURE_STATUS_NONE);
  CUgraphExec exec = nullptr;
  ASSERT_EQ(cuGraphInstantiate(&exec, graph, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphLaunch(exec, s), CUDA_SUCCESS);
  EXPECT_EQ(standin_kernels_run(), 3U);
  begin(s);
  EXPECT_EQ(cuGraphLaunch(exec, s), CUDA_SUCCESS) << "a child graph";
  EXPECT_EQ(standin_kernels_run(), 3U);
  ASSERT_EQ(cuStreamEndCapture(s, &graph), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphInstantiate(&exec, graph, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphLaunch(exec, s), CUDA_SUCCESS);
  EXPECT_EQ(standin_kernels_run(), 5U);
}

TEST_F(captures, events_bring_in_streams_that_must_be_joined) {
  auto* const kernel = function("a");
  auto* const origin = stream();
  auto* const side = stream();
  auto* const fork = event();
  auto* const join = event();
  for (bool const joined : {true, false}) {
    begin(origin);
    EXPECT_EQ(launch(kernel, 1, 1, origin), CUDA_SUCCESS);
    EXPECT_EQ(cuEventRecord(fork, origin), CUDA_SUCCESS);
    EXPECT_EQ(cuStreamWaitEvent(side, fork, 0), CUDA_SUCCESS);
    EXPECT_EQ(status(side), CU_STREAM_CAPTURE_STATUS_ACTIVE);
    EXPECT_EQ(launch(kernel, 1, 1, side), CUDA_SUCCESS);
    EXPECT_EQ(end(side), CUDA_ERROR_STREAM_CAPTURE_UNMATCHED);
    EXPECT_EQ(cuEventRecord(join, side), CUDA_SUCCESS);
    if (joined) {
      EXPECT_EQ(cuStreamWaitEvent(origin, join, 0), CUDA_SUCCESS);
    }
    EXPECT_EQ(end(origin), joined ? CUDA_SUCCESS : CUDA_ERROR_STREAM_CAPTURE_UNJOINED);
    EXPECT_EQ(status(side), CU_STREAM_CAPTURE_STATUS_NONE);
  }
  EXPECT_EQ(standin_kernels_run(), 0U);
}

TEST_F(captures, two_that_meet_are_both_broken) {
  auto* const one = stream();
  auto* const other = stream();
  auto* const mark = event();
  begin(one);
  begin(other);
  EXPECT_EQ(cuEventRecord(mark, one), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamWaitEvent(other, mark, 0), CUDA_ERROR_STREAM_CAPTURE_MERGE);
  EXPECT_EQ(end(one), CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
  EXPECT_EQ(end(other), CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
}

TEST_F(captures, begin_and_end_in_the_wrong_place) {
  auto* const s = stream();
  EXPECT_EQ(cuStreamBeginCapture(nullptr, CU_STREAM_CAPTURE_MODE_GLOBAL),
            CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
  EXPECT_EQ(end(s), CUDA_ERROR_ILLEGAL_STATE);
  begin(s);
  EXPECT_EQ(cuStreamBeginCapture(s, CU_STREAM_CAPTURE_MODE_GLOBAL), CUDA_ERROR_ILLEGAL_STATE);
  EXPECT_EQ(elsewhere([&] { return end(s); }), CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD);
  EXPECT_EQ(status(s), CU_STREAM_CAPTURE_STATUS_ACTIVE);
  EXPECT_EQ(end(s), CUDA_SUCCESS);
  begin(s, CU_STREAM_CAPTURE_MODE_RELAXED);
  EXPECT_EQ(elsewhere([&] { return end(s); }), CUDA_SUCCESS);
}

TEST_F(captures, to_ask_for_the_state_of_what_is_captured_breaks_it) {
  auto* const s = stream();
  auto* const mark = event();
  struct {
    std::function<CUresult()> call;
    CUresult code;
  } const asked[] = {
      {[&] { return cuStreamSynchronize(s); }, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED},
      {[&] { return cuStreamQuery(s); }, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED},
      {[&] { return cuCtxSynchronize(); }, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED},
      {[&] { return cuEventQuery(mark); }, CUDA_ERROR_CAPTURED_EVENT},
      {[&] { return cuEventSynchronize(mark); }, CUDA_ERROR_CAPTURED_EVENT},
  };
  for (auto const& one : asked) {
    begin(s);
    EXPECT_EQ(cuEventRecord(mark, s), CUDA_SUCCESS);
    EXPECT_EQ(one.call(), one.code);
    EXPECT_EQ(status(s), CU_STREAM_CAPTURE_STATUS_INVALIDATED);
    EXPECT_EQ(launch(function("a"), 1, 1, s), CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
    EXPECT_EQ(end(s), CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
  }
  EXPECT_EQ(cuStreamSynchronize(s), CUDA_SUCCESS);
}

TEST_F(captures, the_mode_says_who_may_allocate) {
  auto* const s = stream();
  std::vector<CUdeviceptr> kept;
  auto const allocate = [&kept] {
    CUdeviceptr memory = 0;
    auto const code = cuMemAlloc(&memory, 16);
    if (code == CUDA_SUCCESS) kept.push_back(memory);
    return code;
  };
  begin(s);
  EXPECT_EQ(elsewhere(allocate), CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED) << "global: no thread may";
  EXPECT_EQ(end(s), CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
  begin(s, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL);
  EXPECT_EQ(elsewhere(allocate), CUDA_SUCCESS);
  EXPECT_EQ(allocate(), CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
  EXPECT_EQ(end(s), CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
  begin(s, CU_STREAM_CAPTURE_MODE_RELAXED);
  EXPECT_EQ(allocate(), CUDA_SUCCESS);
  EXPECT_EQ(end(s), CUDA_SUCCESS);
  begin(s);
  auto mode = CU_STREAM_CAPTURE_MODE_RELAXED;
  EXPECT_EQ(cuThreadExchangeStreamCaptureMode(&mode), CUDA_SUCCESS);
  EXPECT_EQ(mode, CU_STREAM_CAPTURE_MODE_GLOBAL);
  EXPECT_EQ(allocate(), CUDA_SUCCESS);
  EXPECT_EQ(cuThreadExchangeStreamCaptureMode(&mode), CUDA_SUCCESS);
  EXPECT_EQ(mode, CU_STREAM_CAPTURE_MODE_RELAXED);
  EXPECT_EQ(end(s), CUDA_SUCCESS);
  for (auto const memory : kept) EXPECT_EQ(cuMemFree(memory), CUDA_SUCCESS);
}

TEST_F(captures, the_legacy_stream_breaks_those_of_streams_that_wait_for_it) {
  auto* const kernel = function("a");
  auto* const blocking = stream(CU_STREAM_DEFAULT);
  begin(blocking);
  EXPECT_EQ(launch(kernel), CUDA_ERROR_STREAM_CAPTURE_IMPLICIT);
  EXPECT_EQ(end(blocking), CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
  EXPECT_EQ(launch(kernel), CUDA_SUCCESS);
}

TEST_F(captures, rule_35_cupti_breaks_them) {
  profiler one;
  auto* const s = stream();
  auto const broken_by = [&](std::function<int()> const& call) {
    begin(s);
    EXPECT_EQ(call(), 0);
    EXPECT_EQ(end(s), CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
  };
  broken_by([&] { return one.enable(); });
  ASSERT_EQ(one.size(), 0);
  ASSERT_EQ(one.initialize(), 0);
  broken_by([&] { return one.set_config(); });
  broken_by([&] { return one.start(); });
  broken_by([&] { return static_cast<int>(launch(function("a"))); });
  broken_by([&] { return one.stop(); });
  broken_by([&] { return one.decode(); });
  broken_by([&] { return one.disable(); });
  expect_broken(35, 7);
}

/// What a subscriber saw of a capture, in order.
std::vector<std::string>& seen() {
  static std::vector<std::string> all;
  return all;
}

void CUPTIAPI note(void*, CUpti_CallbackDomain domain, CUpti_CallbackId id, void const* data) {
  if (domain == CUPTI_CB_DOMAIN_DRIVER_API) {
    auto const& call = *static_cast<CUpti_CallbackData const*>(data);
    seen().push_back(std::string(call.functionName) + (call.callbackSite == CUPTI_API_ENTER ? " {" : " }"));
    return;
  }
  auto const& graph =
      *static_cast<CUpti_GraphData const*>(static_cast<CUpti_ResourceData const*>(data)->resourceDescriptor);
  seen().push_back(std::to_string(id) + (graph.node != nullptr ? " node" : "") +
                   (graph.graphExec != nullptr ? " exec" : ""));
}

TEST_F(captures, callbacks_come_inside_the_calls_that_cause_them) {
  seen().clear();
  CUpti_SubscriberHandle subscriber = nullptr;
  ASSERT_EQ(cuptiSubscribe(&subscriber, &note, nullptr), CUPTI_SUCCESS);
  ASSERT_EQ(cuptiEnableDomain(1, subscriber, CUPTI_CB_DOMAIN_DRIVER_API), CUPTI_SUCCESS);
  for (auto const id : {CUPTI_CBID_RESOURCE_GRAPH_CREATED, CUPTI_CBID_RESOURCE_GRAPHNODE_CREATED,
                        CUPTI_CBID_RESOURCE_GRAPHEXEC_CREATED}) {
    ASSERT_EQ(cuptiEnableCallback(1, subscriber, CUPTI_CB_DOMAIN_RESOURCE, id), CUPTI_SUCCESS);
  }
  auto* const kernel = function("a");
  auto* const s = stream();
  begin(s);
  launch(kernel, 1, 1, s);
  CUgraph graph = nullptr;
  cuStreamEndCapture(s, &graph);
  CUgraphExec exec = nullptr;
  cuGraphInstantiate(&exec, graph, 0);
  cuGraphLaunch(exec, s);
  EXPECT_EQ(cuptiUnsubscribe(subscriber), CUPTI_SUCCESS);
  EXPECT_EQ(seen(), (std::vector<std::string>{"cuStreamBeginCapture_v2 {", "9", "cuStreamBeginCapture_v2 }",
                                              "cuLaunchKernel {", "13 node", "cuLaunchKernel }",
                                              "cuStreamEndCapture {", "cuStreamEndCapture }", "18 exec",
                                              "cuGraphLaunch {", "cuGraphLaunch }"}));
}

}  // namespace
