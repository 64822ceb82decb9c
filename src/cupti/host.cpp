// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cupti/host.hpp"

#include <algorithm>

#include "cupti/api.hpp"
#include "cupti/locate/candidates.hpp"
#include "cupti/result_text.hpp"
#include "cupti/struct_sizes.hpp"

namespace flopwatch::cupti {
namespace {

CUpti_MetricType type_of(metric_kind kind) {
  switch (kind) {
    case metric_kind::ratio:
      return CUPTI_METRIC_TYPE_RATIO;
    case metric_kind::throughput:
      return CUPTI_METRIC_TYPE_THROUGHPUT;
    case metric_kind::counter:
      break;
  }
  return CUPTI_METRIC_TYPE_COUNTER;
}

metric_kind kind_of(CUpti_MetricType type) {
  if (type == CUPTI_METRIC_TYPE_RATIO) return metric_kind::ratio;
  return type == CUPTI_METRIC_TYPE_THROUGHPUT ? metric_kind::throughput : metric_kind::counter;
}

/// A rollup that every metric of the kind has.
char const* rollup_of(metric_kind kind) {
  switch (kind) {
    case metric_kind::ratio:
      return ".ratio";
    case metric_kind::throughput:
      return ".avg.pct_of_peak_sustained_elapsed";
    case metric_kind::counter:
      break;
  }
  return ".sum";
}

std::string text(char const* words) { return words == nullptr ? "" : words; }

std::vector<char const*> pointers(std::span<std::string const> names) {
  std::vector<char const*> out;
  out.reserve(names.size());
  for (auto const& name : names) out.push_back(name.c_str());
  return out;
}

std::string listed(std::vector<std::string> const& names) {
  std::string out;
  for (auto const& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

}  // namespace

std::vector<std::string> supported_chips() {
  auto p = params<CUpti_Profiler_Host_GetSupportedChips_Params>();
  check(library().cuptiProfilerHostGetSupportedChips(&p), "cuptiProfilerHostGetSupportedChips");
  return {p.ppChipNames, p.ppChipNames + p.numChips};
}

int passes_of(std::span<std::uint8_t const> config_image) {
  auto p = params<CUpti_Profiler_Host_GetNumOfPasses_Params>();
  p.configImageSize = config_image.size();
  p.pConfigImage = const_cast<std::uint8_t*>(config_image.data());
  check(library().cuptiProfilerHostGetNumOfPasses(&p), "cuptiProfilerHostGetNumOfPasses");
  return static_cast<int>(p.numOfPasses);
}

host::host(std::string chip, std::span<std::uint8_t const> availability)
    : chip_(std::move(chip)), availability_(availability.begin(), availability.end()) {
  auto const& cupti = library();
  // A device that is newer than CUPTI is known only by its availability image.
  if (availability_.empty()) {
    auto const chips = supported_chips();
    if (std::find(chips.begin(), chips.end(), chip_) == chips.end()) {
      throw usage_error("CUPTI " + version_text(cupti.version) + " knows no chip \"" + chip_ +
                        "\"; it knows " + listed(chips));
    }
  }
  auto p = params<CUpti_Profiler_Host_Initialize_Params>();
  p.profilerType = CUPTI_PROFILER_TYPE_RANGE_PROFILER;
  p.pChipName = chip_.c_str();
  p.pCounterAvailabilityImage = availability_.empty() ? nullptr : availability_.data();
  if (auto const code = call(cupti.cuptiProfilerHostInitialize, p); code != CUPTI_SUCCESS) {
    auto const& line = line_of(code);
    throw cupti_error(
        "CUPTI " + version_text(cupti.version) + " (" + cupti.path + ") refuses the chip " + chip_ + " (" +
            std::string(line.name) + ", code " + std::to_string(static_cast<int>(code)) +
            "): its counters cannot be read with this CUPTI; use the CUPTI of a CUDA release that supports "
            "the GPU",
        exit_code::no_device);
  }
  object_ = p.pHostObject;
}

host::~host() {
  if (object_ == nullptr) return;
  auto p = params<CUpti_Profiler_Host_Deinitialize_Params>();
  p.pHostObject = object_;
  static_cast<void>(library().cuptiProfilerHostDeinitialize(&p));
}

std::vector<std::string> host::base_metrics(metric_kind kind) const {
  auto p = params<CUpti_Profiler_Host_GetBaseMetrics_Params>();
  p.pHostObject = object_;
  p.metricType = type_of(kind);
  check(library().cuptiProfilerHostGetBaseMetrics(&p), "cuptiProfilerHostGetBaseMetrics", chip_);
  return {p.ppMetricNames, p.ppMetricNames + p.numMetrics};
}

std::vector<std::string> host::sub_metrics(std::string const& base, metric_kind kind) const {
  auto p = params<CUpti_Profiler_Host_GetSubMetrics_Params>();
  p.pHostObject = object_;
  p.metricType = type_of(kind);
  p.pMetricName = base.c_str();
  auto code = library().cuptiProfilerHostGetSubMetrics(&p);
  // Up to 12.9 a name without rollup is unknown here.
  auto const with_rollup = base + rollup_of(kind);
  if (code == CUPTI_ERROR_INVALID_METRIC_NAME) {
    p.pMetricName = with_rollup.c_str();
    code = library().cuptiProfilerHostGetSubMetrics(&p);
  }
  check(code, "cuptiProfilerHostGetSubMetrics", base);
  return {p.ppSubMetrics, p.ppSubMetrics + p.numOfSubmetrics};
}

std::optional<metric_properties> host::properties(std::string const& metric) const {
  auto p = params<CUpti_Profiler_Host_GetMetricProperties_Params>();
  p.pHostObject = object_;
  p.pMetricName = metric.c_str();
  auto const code = call(library().cuptiProfilerHostGetMetricProperties, p);
  if (code == CUPTI_ERROR_INVALID_METRIC_NAME) return std::nullopt;
  check(code, "cuptiProfilerHostGetMetricProperties", metric);
  return metric_properties{text(p.pDescription), text(p.pHwUnit), text(p.pDimUnit), kind_of(p.metricType)};
}

void host::add_metrics(std::span<std::string const> metrics) {
  if (metrics.empty()) return;
  for (auto const& name : metrics) {
    // From 13.0 on a name without rollup has properties too, but cannot be collected.
    if (name.find('.') == std::string::npos || !properties(name)) {
      throw usage_error("the chip " + chip_ + " has no metric \"" + name + "\"; `flopwatch metrics --chip " +
                        chip_ + " --list` lists those it has");
    }
  }
  auto names = pointers(metrics);
  auto p = params<CUpti_Profiler_Host_ConfigAddMetrics_Params>();
  p.pHostObject = object_;
  p.ppMetricNames = names.data();
  p.numMetrics = names.size();
  check(library().cuptiProfilerHostConfigAddMetrics(&p), "cuptiProfilerHostConfigAddMetrics", chip_);
}

std::vector<std::uint8_t> host::config_image() const {
  auto const& cupti = library();
  auto size = params<CUpti_Profiler_Host_GetConfigImageSize_Params>();
  size.pHostObject = object_;
  check(cupti.cuptiProfilerHostGetConfigImageSize(&size), "cuptiProfilerHostGetConfigImageSize", chip_);
  std::vector<std::uint8_t> image(size.configImageSize);
  auto p = params<CUpti_Profiler_Host_GetConfigImage_Params>();
  p.pHostObject = object_;
  p.configImageSize = image.size();
  p.pConfigImage = image.data();
  check(cupti.cuptiProfilerHostGetConfigImage(&p), "cuptiProfilerHostGetConfigImage", chip_);
  return image;
}

std::vector<double> host::evaluate(std::span<std::uint8_t const> counter_data, std::size_t range,
                                   std::span<std::string const> metrics) const {
  auto names = pointers(metrics);
  std::vector<double> values(names.size());
  auto p = params<CUpti_Profiler_Host_EvaluateToGpuValues_Params>();
  p.pHostObject = object_;
  p.pCounterDataImage = counter_data.data();
  p.counterDataImageSize = counter_data.size();
  p.rangeIndex = range;
  p.ppMetricNames = names.data();
  p.numMetrics = names.size();
  p.pMetricValues = values.data();
  check(library().cuptiProfilerHostEvaluateToGpuValues(&p), "cuptiProfilerHostEvaluateToGpuValues", chip_);
  return values;
}

}  // namespace flopwatch::cupti
