// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>
#include <thread>

#include "rules/support.hpp"

/// \file
/// Values of a kernel that change from launch to launch: by their number, or by a parameter.

using namespace flopwatch::test;

namespace {

class kernel_values : public standin_fixture {
 protected:
  void SetUp() override {
    standin_fixture::SetUp();
    host_ = make_host();
  }
  void TearDown() override {
    end_host(host_);
    standin_fixture::TearDown();
  }
  /// What each launch of `run` counted, in auto ranges.
  template <class Run>
  std::vector<double> counted(Run run, std::size_t ranges = 16) {
    profiler one;
    one.modes.maxRangesPerPass = ranges;
    one.prepare(ranges);
    EXPECT_EQ(one.start(), 0);
    run();
    EXPECT_EQ(one.stop(), 0);
    EXPECT_EQ(one.decode(), 0);
    std::vector<double> values;
    for (std::size_t i = 0; i < one.names().size(); ++i) values.push_back(one.values(i, host_)[0]);
    EXPECT_EQ(one.disable(), 0);
    return values;
  }
  static CUresult launch_with(CUfunction kernel, void** arguments) {
    return cuLaunchKernel(kernel, 1, 1, 1, 1, 1, 1, 0, nullptr, arguments, nullptr);
  }

  CUpti_Profiler_Host_Object* host_ = nullptr;
};

constexpr std::array<double, 3> three{10, 20, 30};

TEST_F(kernel_values, come_in_turn_by_the_number_of_the_launch) {
  auto* const kernel = function("kernel");
  auto* const other = function("other");
  launch(kernel);
  ASSERT_EQ(standin_kernel_values("kernel", fma_metric, three.data(), 3), 0);
  standin_kernel_value("other", fma_metric, 7, 0);
  launch(kernel);  // counted too, where nothing is measured
  EXPECT_EQ(counted([&] {
              for (int i = 0; i < 4; ++i) {
                launch(kernel);
                launch(other);
              }
            }),
            (std::vector<double>{20, 7, 30, 7, 10, 7, 20, 7}));
  ASSERT_EQ(standin_kernel_values("kernel", fma_metric, three.data() + 1, 2), 0);
  EXPECT_EQ(counted([&] { launch(kernel), launch(kernel), launch(kernel); }),
            (std::vector<double>{20, 30, 20}))
      << "from the beginning, after a new setting";
  standin_kernel_value("kernel", fma_metric, 4, 0);
  EXPECT_EQ(counted([&] { launch(kernel); }), std::vector<double>{4});
}

TEST_F(kernel_values, of_another_metric_stay) {
  ASSERT_EQ(standin_kernel_values("kernel", fma_metric, three.data(), 3), 0);
  standin_kernel_value("kernel", add_metric, 0, 2);
  profiler one;
  one.prepare();
  ASSERT_EQ(one.start(), 0);
  launch(function("kernel"), 1, 8);
  launch(function("kernel"), 1, 9);
  ASSERT_EQ(one.stop(), 0);
  ASSERT_EQ(one.decode(), 0);
  EXPECT_EQ(one.values(1, host_), (std::vector<double>{20, 18}));
}

TEST_F(kernel_values, of_several_threads_are_in_one_order) {
  std::vector<double> many(400);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<double>(i);
  ASSERT_EQ(standin_kernel_values("kernel", fma_metric, many.data(), 400), 0);
  auto* const kernel = function("kernel");
  auto values = counted(
      [&] {
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t) {
          threads.emplace_back([&] {
            cuCtxSetCurrent(context_);
            for (int i = 0; i < 100; ++i) launch(kernel);
          });
        }
        for (auto& thread : threads) thread.join();
      },
      400);
  std::sort(values.begin(), values.end());
  EXPECT_EQ(values, many) << "each once";
}

TEST_F(kernel_values, of_the_nodes_of_a_graph_go_on) {
  ASSERT_EQ(standin_kernel_values("kernel", fma_metric, three.data(), 3), 0);
  auto* const kernel = function("kernel");
  auto* const graph = make_graph(kernel, 2);
  EXPECT_EQ(counted([&] {
              launch(kernel);
              cuGraphLaunch(graph, nullptr);
              launch(kernel);
            }),
            (std::vector<double>{10, 20, 30, 10}));
}

