// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

/// \file
/// Text of synthetic files of Nsight Compute.

namespace flopwatch::test {

inline constexpr auto fadd = "sm__sass_thread_inst_executed_op_fadd_pred_on.sum";
inline constexpr auto fmul = "sm__sass_thread_inst_executed_op_fmul_pred_on.sum";
inline constexpr auto ffma = "sm__sass_thread_inst_executed_op_ffma_pred_on.sum";
inline constexpr auto hfma = "sm__sass_thread_inst_executed_op_hfma_pred_on.sum";
inline constexpr auto pipe = "sm__inst_executed_pipe_tensor.sum";
inline constexpr auto bf16 = "sm__ops_path_tensor_src_bf16_dst_fp32.sum";
inline std::string const long_header =
    "\"ID\",\"Process ID\",\"Kernel Name\",\"Context\",\"Stream\",\"Block Size\",\"Grid Size\",\"CC\",\"Section Name\","
    "\"Metric Name\",\"Metric Unit\",\"Metric Value\"\n";

/// A row of the long form.
inline std::string row(int id, std::string const& kernel, std::string const& metric, std::string const& value,
                       std::string const& unit = "inst", std::string const& capability = "8.0") {
  return "\"" + std::to_string(id) + "\",\"1\",\"" + kernel +
         "\",\"1\",\"7\",\"(128, 1, 1)\",\"(2, 3, 1)\",\"" + capability +
         "\",\"Command line profiler metrics\",\"" + metric + "\",\"" + unit + "\",\"" + value + "\"\n";
}

}  // namespace flopwatch::test
