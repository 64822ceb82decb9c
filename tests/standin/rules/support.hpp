// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <cuda.h>
#include <cupti_callbacks.h>
#include <cupti_driver_cbid.h>
#include <cupti_profiler_host.h>
#include <cupti_profiler_target.h>
#include <cupti_range_profiler.h>
#include <cupti_target.h>
#include <gtest/gtest.h>

#include "control.hpp"

/// \file
/// What the stand-in's own tests share. Struct sizes come from the header here, from the measured table in
/// the stand-in. Functions answer CUPTI's code, so that a test can break a rule anywhere.

namespace flopwatch::test {

template <class Params>
Params zeroed(std::size_t size) {
  Params params;
  std::memset(static_cast<void*>(&params), 0, sizeof params);
  params.structSize = size;
  return params;
}
#define PARAMS(type) flopwatch::test::zeroed<type>(type##_STRUCT_SIZE)

inline constexpr char const* fma_metric = "sm__sass_thread_inst_executed_op_ffma_pred_on.sum";
inline constexpr char const* add_metric = "sm__sass_thread_inst_executed_op_fadd_pred_on.sum";

struct config {
  std::vector<std::string> metrics;
  std::vector<std::uint8_t> bytes;
  std::size_t passes = 0;
};

int profiler_initialize();
int profiler_deinitialize();

/// A host object of the chip; asserts that it works.
CUpti_Profiler_Host_Object* make_host(std::string const& chip = "GH100");
int end_host(CUpti_Profiler_Host_Object* host);
int add_metrics(CUpti_Profiler_Host_Object* host, std::vector<std::string> const& metrics);
/// Made once for each set of metrics.
config const& config_of(std::vector<std::string> const& metrics = {fma_metric, add_metric},
                        std::string const& chip = "GH100");
/// A config that needs more than one pass.
config const& multi_pass();

/// A range profiler on a context, call by call.
struct profiler {
  explicit profiler(config const& plan = config_of()) : metrics(plan.metrics), config_bytes(plan.bytes) {}

  int enable(CUcontext context = nullptr);
  int disable() const;
  int size(std::size_t ranges = 8, std::size_t nodes = 0);
  int initialize();
  int set_config();
  int start() const;
  int stop();
  int push(char const* name) const;
  int pop() const;
  int decode();
  /// Enable, GetCounterDataSize, CounterDataImageInitialize, SetConfig; asserts.
  void prepare(std::size_t ranges = 8);

  [[nodiscard]] std::vector<std::string> names(char const* delimiter = "/") const;
  [[nodiscard]] std::vector<double> values(std::size_t range, CUpti_Profiler_Host_Object* host) const;

  CUpti_RangeProfiler_Object* object = nullptr;
  std::vector<std::string> metrics;
  std::vector<std::uint8_t> config_bytes;
  std::vector<std::uint8_t> image;
  CUpti_RangeProfiler_SetConfig_Params modes = default_modes();
  CUpti_RangeProfiler_Stop_Params stopped{};
  std::size_t dropped = 0;

  static CUpti_RangeProfiler_SetConfig_Params default_modes();
};

/// cuInit, one device, a current context, the profiler initialised; everything reset before.
class standin_fixture : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override { standin_reset(); }

  /// Another context, current from now on.
  static CUcontext new_context(int device = 0);
  static CUfunction function(char const* name);
  static CUresult launch(CUfunction function, unsigned blocks = 1, unsigned threads = 1,
                         CUstream stream = nullptr);

  /// A graph that launches the kernel so many times, one thread each.
  static CUgraphExec make_graph(CUfunction kernel, int nodes);

  CUcontext context_ = nullptr;
};

/// The rule was broken that often, and no other one.
void expect_broken(int rule, unsigned long long times = 1);

}  // namespace flopwatch::test
