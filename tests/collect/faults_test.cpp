// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string>
#include <string_view>
#include <tuple>

#include <gmock/gmock.h>

#include "collect/program.hpp"
#include "flopwatch/scope.hpp"

using namespace flopwatch::test;

/// Every call that collecting makes fails once, with every code that CUPTI's headers name for it and some
/// more. Whatever fails, the user's program runs to its end, nothing hangs, and the error is reported once.

namespace {

constexpr std::array functions{
    "cuptiProfilerInitialize",
    "cuptiProfilerDeviceSupported",
    "cuptiDeviceGetChipName",
    "cuptiProfilerGetCounterAvailability",
    "cuptiProfilerHostInitialize",
    "cuptiProfilerHostGetBaseMetrics",
    "cuptiProfilerHostConfigAddMetrics",
    "cuptiProfilerHostGetConfigImageSize",
    "cuptiProfilerHostGetConfigImage",
    "cuptiProfilerHostGetNumOfPasses",
    "cuptiProfilerHostEvaluateToGpuValues",
    "cuptiRangeProfilerEnable",
    "cuptiRangeProfilerGetCounterDataSize",
    "cuptiRangeProfilerCounterDataImageInitialize",
    "cuptiRangeProfilerSetConfig",
    "cuptiRangeProfilerStart",
    "cuptiRangeProfilerStop",
    "cuptiRangeProfilerDecodeData",
    "cuptiRangeProfilerGetCounterDataInfo",
    "cuptiRangeProfilerDisable",
    "cuptiSubscribe_v2",
    "cuptiEnableCallback",
    "cuptiUnsubscribe",
    "cuptiGetDeviceId",
};
/// What only counting by scope calls, and what it calls differently.
constexpr std::array functions_by_scope{
    "cuptiRangeProfilerPushRange",
    "cuptiRangeProfilerPopRange",
    "cuptiRangeProfilerCounterDataGetRangeInfo",
    "cuptiRangeProfilerSetConfig",
    "cuptiRangeProfilerStart",
    "cuptiRangeProfilerStop",
    "cuptiRangeProfilerDecodeData",
    "cuptiProfilerHostEvaluateToGpuValues",
};
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::array codes{7, 35, 999};  // each path once: a sanitizer takes fifteen times as long
#else
constexpr std::array codes{1, 2, 3, 7, 8, 9, 10, 13, 15, 23, 26, 27, 33, 35, 36, 39, 41, 43, 999};
#endif

/// Planning asks the real CUPTI, which takes nearly all of the time, and the longer the more metrics there
/// are. A fault in planning needs several of them. The list of metrics is read for the default set alone, and
/// a metric that was asked for by name and is refused ends the session at its start.
std::string metrics_for(std::string_view function) {
  if (function == "cuptiProfilerHostGetBaseMetrics" || function == "cuptiProfilerHostConfigAddMetrics")
    return "";
  bool const plans = function.starts_with("cuptiProfilerHost") && !function.ends_with("EvaluateToGpuValues");
  return plans ? std::string(fadd_sum) + ',' + ffma_sum : fadd_sum;
}

class collect_fault : public collect,
                      public testing::WithParamInterface<std::tuple<char const*, int, int>> {};

int devices = 0;

TEST_P(collect_fault, lets_the_program_finish_and_is_said_once) {
  auto const [function, call, scope_depth] = GetParam();
  for (int const code : codes) {
    SCOPED_TRACE(std::string(function) + "#" + std::to_string(call) + "=" + std::to_string(code));
    standin_reset();
    standin_kernel_value("a", fadd_sum, 3, 0);
    // A device that answers otherwise has a plan of its own, so that planning is asked again.
    standin_set_lacking(("none, " + std::to_string(++devices)).c_str(), 1);
    program gpu;
    program own(0, program::own_context{});
    flopwatch::session session{{.device = "cuda:0",
                                .metrics = metrics_for(function),
                                .scope_depth = scope_depth,
                                .max_ranges = scope_depth > 0 ? 2U : 4U,
                                .warmup = 0}};
    ASSERT_EQ(standin_add_faults(
                  (std::string(function) + "#" + std::to_string(call) + "=" + std::to_string(code)).c_str()),
              0);
    int finished = 0;
    session.start();
    for (int i = 0; i < 10; ++i) {
      flopwatch::scope const part("part " + std::to_string(i / 2));
      (i % 3 == 0 ? own : gpu).use();
      (i % 3 == 0 ? own : gpu).launch("a");
      ++finished;
    }
    auto const result = session.stop();
    auto const& data = result.analysis().capture;
    EXPECT_EQ(finished, 10);
    EXPECT_EQ(standin_kernels_run(), 10U);
    std::int64_t measured = 0;
    std::int64_t launched = 0;
    auto const add_measured = [&](auto const& g) {
      auto const sum = g.sums.find(fadd_sum);
      if (sum != g.sums.end() && sum->second) measured += *sum->second;
    };
    for (auto const& g : data.launch_groups) {
      launched += g.launches;
      add_measured(g);
    }
    for (auto const& g : data.scope_range_groups) add_measured(g);
    EXPECT_EQ(measured % 3, 0) << "a value that no launch had";
    EXPECT_LE(measured, 30);
    // Listed once each, unless launches cannot be seen at all, or not where they run.
    if (std::string_view(function) == "cuptiGetDeviceId") {
      EXPECT_LE(launched, 10);
    } else if (launched != 0) {
      EXPECT_EQ(launched, 10);
    }
    bool const complete = measured == 30 && launched == 10;
    // A failure to release what is not needed any more can go unseen.
    if (!complete) {
      EXPECT_FALSE(data.losses.empty());
      int named = 0;
      for (auto const& l : data.losses) {
        if (l.text.find("code " + std::to_string(code)) != std::string::npos) ++named;
      }
      EXPECT_EQ(named, 1);
    }
    if (call == 1) {
      EXPECT_GT(standin_fault_hits(), 0U) << "no fault at all";
    }
    if (standin_fault_hits() == 0) break;  // never called that often: no other code will be hit either
  }
  standin_clear_violations();  // what follows a fault can break the rules
}

INSTANTIATE_TEST_SUITE_P(every_call, collect_fault,
                         testing::Combine(testing::ValuesIn(functions), testing::Values(1, 2, 3),
                                          testing::Values(0)),
                         [](auto const& test) {
                           return std::string(std::get<0>(test.param)) + "_" +
                                  std::to_string(std::get<1>(test.param));
                         });

INSTANTIATE_TEST_SUITE_P(every_call_by_scope, collect_fault,
                         testing::Combine(testing::ValuesIn(functions_by_scope),
                                          testing::Values(1, 2, 3, 4, 5), testing::Values(1)),
                         [](auto const& test) {
                           return std::string(std::get<0>(test.param)) + "_" +
                                  std::to_string(std::get<1>(test.param));
                         });

}  // namespace
