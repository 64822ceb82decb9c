// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <thread>

#include "rules/support.hpp"

/// \file
/// Rules 24 to 29, 33 and 34: reading, buffers, threads, contexts, failure switches, graphs, crashes.

using namespace flopwatch::test;

namespace {

using rules = standin_fixture;

int info(std::vector<std::uint8_t> const& image) {
  auto params = PARAMS(CUpti_RangeProfiler_GetCounterDataInfo_Params);
  params.pCounterDataImage = image.data();
  params.counterDataImageSize = image.size();
  return cuptiRangeProfilerGetCounterDataInfo(&params);
}

int range_info(std::vector<std::uint8_t> const& image, std::size_t index, char const* delimiter) {
  auto params = PARAMS(CUpti_RangeProfiler_CounterData_GetRangeInfo_Params);
  params.pCounterDataImage = image.data();
  params.counterDataImageSize = image.size();
  params.rangeIndex = index;
  params.rangeDelimiter = delimiter;
  return cuptiRangeProfilerCounterDataGetRangeInfo(&params);
}

TEST_F(rules, rule_24_reading) {
  profiler one;
  one.prepare();
  ASSERT_EQ(one.start(), 0);
  launch(function("kernel"));
  ASSERT_EQ(one.stop(), 0);
  ASSERT_EQ(one.decode(), 0);
  EXPECT_EQ(info(one.image), 15) << "no HostInitialize since the reset";
  EXPECT_EQ(range_info(one.image, 0, "/"), 15);
  auto* const host = make_host();
  EXPECT_EQ(info(one.image), 0);
  EXPECT_EQ(range_info(one.image, 0, "/"), 0);
  EXPECT_EQ(range_info(one.image, 1, "/"), 1);
  EXPECT_EQ(range_info(one.image, 0, nullptr), 1);
  auto cut = one.image;
  cut.pop_back();
  EXPECT_EQ(info(cut), 1);
  expect_broken(24, 5);
  end_host(host);
}

TEST_F(rules, rule_25_buffers_change) {
  auto const broken_by = [](auto change) {
    profiler one;
    one.prepare();
    ASSERT_EQ(one.start(), 0);
    change(one);
    EXPECT_EQ(one.stop(), 7);
    standin_reset();
    ASSERT_EQ(cuInit(0), CUDA_SUCCESS);
    new_context();
    ASSERT_EQ(profiler_initialize(), 0);
  };
  broken_by([](profiler& one) { one.config_bytes[20] ^= 1; });
  broken_by([](profiler& one) { one.image[one.image.size() - 5] ^= 1; });
  profiler one;
  one.prepare();
  one.image[100] ^= 1;
  EXPECT_EQ(one.start(), 7) << "between SetConfig and Start";
  one.image[100] ^= 1;
  ASSERT_EQ(one.start(), 0);
  ASSERT_EQ(one.stop(), 0);
  EXPECT_EQ(one.initialize(), 7) << "it waits for Decode";
  one.image[30] ^= 1;
  EXPECT_EQ(one.decode(), 7) << "between Stop and Decode";
  one.image[30] ^= 1;
  EXPECT_EQ(one.decode(), 0);
  expect_broken(25, 3);
}

TEST_F(rules, rule_26_other_thread) {
  profiler one;
  one.prepare();
  auto const code_there = [](auto call) {
    int code = 0;
    std::thread([&] { code = call(); }).join();
    return code;
  };
  EXPECT_EQ(code_there([&] { return one.start(); }), 3);
  EXPECT_EQ(code_there([&] { return one.set_config(); }), 3);
  EXPECT_EQ(code_there([&] { return one.size(); }), 3);
  EXPECT_EQ(code_there([&] { return one.disable(); }), 3);
  new_context();
  EXPECT_EQ(one.start(), 3) << "another context is current";
  expect_broken(26, 5);
  EXPECT_EQ(code_there([&] {
              EXPECT_EQ(cuCtxSetCurrent(context_), CUDA_SUCCESS);
              return one.start();
            }),
            0);
}

TEST_F(rules, rule_27_context_destroyed) {
  profiler one;
  one.prepare();
  ASSERT_EQ(one.start(), 0);
  ASSERT_EQ(cuCtxDestroy(context_), CUDA_SUCCESS);
  expect_broken(27, 1);
  EXPECT_EQ(one.stop(), 3);
  EXPECT_EQ(one.disable(), 3);
  expect_broken(27, 3);
}

TEST_F(rules, rule_27_disabled_in_time) {
  profiler one;
  one.prepare();
  ASSERT_EQ(one.disable(), 0);
  ASSERT_EQ(cuCtxDestroy(context_), CUDA_SUCCESS);
  EXPECT_EQ(standin_violations(), 0U);
}

TEST_F(rules, rule_28_permission) {
  standin_set_permission(0);
  auto availability = PARAMS(CUpti_Profiler_GetCounterAvailability_Params);
  EXPECT_EQ(cuptiProfilerGetCounterAvailability(&availability), 35);
  profiler one;
  one.prepare();
  EXPECT_EQ(one.start(), 35);
  standin_set_permission(1);
  EXPECT_EQ(one.start(), 0);
  EXPECT_EQ(standin_violations(), 0U);
}

TEST_F(rules, rule_28_busy_and_hidden) {
  standin_set_counters_busy(1);
  profiler one;
  one.prepare();
  EXPECT_EQ(one.start(), 26);
  standin_hide_nvperf(1);
  auto host = PARAMS(CUpti_Profiler_Host_Initialize_Params);
  host.pChipName = "GH100";
  EXPECT_EQ(cuptiProfilerHostInitialize(&host), 15);
  auto chips = PARAMS(CUpti_Profiler_Host_GetSupportedChips_Params);
  EXPECT_EQ(cuptiProfilerHostGetSupportedChips(&chips), 15);
}

TEST_F(rules, rule_28_nan_and_dropped) {
  standin_kernel_value("*", fma_metric, 1, 0);
  standin_kernel_value("*", add_metric, 2, 0);
  standin_set_nan(add_metric, 1);
  standin_drop_ranges(2);
  auto* const host = make_host();
  auto* const kernel = function("kernel");
  profiler one;
  one.prepare();
  ASSERT_EQ(one.start(), 0);
  for (int i = 0; i < 5; ++i) launch(kernel);
  ASSERT_EQ(one.stop(), 0);
  ASSERT_EQ(one.decode(), 0);
  EXPECT_EQ(one.dropped, 2U);
  EXPECT_EQ(one.names().size(), 3U);
  EXPECT_EQ(one.values(0, host)[0], 1);
  EXPECT_TRUE(std::isnan(one.values(0, host)[1]));
}

TEST_F(rules, rule_28_a_metric_that_the_device_lacks) {
  standin_set_lacking(add_metric, 1);
  auto size = PARAMS(CUpti_Profiler_GetCounterAvailability_Params);
  ASSERT_EQ(cuptiProfilerGetCounterAvailability(&size), 0);
  std::vector<std::uint8_t> image(size.counterAvailabilityImageSize);
  size.pCounterAvailabilityImage = image.data();
  ASSERT_EQ(cuptiProfilerGetCounterAvailability(&size), 0);

  auto of_device = PARAMS(CUpti_Profiler_Host_Initialize_Params);
  of_device.profilerType = CUPTI_PROFILER_TYPE_RANGE_PROFILER;
  of_device.pChipName = "GH100";
  of_device.pCounterAvailabilityImage = image.data();
  ASSERT_EQ(cuptiProfilerHostInitialize(&of_device), 0);
  EXPECT_EQ(add_metrics(of_device.pHostObject, {fma_metric}), 0);
  EXPECT_NE(add_metrics(of_device.pHostObject, {add_metric}), 0);
  EXPECT_EQ(add_metrics(of_device.pHostObject, {fma_metric}), 999) << "spoilt";
  // Of the chip alone it can be asked for, and comes back as no number.
  EXPECT_EQ(add_metrics(make_host(), {add_metric}), 0);
  standin_clear_violations();
}

TEST_F(rules, rule_28_devices_that_cannot) {
  struct {
    int standin_device::*field;
    int level, code;
  } const cases[] = {{&standin_device::vgpu, 1, 33},
                     {&standin_device::vgpu, 2, 40},
                     {&standin_device::confidential_compute, 1, 41},
                     {&standin_device::cmp, 1, 42},
                     {&standin_device::sli, 1, 44},
                     {&standin_device::wsl, 1, 45},
                     {&standin_device::architecture, 1, 27},
                     {&standin_device::refusal, 43, 43}};
  for (auto const& [field, level, code] : cases) {
    standin_reset();
    standin_device device{};
    standin_default_device(&device, 0);
    device.*field = level;
    ASSERT_EQ(standin_set_devices(&device, 1), 0);
    ASSERT_EQ(cuInit(0), CUDA_SUCCESS);
    new_context();
    ASSERT_EQ(profiler_initialize(), 0);
    auto supported = PARAMS(CUpti_Profiler_DeviceSupported_Params);
    EXPECT_EQ(cuptiProfilerDeviceSupported(&supported), 0);
    EXPECT_EQ(supported.isSupported, code == 43 ? 3 : 1);
    auto availability = PARAMS(CUpti_Profiler_GetCounterAvailability_Params);
    EXPECT_EQ(cuptiProfilerGetCounterAvailability(&availability), code);
    profiler one;
    EXPECT_EQ(one.enable(), code);
  }
}

TEST_F(rules, rule_29_poisoned_host_object) {
  auto* const host = make_host();
  EXPECT_EQ(add_metrics(host, {"no__such_metric.sum"}), 1);
  EXPECT_EQ(add_metrics(host, {fma_metric}), 999);
  auto size = PARAMS(CUpti_Profiler_Host_GetConfigImageSize_Params);
  size.pHostObject = host;
  EXPECT_EQ(cuptiProfilerHostGetConfigImageSize(&size), 999);
  expect_broken(29, 2);
  EXPECT_EQ(end_host(host), 0);
}

TEST_F(rules, rule_29_exact_config_size) {
  auto* const host = make_host();
  ASSERT_EQ(add_metrics(host, {fma_metric, add_metric}), 0);
  std::vector<std::uint8_t> image(config_of().bytes.size() + 8);
  auto params = PARAMS(CUpti_Profiler_Host_GetConfigImage_Params);
  params.pHostObject = host;
  params.pConfigImage = image.data();
  params.configImageSize = image.size();
  EXPECT_EQ(cuptiProfilerHostGetConfigImage(&params), 1);
  expect_broken(29);
  params.configImageSize -= 8;
  EXPECT_EQ(cuptiProfilerHostGetConfigImage(&params), 0);
  EXPECT_EQ(end_host(host), 0);
}

TEST_F(rules, rule_33_graphs) {
  standin_kernel_value("kernel", fma_metric, 1, 0);
  auto* const kernel = function("kernel");
  auto* const graph = make_graph(kernel, 3);
  auto* const host = make_host();
  profiler one;
  one.prepare();
  ASSERT_EQ(one.start(), 0);
  ASSERT_EQ(cuGraphLaunch(graph, nullptr), CUDA_SUCCESS);
  ASSERT_EQ(one.stop(), 0);
  ASSERT_EQ(one.decode(), 0);
  EXPECT_EQ(one.names().size(), 3U) << "one range for each node";

  ASSERT_EQ(one.initialize(), 0);
  one.modes.range = CUPTI_UserRange;
  one.modes.replayMode = CUPTI_UserReplay;
  ASSERT_EQ(one.set_config(), 0);
  ASSERT_EQ(one.start(), 0);
  ASSERT_EQ(one.push("graph"), 0);
  ASSERT_EQ(cuGraphLaunch(graph, nullptr), CUDA_SUCCESS);
  ASSERT_EQ(one.pop(), 0);
  ASSERT_EQ(one.stop(), 0);
  ASSERT_EQ(one.decode(), 0);
  EXPECT_EQ(one.names(), (std::vector<std::string>{"graph"}));
  EXPECT_EQ(one.values(0, host)[0], 3);
  EXPECT_EQ(standin_violations(), 0U);

  one.modes.range = CUPTI_AutoRange;
  ASSERT_EQ(one.set_config(), 0);
  ASSERT_EQ(one.start(), 0);
  ASSERT_EQ(cuGraphLaunch(graph, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(one.stop(), 27);
  expect_broken(33);
}

using deadly_rules = standin_fixture;

TEST_F(deadly_rules, rule_34_aborts) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        profiler_deinitialize();
        profiler_deinitialize();
      },
      "rule 34: cuptiProfilerDeInitialize");
  EXPECT_DEATH(
      {
        profiler one;
        one.prepare();
        one.disable();
        one.start();
      },
      "rule 34: cuptiRangeProfilerStart");
  EXPECT_DEATH(
      {
        auto* const host = make_host();
        end_host(host);
        end_host(host);
      },
      "rule 34: cuptiProfilerHostDeinitialize");
}

TEST_F(rules, rule_34_not_deadly) {
  standin_set_deadly(0);
  auto* const host = make_host();
  EXPECT_EQ(end_host(host), 0);
  EXPECT_EQ(end_host(host), 1);
  EXPECT_EQ(profiler_deinitialize(), 0);
  EXPECT_EQ(profiler_deinitialize(), 7);
  expect_broken(34, 2);
}

}  // namespace
