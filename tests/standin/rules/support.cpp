// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/support.hpp"

#include <map>

namespace flopwatch::test {
namespace {

std::vector<char const*> pointers(std::vector<std::string> const& texts) {
  std::vector<char const*> list;
  for (auto const& text : texts) list.push_back(text.c_str());
  return list;
}

config make_config(std::vector<std::string> const& metrics, std::string const& chip) {
  config made{metrics, {}, 0};
  auto* const host = make_host(chip);
  EXPECT_EQ(add_metrics(host, metrics), 0);
  auto size = PARAMS(CUpti_Profiler_Host_GetConfigImageSize_Params);
  size.pHostObject = host;
  EXPECT_EQ(cuptiProfilerHostGetConfigImageSize(&size), 0);
  made.bytes.resize(size.configImageSize);
  auto image = PARAMS(CUpti_Profiler_Host_GetConfigImage_Params);
  image.pHostObject = host;
  image.configImageSize = made.bytes.size();
  image.pConfigImage = made.bytes.data();
  EXPECT_EQ(cuptiProfilerHostGetConfigImage(&image), 0);
  auto passes = PARAMS(CUpti_Profiler_Host_GetNumOfPasses_Params);
  passes.configImageSize = made.bytes.size();
  passes.pConfigImage = made.bytes.data();
  EXPECT_EQ(cuptiProfilerHostGetNumOfPasses(&passes), 0);
  made.passes = passes.numOfPasses;
  EXPECT_EQ(end_host(host), 0);
  return made;
}

}  // namespace

int profiler_initialize() {
  auto params = PARAMS(CUpti_Profiler_Initialize_Params);
  return cuptiProfilerInitialize(&params);
}

int profiler_deinitialize() {
  auto params = PARAMS(CUpti_Profiler_DeInitialize_Params);
  return cuptiProfilerDeInitialize(&params);
}

CUpti_Profiler_Host_Object* make_host(std::string const& chip) {
  auto params = PARAMS(CUpti_Profiler_Host_Initialize_Params);
  params.profilerType = CUPTI_PROFILER_TYPE_RANGE_PROFILER;
  params.pChipName = chip.c_str();
  EXPECT_EQ(cuptiProfilerHostInitialize(&params), 0);
  return params.pHostObject;
}

int end_host(CUpti_Profiler_Host_Object* host) {
  auto params = PARAMS(CUpti_Profiler_Host_Deinitialize_Params);
  params.pHostObject = host;
  return cuptiProfilerHostDeinitialize(&params);
}

int add_metrics(CUpti_Profiler_Host_Object* host, std::vector<std::string> const& metrics) {
  auto list = pointers(metrics);
  auto params = PARAMS(CUpti_Profiler_Host_ConfigAddMetrics_Params);
  params.pHostObject = host;
  params.ppMetricNames = list.data();
  params.numMetrics = list.size();
  return cuptiProfilerHostConfigAddMetrics(&params);
}

config const& config_of(std::vector<std::string> const& metrics, std::string const& chip) {
  static std::map<std::pair<std::vector<std::string>, std::string>, config> made;
  auto const key = std::pair(metrics, chip);
  auto const found = made.find(key);
  return found != made.end() ? found->second : made.emplace(key, make_config(metrics, chip)).first->second;
}

config const& multi_pass() {
  // SASS metrics and hardware metrics never share a pass.
  auto const& several = config_of({fma_metric, "sm__inst_executed_pipe_tensor.sum"});
  EXPECT_GT(several.passes, 1U);
  return several;
}

CUpti_RangeProfiler_SetConfig_Params profiler::default_modes() {
  auto modes = PARAMS(CUpti_RangeProfiler_SetConfig_Params);
  modes.range = CUPTI_AutoRange;
  modes.replayMode = CUPTI_KernelReplay;
  modes.maxRangesPerPass = 8;
  modes.numNestingLevels = 1;
  modes.minNestingLevel = 1;
  modes.targetNestingLevel = 1;
  return modes;
}

int profiler::enable(CUcontext context) {
  auto params = PARAMS(CUpti_RangeProfiler_Enable_Params);
  params.ctx = context;
  int const code = cuptiRangeProfilerEnable(&params);
  object = params.pRangeProfilerObject;
  return code;
}

int profiler::disable() const {
  auto params = PARAMS(CUpti_RangeProfiler_Disable_Params);
  params.pRangeProfilerObject = object;
  return cuptiRangeProfilerDisable(&params);
}

int profiler::size(std::size_t ranges, std::size_t nodes) {
  auto list = pointers(metrics);
  auto params = PARAMS(CUpti_RangeProfiler_GetCounterDataSize_Params);
  params.pRangeProfilerObject = object;
  params.pMetricNames = list.data();
  params.numMetrics = list.size();
  params.maxNumOfRanges = ranges;
  params.maxNumRangeTreeNodes = static_cast<std::uint32_t>(nodes == 0 ? ranges : nodes);
  int const code = cuptiRangeProfilerGetCounterDataSize(&params);
  if (code == 0) image.resize(params.counterDataSize);
  return code;
}

int profiler::initialize() {
  auto params = PARAMS(CUpti_RangeProfiler_CounterDataImage_Initialize_Params);
  params.pRangeProfilerObject = object;
  params.counterDataSize = image.size();
  params.pCounterData = image.data();
  return cuptiRangeProfilerCounterDataImageInitialize(&params);
}

int profiler::set_config() {
  modes.pRangeProfilerObject = object;
  modes.configSize = config_bytes.size();
  modes.pConfig = config_bytes.data();
  modes.counterDataImageSize = image.size();
  modes.pCounterDataImage = image.data();
  return cuptiRangeProfilerSetConfig(&modes);
}

int profiler::start() const {
  auto params = PARAMS(CUpti_RangeProfiler_Start_Params);
  params.pRangeProfilerObject = object;
  return cuptiRangeProfilerStart(&params);
}

int profiler::stop() {
  stopped = PARAMS(CUpti_RangeProfiler_Stop_Params);
  stopped.pRangeProfilerObject = object;
  return cuptiRangeProfilerStop(&stopped);
}

int profiler::push(char const* name) const {
  auto params = PARAMS(CUpti_RangeProfiler_PushRange_Params);
  params.pRangeProfilerObject = object;
  params.pRangeName = name;
  return cuptiRangeProfilerPushRange(&params);
}

int profiler::pop() const {
  auto params = PARAMS(CUpti_RangeProfiler_PopRange_Params);
  params.pRangeProfilerObject = object;
  return cuptiRangeProfilerPopRange(&params);
}

int profiler::decode() {
  auto params = PARAMS(CUpti_RangeProfiler_DecodeData_Params);
  params.pRangeProfilerObject = object;
  int const code = cuptiRangeProfilerDecodeData(&params);
  dropped = params.numOfRangeDropped;
  return code;
}

void profiler::prepare(std::size_t ranges) {
  ASSERT_EQ(enable(), 0);
  ASSERT_EQ(size(ranges, 2 * ranges), 0);
  ASSERT_EQ(initialize(), 0);
  ASSERT_EQ(set_config(), 0);
}

std::vector<std::string> profiler::names(char const* delimiter) const {
  auto info = PARAMS(CUpti_RangeProfiler_GetCounterDataInfo_Params);
  info.pCounterDataImage = image.data();
  info.counterDataImageSize = image.size();
  EXPECT_EQ(cuptiRangeProfilerGetCounterDataInfo(&info), 0);
  std::vector<std::string> list;
  for (std::size_t i = 0; i < info.numTotalRanges; ++i) {
    auto range = PARAMS(CUpti_RangeProfiler_CounterData_GetRangeInfo_Params);
    range.pCounterDataImage = image.data();
    range.counterDataImageSize = image.size();
    range.rangeIndex = i;
    range.rangeDelimiter = delimiter;
    EXPECT_EQ(cuptiRangeProfilerCounterDataGetRangeInfo(&range), 0);
    list.emplace_back(range.rangeName);
  }
  return list;
}

std::vector<double> profiler::values(std::size_t range, CUpti_Profiler_Host_Object* host) const {
  auto list = pointers(metrics);
  std::vector<double> numbers(list.size());
  auto params = PARAMS(CUpti_Profiler_Host_EvaluateToGpuValues_Params);
  params.pHostObject = host;
  params.pCounterDataImage = image.data();
  params.counterDataImageSize = image.size();
  params.rangeIndex = range;
  params.ppMetricNames = list.data();
  params.numMetrics = list.size();
  params.pMetricValues = numbers.data();
  EXPECT_EQ(cuptiProfilerHostEvaluateToGpuValues(&params), 0);
  return numbers;
}

void standin_fixture::SetUp() {
  standin_reset();
  ASSERT_EQ(cuInit(0), CUDA_SUCCESS);
  context_ = new_context();
  ASSERT_EQ(profiler_initialize(), 0);
  config_of();
}

CUcontext standin_fixture::new_context(int device) {
  CUcontext context = nullptr;
  EXPECT_EQ(cuCtxCreate(&context, nullptr, 0, device), CUDA_SUCCESS);
  return context;
}

CUfunction standin_fixture::function(char const* name) {
  CUmodule module = nullptr;
  CUfunction found = nullptr;
  EXPECT_EQ(cuModuleLoadData(&module, "cubin"), CUDA_SUCCESS);
  EXPECT_EQ(cuModuleGetFunction(&found, module, name), CUDA_SUCCESS);
  return found;
}

CUresult standin_fixture::launch(CUfunction function, unsigned blocks, unsigned threads, CUstream stream) {
  return cuLaunchKernel(function, blocks, 1, 1, threads, 1, 1, 0, stream, nullptr, nullptr);
}

CUgraphExec standin_fixture::make_graph(CUfunction kernel, int nodes) {
  CUgraph graph = nullptr;
  CUgraphExec exec = nullptr;
  EXPECT_EQ(cuGraphCreate(&graph, 0), CUDA_SUCCESS);
  CUDA_KERNEL_NODE_PARAMS node{};
  node.func = kernel;
  node.gridDimX = node.gridDimY = node.gridDimZ = node.blockDimX = node.blockDimY = node.blockDimZ = 1;
  for (int i = 0; i < nodes; ++i) {
    CUgraphNode added = nullptr;
    EXPECT_EQ(cuGraphAddKernelNode(&added, graph, nullptr, 0, &node), CUDA_SUCCESS);
  }
  EXPECT_EQ(cuGraphInstantiate(&exec, graph, 0), CUDA_SUCCESS);
  EXPECT_EQ(cuGraphDestroy(graph), CUDA_SUCCESS);
  return exec;
}

void expect_broken(int rule, unsigned long long times) {
  EXPECT_EQ(standin_violations_of(rule), times);
  EXPECT_EQ(standin_violations(), times);
  for (unsigned long long i = 0; i < standin_violations(); ++i) {
    standin_violation one{};
    ASSERT_EQ(standin_violation_at(i, &one), 0);
    if (one.rule != rule) ADD_FAILURE() << "rule " << one.rule << ": " << one.function << ": " << one.text;
  }
}

}  // namespace flopwatch::test
