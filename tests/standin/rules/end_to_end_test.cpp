// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <atomic>
#include <set>
#include <thread>

#include "rules/support.hpp"

using namespace flopwatch::test;

namespace {

using end_to_end = standin_fixture;

TEST_F(end_to_end, one_kernel_is_counted) {
  standin_kernel_value("saxpy", fma_metric, 0, 1);
  standin_kernel_value("*", add_metric, 7, 0);
  auto* const host = make_host();
  profiler one;
  one.prepare();
  auto* const saxpy = function("saxpy");
  auto* const other = function("other");
  ASSERT_EQ(one.start(), 0);
  EXPECT_EQ(launch(saxpy, 10, 32), CUDA_SUCCESS);
  EXPECT_EQ(launch(other, 10, 32), CUDA_SUCCESS);
  ASSERT_EQ(one.stop(), 0);
  EXPECT_EQ(one.stopped.isAllPassSubmitted, 1);
  ASSERT_EQ(one.decode(), 0);
  EXPECT_EQ(one.dropped, 0U);
  EXPECT_EQ(one.names(), (std::vector<std::string>{"0", "1"}));
  EXPECT_EQ(one.values(0, host), (std::vector<double>{320, 7}));
  EXPECT_EQ(one.values(1, host), (std::vector<double>{0, 7}));
  EXPECT_EQ(one.disable(), 0);
  EXPECT_EQ(end_host(host), 0);
  EXPECT_EQ(profiler_deinitialize(), 0);
  EXPECT_EQ(standin_violations(), 0U);
}

/// Chunk after chunk into the same image, as a long run does it.
TEST_F(end_to_end, chunks) {
  standin_kernel_value("kernel", fma_metric, 0, 1);
  auto* const host = make_host();
  auto* const kernel = function("kernel");
  profiler one;
  one.modes.maxRangesPerPass = 16;
  one.prepare(16);
  double total = 0;
  for (unsigned chunk = 0; chunk < 20; ++chunk) {
    ASSERT_EQ(one.initialize(), 0);
    ASSERT_EQ(one.start(), 0);
    for (unsigned i = 0; i < 16; ++i) ASSERT_EQ(launch(kernel, chunk + 1, i + 1), CUDA_SUCCESS);
    ASSERT_EQ(one.stop(), 0);
    ASSERT_EQ(one.decode(), 0);
    EXPECT_EQ(one.dropped, 0U);
    ASSERT_EQ(one.names().size(), 16U);
    for (std::size_t i = 0; i < 16; ++i) total += one.values(i, host)[0];
  }
  EXPECT_EQ(total, 136.0 * 210);  // (1 + ... + 16) * (1 + ... + 20)
  EXPECT_EQ(standin_violations(), 0U);
}

constexpr int threads = 8;
constexpr int contexts = 3;
constexpr int streams = 4;
constexpr int launches = 50;

std::array<std::atomic<int>, 2> heard{};

void count_callbacks(void*, CUpti_CallbackDomain, CUpti_CallbackId, void const* data) {
  ++heard[static_cast<std::size_t>(static_cast<CUpti_CallbackData const*>(data)->callbackSite)];
}

/// 8 threads launch into 3 contexts on 2 devices, through 4 streams of each, while a fourth context that
/// nobody profiles gets work as well.
TEST_F(end_to_end, threads_devices_contexts_streams) {
  standin_reset();
  standin_device devices[2];
  standin_default_device(&devices[0], 0);
  standin_default_device(&devices[1], 1);
  std::snprintf(devices[1].chip, sizeof devices[1].chip, "TU102");
  ASSERT_EQ(standin_set_devices(devices, 2), 0);
  ASSERT_EQ(cuInit(0), CUDA_SUCCESS);
  ASSERT_EQ(profiler_initialize(), 0);
  for (int i = 0; i < threads; ++i) {
    standin_kernel_value(("kernel" + std::to_string(i)).c_str(), fma_metric, i + 1, 0);
  }
  CUpti_SubscriberHandle subscriber = nullptr;
  ASSERT_EQ(cuptiSubscribe(&subscriber, &count_callbacks, nullptr), 0);
  ASSERT_EQ(
      cuptiEnableCallback(1, subscriber, CUPTI_CB_DOMAIN_DRIVER_API, CUPTI_DRIVER_TRACE_CBID_cuLaunchKernel),
      0);
  heard[0] = heard[1] = 0;

  struct place {
    CUcontext context;
    std::string chip;
    profiler ranges;
    std::array<CUstream, streams> lanes{};
    std::array<CUfunction, threads> kernels{};
  };
  std::vector<place> places;
  for (int i = 0; i < contexts + 1; ++i) {
    std::string const chip = i % 2 == 0 ? "GH100" : "TU102";
    auto& one = places.emplace_back(place{new_context(i % 2), chip, profiler(config_of({fma_metric}, chip))});
    for (auto& lane : one.lanes) ASSERT_EQ(cuStreamCreate(&lane, 0), CUDA_SUCCESS);
    for (int k = 0; k < threads; ++k) {
      one.kernels[static_cast<std::size_t>(k)] = function(("kernel" + std::to_string(k)).c_str());
    }
    if (i == contexts) continue;
    one.ranges.modes.maxRangesPerPass = threads * launches;
    one.ranges.prepare(threads * launches);
    ASSERT_EQ(one.ranges.start(), 0);
  }
  std::atomic<int> failed{0};
  std::vector<std::thread> workers;
  for (int t = 0; t < threads; ++t) {
    workers.emplace_back([&, t] {
      for (int i = 0; i < launches; ++i) {
        for (auto& one : places) {
          if (cuCtxSetCurrent(one.context) != CUDA_SUCCESS) ++failed;
          auto* const lane = one.lanes[static_cast<std::size_t>(i % streams)];
          if (launch(one.kernels[static_cast<std::size_t>(t)], 1, 1, lane) != CUDA_SUCCESS) ++failed;
        }
      }
    });
  }
  for (auto& worker : workers) worker.join();
  EXPECT_EQ(failed, 0);
  for (int i = 0; i < contexts; ++i) {
    auto& one = places[static_cast<std::size_t>(i)];
    ASSERT_EQ(cuCtxSetCurrent(one.context), CUDA_SUCCESS);
    ASSERT_EQ(one.ranges.stop(), 0);
    ASSERT_EQ(one.ranges.decode(), 0);
    auto* const host = make_host(one.chip);
    EXPECT_EQ(one.ranges.names().size(), std::size_t{threads * launches});
    std::array<int, threads + 1> seen{};
    for (std::size_t r = 0; r < one.ranges.names().size(); ++r) {
      ++seen.at(static_cast<std::size_t>(one.ranges.values(r, host)[0]));
    }
    for (std::size_t k = 1; k <= threads; ++k) EXPECT_EQ(seen.at(k), launches) << k;
    EXPECT_EQ(one.ranges.disable(), 0);
    EXPECT_EQ(end_host(host), 0);
  }
  EXPECT_EQ(heard[0], threads * launches * (contexts + 1));
  EXPECT_EQ(heard[1], threads * launches * (contexts + 1));
  EXPECT_EQ(standin_violations(), 0U);
}

/// Serial launches: the n-th ENTER of a context is its range n.
TEST_F(end_to_end, serial_launches_keep_the_order_of_callbacks) {
  standin_set_serial_launches(1);
  std::array<CUfunction, 4> kernels{};
  for (std::size_t t = 0; t < kernels.size(); ++t) {
    auto const name = std::to_string(t);
    standin_kernel_value(name.c_str(), fma_metric, static_cast<double>(t), 0);
    standin_kernel_sleep(name.c_str(), 20);
    kernels.at(t) = function(name.c_str());
  }
  static std::vector<double> order;  // no lock around it: the launches take turns
  order.clear();
  CUpti_SubscriberHandle subscriber = nullptr;
  auto const note = [](void*, CUpti_CallbackDomain, CUpti_CallbackId, void const* data) {
    auto const& call = *static_cast<CUpti_CallbackData const*>(data);
    if (call.callbackSite == CUPTI_API_ENTER) order.push_back(std::stod(call.symbolName));
  };
  ASSERT_EQ(cuptiSubscribe(&subscriber, note, nullptr), 0);
  ASSERT_EQ(
      cuptiEnableCallback(1, subscriber, CUPTI_CB_DOMAIN_DRIVER_API, CUPTI_DRIVER_TRACE_CBID_cuLaunchKernel),
      0);
  auto* const host = make_host();
  profiler one;
  one.modes.maxRangesPerPass = 80;
  one.prepare(80);
  ASSERT_EQ(one.start(), 0);
  std::vector<std::thread> workers;
  for (auto* const kernel : kernels) {
    workers.emplace_back([this, kernel] {
      EXPECT_EQ(cuCtxSetCurrent(context_), CUDA_SUCCESS);
      for (int i = 0; i < 20; ++i) launch(kernel);
    });
  }
  for (auto& worker : workers) worker.join();
  ASSERT_EQ(one.stop(), 0);
  ASSERT_EQ(one.decode(), 0);
  ASSERT_EQ(order.size(), 80U);
  for (std::size_t i = 0; i < 80; ++i) EXPECT_EQ(one.values(i, host)[0], order[i]) << i;
}

}  // namespace
