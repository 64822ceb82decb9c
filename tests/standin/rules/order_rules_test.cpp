// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/support.hpp"

/// \file
/// Rules 1 to 7: structs, objects, and what has to come before what.

using namespace flopwatch::test;

namespace {

using rules = standin_fixture;

int availability(CUcontext context = nullptr, std::vector<std::uint8_t>* image = nullptr) {
  auto params = PARAMS(CUpti_Profiler_GetCounterAvailability_Params);
  params.ctx = context;
  if (image != nullptr) {
    params.counterAvailabilityImageSize = image->size();
    params.pCounterAvailabilityImage = image->data();
  }
  int const code = cuptiProfilerGetCounterAvailability(&params);
  if (image != nullptr && code == 0) image->resize(params.counterAvailabilityImageSize);
  return code;
}

/// How the function answers to a struct with another size, or with pPriv set.
template <class Params>
void expect_exact_size(CUptiResult (*function)(Params*), std::size_t size) {
  for (std::size_t const wrong : {size - 1, size + 1, std::size_t{0}, size + 8}) {
    auto params = zeroed<Params>(wrong);
    standin_clear_violations();
    EXPECT_EQ(function(&params), CUPTI_ERROR_INVALID_PARAMETER) << wrong << " for " << size;
    expect_broken(1);
  }
  standin_clear_violations();
  EXPECT_EQ(function(nullptr), CUPTI_ERROR_INVALID_PARAMETER);
  expect_broken(1);
  auto params = zeroed<Params>(size);
  params.pPriv = &params;
  standin_clear_violations();
  EXPECT_EQ(function(&params), CUPTI_ERROR_INVALID_PARAMETER);
  expect_broken(2);
}

TEST_F(rules, rule_1_and_2_every_struct) {
  // The sizes of 12.6.80, written out once more.
  expect_exact_size(cuptiProfilerInitialize, 16);
  expect_exact_size(cuptiProfilerDeInitialize, 16);
  expect_exact_size(cuptiProfilerDeviceSupported, 52);
  expect_exact_size(cuptiDeviceGetChipName, 32);
  expect_exact_size(cuptiProfilerGetCounterAvailability, 40);
  expect_exact_size(cuptiProfilerHostInitialize, 48);
  expect_exact_size(cuptiProfilerHostDeinitialize, 24);
  expect_exact_size(cuptiProfilerHostGetSupportedChips, 32);
  expect_exact_size(cuptiProfilerHostGetBaseMetrics, 48);
  expect_exact_size(cuptiProfilerHostGetSubMetrics, 56);
  expect_exact_size(cuptiProfilerHostGetMetricProperties, 60);
  expect_exact_size(cuptiProfilerHostConfigAddMetrics, 40);
  expect_exact_size(cuptiProfilerHostGetConfigImageSize, 32);
  expect_exact_size(cuptiProfilerHostGetConfigImage, 40);
  expect_exact_size(cuptiProfilerHostGetNumOfPasses, 40);
  expect_exact_size(cuptiProfilerHostEvaluateToGpuValues, 72);
  expect_exact_size(cuptiRangeProfilerEnable, 32);
  expect_exact_size(cuptiRangeProfilerDisable, 24);
  expect_exact_size(cuptiRangeProfilerSetConfig, 90);
  expect_exact_size(cuptiRangeProfilerStart, 24);
  expect_exact_size(cuptiRangeProfilerStop, 41);
  expect_exact_size(cuptiRangeProfilerPushRange, 32);
  expect_exact_size(cuptiRangeProfilerPopRange, 24);
  expect_exact_size(cuptiRangeProfilerDecodeData, 32);
  expect_exact_size(cuptiRangeProfilerGetCounterDataSize, 64);
  expect_exact_size(cuptiRangeProfilerCounterDataImageInitialize, 40);
  expect_exact_size(cuptiRangeProfilerGetCounterDataInfo, 40);
  expect_exact_size(cuptiRangeProfilerCounterDataGetRangeInfo, 56);
}

TEST_F(rules, rule_1_null_object) {
  profiler none;
  EXPECT_EQ(none.start(), 1);
  EXPECT_EQ(none.stop(), 1);
  EXPECT_EQ(none.push("x"), 1);
  EXPECT_EQ(none.pop(), 1);
  EXPECT_EQ(none.decode(), 1);
  EXPECT_EQ(none.size(), 1);
  EXPECT_EQ(none.initialize(), 1);
  EXPECT_EQ(none.set_config(), 1);
  EXPECT_EQ(none.disable(), 1);
  expect_broken(1, 9);
}

TEST_F(rules, rule_2_garbage_between_fields) {
  profiler one;
  one.prepare();
  auto const garbage = [](auto& params, std::size_t at) {
    reinterpret_cast<unsigned char*>(&params)[at] = 0xff;
  };
  garbage(one.modes, 77);
  EXPECT_EQ(one.set_config(), 1);
  auto size = PARAMS(CUpti_RangeProfiler_GetCounterDataSize_Params);
  garbage(size, 53);
  EXPECT_EQ(cuptiRangeProfilerGetCounterDataSize(&size), 1);
  expect_broken(2, 2);
}

TEST_F(rules, rule_3_before_initialize) {
  ASSERT_EQ(profiler_deinitialize(), 0);
  profiler one;
  EXPECT_EQ(one.enable(), 7);
  EXPECT_EQ(availability(), 7);
  auto chip = PARAMS(CUpti_Device_GetChipName_Params);
  EXPECT_EQ(cuptiDeviceGetChipName(&chip), 7);
  auto supported = PARAMS(CUpti_Profiler_DeviceSupported_Params);
  EXPECT_EQ(cuptiProfilerDeviceSupported(&supported), 7);
  expect_broken(3, 4);
  ASSERT_EQ(profiler_initialize(), 0);
  EXPECT_EQ(one.enable(), 0);
}

TEST_F(rules, rule_4_availability_while_enabled) {
  std::vector<std::uint8_t> image(4096);
  EXPECT_EQ(availability(), 0);
  EXPECT_EQ(availability(nullptr, &image), 0);
  EXPECT_GT(image.size(), 0U);
  EXPECT_LT(image.size(), 4096U);
  EXPECT_EQ(standin_violations(), 0U);
  std::vector<std::uint8_t> small(image.size() - 1);
  EXPECT_EQ(availability(nullptr, &small), 1);
  profiler one;
  ASSERT_EQ(one.enable(), 0);
  EXPECT_EQ(availability(), 7);
  auto* const other = new_context();  // of the same device
  EXPECT_EQ(availability(other), 7);
  expect_broken(4, 3);
  ASSERT_EQ(cuCtxSetCurrent(context_), CUDA_SUCCESS);
  ASSERT_EQ(one.disable(), 0);
  EXPECT_EQ(availability(), 0);
}

TEST_F(rules, rule_4_other_device) {
  standin_reset();
  standin_set_device_count(2);
  ASSERT_EQ(cuInit(0), CUDA_SUCCESS);
  ASSERT_EQ(profiler_initialize(), 0);
  auto* const second = new_context(1);
  new_context(0);
  profiler one;
  ASSERT_EQ(one.enable(), 0);
  EXPECT_EQ(availability(second), 0);
}

TEST_F(rules, rule_5_never_enabled) {
  alignas(16) unsigned char nothing[64] = {};
  profiler one;
  one.object = reinterpret_cast<CUpti_RangeProfiler_Object*>(nothing);
  EXPECT_EQ(one.start(), 7);
  EXPECT_EQ(one.stop(), 7);
  EXPECT_EQ(one.push("x"), 7);
  EXPECT_EQ(one.pop(), 7);
  EXPECT_EQ(one.decode(), 7);
  EXPECT_EQ(one.size(), 7);
  EXPECT_EQ(one.initialize(), 7);
  expect_broken(5, 7);
}

TEST_F(rules, rule_5_and_6_disabled) {
  standin_set_deadly(0);
  profiler one;
  one.prepare();
  ASSERT_EQ(one.disable(), 0);
  EXPECT_EQ(one.start(), 7);
  EXPECT_EQ(one.decode(), 7);
  EXPECT_EQ(one.set_config(), 1);
  EXPECT_EQ(one.disable(), 1);
  expect_broken(34, 4);
}

TEST_F(rules, rule_6_never_enabled) {
  alignas(16) unsigned char nothing[64] = {};
  profiler one;
  one.object = reinterpret_cast<CUpti_RangeProfiler_Object*>(nothing);
  EXPECT_EQ(one.set_config(), 1);
  EXPECT_EQ(one.disable(), 1);
  expect_broken(6, 2);
}

TEST_F(rules, rule_7_enable) {
  ASSERT_EQ(cuCtxSetCurrent(nullptr), CUDA_SUCCESS);
  profiler one;
  EXPECT_EQ(one.enable(), 3);
  EXPECT_EQ(one.enable(context_), 0);
  profiler twice;
  EXPECT_EQ(twice.enable(context_), 7);
  auto* const dead = new_context();
  ASSERT_EQ(cuCtxDestroy(dead), CUDA_SUCCESS);
  EXPECT_EQ(twice.enable(dead), 3);
  expect_broken(7, 3);
}

}  // namespace
