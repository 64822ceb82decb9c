// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// CUPTI itself accepts the sizes that are sent and refuses those next to them. Without a driver only the host
// interface can be asked; the others are proved on a GPU and compared with the headers by static_assert.

#include "cupti/struct_sizes.hpp"

#include <gtest/gtest.h>

#include "cupti/host.hpp"

namespace flopwatch::cupti {
namespace {

/// \param fill sets what else the call needs
template <class Params, class Fill>
void expect_exact_size(CUptiResult (*function)(Params*), Fill const& fill) {
  for (int const off : {-8, -1, 1, 24}) {
    auto p = params<Params>();
    fill(p);
    p.structSize = static_cast<std::size_t>(static_cast<long>(p.structSize) + off);
    EXPECT_EQ(function(&p), CUPTI_ERROR_INVALID_PARAMETER) << off;
  }
  auto p = params<Params>();
  fill(p);
  EXPECT_EQ(function(&p), CUPTI_SUCCESS);
}

class sizes : public ::testing::Test {
 protected:
  void SetUp() override {
    auto p = params<CUpti_Profiler_Host_Initialize_Params>();
    p.profilerType = CUPTI_PROFILER_TYPE_RANGE_PROFILER;
    p.pChipName = "GH100";
    ASSERT_EQ(cupti.cuptiProfilerHostInitialize(&p), CUPTI_SUCCESS);
    object = p.pHostObject;
    auto add = params<CUpti_Profiler_Host_ConfigAddMetrics_Params>();
    add.pHostObject = object;
    add.ppMetricNames = &name;
    add.numMetrics = 1;
    ASSERT_EQ(cupti.cuptiProfilerHostConfigAddMetrics(&add), CUPTI_SUCCESS);
  }

  void TearDown() override {
    auto p = params<CUpti_Profiler_Host_Deinitialize_Params>();
    p.pHostObject = object;
    EXPECT_EQ(cupti.cuptiProfilerHostDeinitialize(&p), CUPTI_SUCCESS);
  }

  api const& cupti = library();
  CUpti_Profiler_Host_Object* object = nullptr;
  char const* name = "sm__inst_executed.sum";
};

TEST_F(sizes, of_what_lists) {
  expect_exact_size(cupti.cuptiProfilerHostGetSupportedChips, [](auto&) {});
  expect_exact_size(cupti.cuptiProfilerHostGetBaseMetrics, [&](auto& p) { p.pHostObject = object; });
  expect_exact_size(cupti.cuptiProfilerHostGetSubMetrics, [&](auto& p) {
    p.pHostObject = object;
    p.pMetricName = name;
  });
}

TEST_F(sizes, of_what_configures) {
  expect_exact_size(cupti.cuptiProfilerHostConfigAddMetrics, [&](auto& p) {
    p.pHostObject = object;
    p.ppMetricNames = &name;
    p.numMetrics = 1;
  });
  expect_exact_size(cupti.cuptiProfilerHostGetConfigImageSize, [&](auto& p) { p.pHostObject = object; });
  auto size = params<CUpti_Profiler_Host_GetConfigImageSize_Params>();
  size.pHostObject = object;
  ASSERT_EQ(cupti.cuptiProfilerHostGetConfigImageSize(&size), CUPTI_SUCCESS);
  std::vector<std::uint8_t> image(size.configImageSize);
  expect_exact_size(cupti.cuptiProfilerHostGetConfigImage, [&](auto& p) {
    p.pHostObject = object;
    p.configImageSize = image.size();
    p.pConfigImage = image.data();
  });
  expect_exact_size(cupti.cuptiProfilerHostGetNumOfPasses, [&](auto& p) {
    p.configImageSize = image.size();
    p.pConfigImage = image.data();
  });
}

TEST_F(sizes, of_properties) {
  // 13.1 takes a second, larger size, so the one after ours is not tried.
  for (int const off : {-8, -1, 1}) {
    auto p = params<CUpti_Profiler_Host_GetMetricProperties_Params>();
    p.pHostObject = object;
    p.pMetricName = name;
    p.structSize = static_cast<std::size_t>(static_cast<long>(p.structSize) + off);
    EXPECT_EQ(cupti.cuptiProfilerHostGetMetricProperties(&p), CUPTI_ERROR_INVALID_PARAMETER) << off;
  }
  EXPECT_TRUE(host("GH100").properties(name));
}

TEST_F(sizes, of_evaluation_and_of_making_and_ending_an_object) {
  for (int const off : {-8, -1, 1}) {
    auto make = params<CUpti_Profiler_Host_Initialize_Params>();
    make.profilerType = CUPTI_PROFILER_TYPE_RANGE_PROFILER;
    make.pChipName = "GH100";
    make.structSize = static_cast<std::size_t>(static_cast<long>(make.structSize) + off);
    EXPECT_EQ(cupti.cuptiProfilerHostInitialize(&make), CUPTI_ERROR_INVALID_PARAMETER);
    auto end = params<CUpti_Profiler_Host_Deinitialize_Params>();
    end.pHostObject = object;
    end.structSize = static_cast<std::size_t>(static_cast<long>(end.structSize) + off);
    EXPECT_EQ(cupti.cuptiProfilerHostDeinitialize(&end), CUPTI_ERROR_INVALID_PARAMETER);
  }
}

TEST(table, is_not_what_sizeof_says) {
  EXPECT_EQ(params<CUpti_RangeProfiler_SetConfig_Params>().structSize, 90U);
  EXPECT_EQ(params<CUpti_RangeProfiler_Stop_Params>().structSize, 41U);
  EXPECT_EQ(sizeof(CUpti_RangeProfiler_Stop_Params), 48U);
}

}  // namespace
}  // namespace flopwatch::cupti
