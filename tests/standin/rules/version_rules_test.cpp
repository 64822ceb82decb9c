// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <dlfcn.h>

#include <cupti_version.h>

#include "rules/support.hpp"

/// \file
/// Rule 32: the versions.

using namespace flopwatch::test;

namespace {

using versions = standin_fixture;

int device_supported(std::size_t size) {
  // Room for what newer versions have behind the last field.
  struct {
    CUpti_Profiler_DeviceSupported_Params params;
    int newer[4];
  } room{};
  room.params.structSize = size;
  return cuptiProfilerDeviceSupported(&room.params);
}

/// The overall level, and that of the SKU behind the last field of 12.6.80.
std::pair<int, int> supported_and_sku() {
  struct {
    CUpti_Profiler_DeviceSupported_Params params;
    int newer[4];
  } room{};
  room.params.structSize = 56;
  EXPECT_EQ(cuptiProfilerDeviceSupported(&room.params), 0);
  int sku = 0;
  std::memcpy(&sku, reinterpret_cast<char const*>(&room) + 52, sizeof sku);
  return {room.params.isSupported, sku};
}

int enable(std::size_t size, CUcontext context) {
  struct {
    CUpti_RangeProfiler_Enable_Params params;
    int newer[4];
  } room{};
  room.params.structSize = size;
  room.params.ctx = context;
  int const code = cuptiRangeProfilerEnable(&room.params);
  auto disable = PARAMS(CUpti_RangeProfiler_Disable_Params);
  disable.pRangeProfilerObject = room.params.pRangeProfilerObject;
  if (code == 0) {
    EXPECT_EQ(cuptiRangeProfilerDisable(&disable), 0);
  }
  return code;
}

int subscribe(std::size_t size) {
  struct {
    CUpti_SubscriberParams params;
    void* newer[2];
  } room{};
  room.params.structSize = size;
  CUpti_SubscriberHandle subscriber = nullptr;
  auto const nothing = [](void*, CUpti_CallbackDomain, CUpti_CallbackId, void const*) {};
  int const code = cuptiSubscribe_v2(&subscriber, nothing, nullptr, &room.params);
  if (code == 0) {
    EXPECT_EQ(cuptiUnsubscribe(subscriber), 0);
  }
  return code;
}

int bad_chip() {
  auto params = PARAMS(CUpti_Profiler_Host_Initialize_Params);
  params.pChipName = "GX999";
  return cuptiProfilerHostInitialize(&params);
}

std::uint32_t version() {
  std::uint32_t number = 0;
  EXPECT_EQ(cuptiGetVersion(&number), 0);
  return number;
}

TEST_F(versions, rule_32_12_6_80) {
  ASSERT_EQ(standin_set_profile("12.6.80"), 0);
  EXPECT_EQ(version(), 24U);
  EXPECT_EQ(bad_chip(), 1);
  EXPECT_EQ(device_supported(52), 0);
  EXPECT_EQ(device_supported(56), 1);
  EXPECT_EQ(subscribe(32), 11);
}

TEST_F(versions, rule_32_13_0) {
  ASSERT_EQ(standin_set_profile("13.0"), 0);
  EXPECT_EQ(version(), 130000U);
  EXPECT_EQ(bad_chip(), 46);
  EXPECT_EQ(device_supported(56), 1);
  EXPECT_EQ(subscribe(32), 0);
  EXPECT_EQ(subscribe(40), 1);
}

TEST_F(versions, rule_32_13_1) {
  ASSERT_EQ(standin_set_profile("13.1"), 0);
  EXPECT_EQ(device_supported(52), 0);
  EXPECT_EQ(device_supported(56), 0);
  EXPECT_EQ(device_supported(64), 1);
  EXPECT_EQ(supported_and_sku(), std::pair(3, 3));
  EXPECT_EQ(subscribe(40), 1);
  EXPECT_EQ(enable(36, context_), 1);
}

TEST_F(versions, rule_32_13_4) {
  ASSERT_EQ(standin_set_profile("13.4"), 0);
  EXPECT_EQ(version(), 130400U);
  EXPECT_EQ(enable(32, context_), 0);
  EXPECT_EQ(enable(36, context_), 0);
  EXPECT_EQ(enable(40, context_), 1);
  EXPECT_EQ(subscribe(40), 0);
}

TEST_F(versions, rule_32_no_driver) {
  CUpti_SubscriberHandle subscriber = nullptr;
  for (auto const& [profile, code] : {std::pair("12.6.80 no driver", 15), std::pair("13.0 no driver", 999)}) {
    ASSERT_EQ(standin_set_profile(profile), 0);
    EXPECT_EQ(profiler_initialize(), code);
    EXPECT_EQ(cuptiSubscribe(&subscriber, nullptr, nullptr), code);
    EXPECT_EQ(device_supported(52), code);
    EXPECT_EQ(cuInit(0), CUDA_ERROR_NO_DEVICE);
    EXPECT_EQ(end_host(make_host()), 0) << "the host side needs none";
  }
  ASSERT_EQ(standin_set_profile("13.4 no driver"), 0);
  std::uint32_t number = 0;
  EXPECT_EQ(cuptiGetVersion(&number), 999);
  EXPECT_EQ(standin_set_profile("14.7"), -1);
}

TEST_F(versions, rule_32_files_without_newer_symbols) {
  std::string const folder = STANDIN_FOLDER;
  void* const with_ranges = dlopen((folder + "/12.6.80/libcupti.so.12").c_str(), RTLD_NOW | RTLD_LOCAL);
  void* const without = dlopen((folder + "/12.6.68/libcupti.so.12").c_str(), RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(with_ranges, nullptr);
  ASSERT_NE(without, nullptr);
  EXPECT_NE(dlsym(with_ranges, "cuptiRangeProfilerEnable"), nullptr);
  EXPECT_EQ(dlsym(with_ranges, "cuptiSubscribe_v2"), nullptr);
  EXPECT_EQ(dlsym(without, "cuptiRangeProfilerEnable"), nullptr);
  EXPECT_NE(dlsym(without, "cuptiProfilerHostInitialize"), nullptr);
}

}  // namespace
