// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "gpu/probes/sass_counts.hpp"

#include <type_traits>

#include "gpu/probes/more_symbols.hpp"

namespace gpu_probes {
namespace {

template <class Pointer>
void find(flopwatch::cupti::api const& cupti, char const* name, Pointer& into) {
  into = symbol_of<std::remove_pointer_t<Pointer>>(cupti, name);
}

/// The sizes of 12.6.80, which no later release changed; FlushData's has no room for its last field.
template <class Params>
Params sized(std::size_t bytes) {
  Params p{};
  p.structSize = bytes;
  return p;
}

}  // namespace

sass_api::sass_api(flopwatch::cupti::api const& cupti) {
  find(cupti, "cuptiSassMetricsGetNumOfMetrics", get_number_);
  find(cupti, "cuptiSassMetricsGetMetrics", get_metrics_);
  find(cupti, "cuptiSassMetricsSetConfig", set_config_);
  find(cupti, "cuptiSassMetricsUnsetConfig", unset_config_);
  find(cupti, "cuptiSassMetricsEnable", enable_);
  find(cupti, "cuptiSassMetricsDisable", disable_);
  find(cupti, "cuptiSassMetricsGetDataProperties", get_properties_);
  find(cupti, "cuptiSassMetricsFlushData", flush_);
}

bool sass_api::complete() const noexcept {
  return get_number_ != nullptr && get_metrics_ != nullptr && set_config_ != nullptr &&
         unset_config_ != nullptr && enable_ != nullptr && disable_ != nullptr &&
         get_properties_ != nullptr && flush_ != nullptr;
}

std::vector<sass_api::metric> sass_api::metrics(std::string const& chip, json& codes) const {
  auto number = sized<CUpti_SassMetrics_GetNumOfMetrics_Params>(32);
  number.pChipName = chip.c_str();
  auto const counted = get_number_(&number);
  codes["get_num_of_metrics"] = code_of(counted);
  if (counted != CUPTI_SUCCESS) return {};
  std::vector<CUpti_SassMetrics_MetricDetails> details(number.numOfMetrics);
  auto p = sized<CUpti_SassMetrics_GetMetrics_Params>(40);
  p.pChipName = chip.c_str();
  p.numOfMetrics = details.size();
  p.pMetricsList = details.data();
  auto const code = get_metrics_(&p);
  codes["get_metrics"] = code_of(code);
  std::vector<metric> out;
  if (code != CUPTI_SUCCESS) return out;
  for (auto const& one : details)
    out.push_back({one.pMetricName == nullptr ? "" : one.pMetricName, one.metricId});
  return out;
}

std::int64_t sass_api::flushed(CUcontext context, json& codes) const {
  auto properties = sized<CUpti_SassMetricsGetDataProperties_Params>(40);
  properties.ctx = context;
  auto const told = get_properties_(&properties);
  codes["get_data_properties"] = code_of(told);
  if (told != CUPTI_SUCCESS) return -1;
  auto const records = properties.numOfPatchedInstructionRecords;
  auto const instances = properties.numOfInstances;
  codes["instruction_records"] = records;
  codes["instances"] = instances;
  std::vector<std::vector<CUpti_SassMetrics_InstanceValue>> values(
      records, std::vector<CUpti_SassMetrics_InstanceValue>(instances));
  std::vector<CUpti_SassMetrics_Data> data(records);
  for (std::size_t i = 0; i < records; ++i) {
    data[i].structSize = 40;
    data[i].pInstanceValues = values[i].data();
  }
  auto p = sized<CUpti_SassMetricsFlushData_Params>(40);
  p.ctx = context;
  p.numOfPatchedInstructionRecords = records;
  p.numOfInstances = instances;
  p.pMetricsData = data.data();
  auto const code = flush_(&p);
  codes["flush_data"] = code_of(code);
  if (code != CUPTI_SUCCESS) return -1;
  std::uint64_t sum = 0;
  for (auto const& record : data) {
    for (std::size_t i = 0; record.pInstanceValues != nullptr && i < instances; ++i)
      sum += record.pInstanceValues[i].value;
  }
  return static_cast<std::int64_t>(sum);
}

std::int64_t sass_api::count(gpu const& device, program const& kernel, metric const& what, bool lazily,
                             json& codes) const {
  CUpti_SassMetrics_Config wanted{};
  wanted.metricId = what.id;
  wanted.outputGranularity = CUPTI_SASS_METRICS_OUTPUT_GRANULARITY_GPU;
  auto config = sized<CUpti_SassMetricsSetConfig_Params>(36);
  config.numOfMetricConfig = 1;
  config.pConfigs = &wanted;
  config.deviceIndex = static_cast<std::uint32_t>(device.its_setting().device);
  auto const configured = set_config_(&config);
  codes["set_config"] = code_of(configured);
  if (configured != CUPTI_SUCCESS) return -1;
  std::int64_t sum = -1;
  auto on = sized<CUpti_SassMetricsEnable_Params>(25);
  on.ctx = device.context();
  on.enableLazyPatching = lazily ? 1 : 0;
  auto const enabled = enable_(&on);
  codes["enable"] = code_of(enabled);
  if (enabled == CUPTI_SUCCESS) {
    codes["launch"] = code_of(kernel.launch());
    codes["synchronise"] = code_of(cuCtxSynchronize());
    sum = flushed(device.context(), codes);
    auto off = sized<CUpti_SassMetricsDisable_Params>(32);
    off.ctx = device.context();
    codes["disable"] = code_of(disable_(&off));
    codes["dropped_records"] = off.numOfDroppedRecords;
  }
  auto unset = sized<CUpti_SassMetricsUnsetConfig_Params>(20);
  unset.deviceIndex = config.deviceIndex;
  codes["unset_config"] = code_of(unset_config_(&unset));
  return sum;
}

}  // namespace gpu_probes
