// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "metrics/instruction_name.hpp"

namespace flopwatch::metrics {
namespace {

bool drop_front(std::string_view& text, std::string_view part) {
  if (!text.starts_with(part)) return false;
  text.remove_prefix(part.size());
  return true;
}

bool drop_back(std::string_view& text, std::string_view part) {
  if (!text.ends_with(part)) return false;
  text.remove_suffix(part.size());
  return true;
}

bool drop_unit(std::string_view& metric) {
  return drop_front(metric, "smsp__") || drop_front(metric, "sm__");
}

}  // namespace

std::string_view cuda_core_operation(std::string_view metric) {
  if (!drop_unit(metric) || !drop_front(metric, "sass_thread_inst_executed_op_")) return {};
  return drop_back(metric, "_pred_on.sum") ? metric : std::string_view();
}

bool counts_tensor_instructions(std::string_view metric) {
  if (!drop_unit(metric) || !drop_front(metric, "inst_executed_pipe_tensor")) return false;
  return drop_back(metric, ".sum") && metric.find("imma") == std::string_view::npos;
}

bool starts_tensor_work(std::string_view metric) {
  return drop_front(metric, "smsp__sass_inst_executed_op_") && metric.find("mma") != std::string_view::npos;
}

bool tells_tensor_activity(std::string_view metric) {
  auto const has = [&](std::string_view part) { return metric.find(part) != std::string_view::npos; };
  if (!has("pipe_tensor") || has("imma") || metric.starts_with("derived__")) return false;
  return has("cycles_active") || has("pct_of_peak");
}

}  // namespace flopwatch::metrics