TEST_F(kernel_values, nonsense_is_refused) {
  EXPECT_EQ(standin_kernel_values("kernel", fma_metric, three.data(), 0), -1);
  EXPECT_EQ(standin_kernel_values("kernel", fma_metric, nullptr, 3), -1);
  EXPECT_EQ(standin_kernel_values("*", fma_metric, three.data(), 3), -1);
  EXPECT_EQ(standin_kernel_value_by_parameter("kernel", fma_metric, -1, 2), -1);
  EXPECT_EQ(standin_kernel_parameter_bytes("kernel", -1, 4), -1);
  EXPECT_EQ(standin_kernel_parameter_bytes("kernel", 0, 2), -1);
}

TEST_F(kernel_values, by_a_parameter_of_either_size) {
  ASSERT_EQ(standin_kernel_value_by_parameter("product", fma_metric, 1, 100), 0);
  ASSERT_EQ(standin_kernel_value_by_parameter("product", add_metric, 2, 1), 0);
  ASSERT_EQ(standin_kernel_parameter_bytes("product", 2, 8), 0);
  auto* const kernel = function("product");
  profiler one;
  one.prepare();
  ASSERT_EQ(one.start(), 0);
  void* pointer = nullptr;
  // Behind the 4 bytes there is more, which must not be read.
  std::int32_t k[2] = {64, -1};
  std::int64_t n = 5'000'000'000;
  void* arguments[] = {&pointer, &k[0], &n};
  EXPECT_EQ(launch_with(kernel, arguments), CUDA_SUCCESS);
  k[0] = -3;
  EXPECT_EQ(launch_with(kernel, arguments), CUDA_SUCCESS);
  EXPECT_EQ(launch(kernel), CUDA_SUCCESS);
  ASSERT_EQ(one.stop(), 0);
  ASSERT_EQ(one.decode(), 0);
  EXPECT_EQ(one.values(0, host_), (std::vector<double>{6400, 5e9}));
  EXPECT_EQ(one.values(1, host_)[0], -300);
  EXPECT_TRUE(std::isnan(one.values(2, host_)[0])) << "launched without kernelParams";
}

TEST_F(kernel_values, by_a_parameter_of_any_kernel) {
  ASSERT_EQ(standin_kernel_value_by_parameter("*", fma_metric, 0, 2), 0);
  ASSERT_EQ(standin_kernel_parameter_bytes("*", 0, 8), 0);
  ASSERT_EQ(standin_kernel_parameter_bytes("small", 0, 4), 0);
  std::int64_t n = 6'000'000'001;
  void* arguments[] = {&n};
  EXPECT_EQ(counted([&] {
              launch_with(function("large"), arguments);
              launch_with(function("small"), arguments);
            }),
            (std::vector<double>{12e9 + 2, 2.0 * (6'000'000'001 - (1LL << 32U))}));
}

TEST_F(kernel_values, by_a_parameter_of_a_node_are_those_of_its_making) {
  ASSERT_EQ(standin_kernel_value_by_parameter("kernel", fma_metric, 0, 1), 0);
  auto* const kernel = function("kernel");
  std::int32_t n = 5;
  void* arguments[] = {&n};
  CUgraph graph = nullptr;
  ASSERT_EQ(cuGraphCreate(&graph, 0), CUDA_SUCCESS);
  CUDA_KERNEL_NODE_PARAMS node{};
  node.func = kernel;
  node.gridDimX = node.gridDimY = node.gridDimZ = node.blockDimX = node.blockDimY = node.blockDimZ = 1;
  node.kernelParams = arguments;
  CUgraphNode added = nullptr;
  ASSERT_EQ(cuGraphAddKernelNode(&added, graph, nullptr, 0, &node), CUDA_SUCCESS);
  CUgraphExec exec = nullptr;
  ASSERT_EQ(cuGraphInstantiate(&exec, graph, 0), CUDA_SUCCESS);

  CUstream stream = nullptr;
  CUgraph captured = nullptr;
  CUgraphExec captured_exec = nullptr;
  ASSERT_EQ(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING), CUDA_SUCCESS);
  ASSERT_EQ(cuStreamBeginCapture(stream, CU_STREAM_CAPTURE_MODE_RELAXED), CUDA_SUCCESS);
  n = 6;
  ASSERT_EQ(cuLaunchKernel(kernel, 1, 1, 1, 1, 1, 1, 0, stream, arguments, nullptr), CUDA_SUCCESS);
  ASSERT_EQ(cuStreamEndCapture(stream, &captured), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphInstantiate(&captured_exec, captured, 0), CUDA_SUCCESS);
  n = 7;
  EXPECT_EQ(counted([&] {
              cuGraphLaunch(exec, nullptr);
              cuGraphLaunch(captured_exec, nullptr);
              launch_with(kernel, arguments);
            }),
            (std::vector<double>{5, 6, 7}));
}

}  // namespace
