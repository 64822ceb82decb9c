// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flopwatch::inject {

/// The environment variable that holds a run_request.
inline constexpr char const* request_variable = "FLOPWATCH_RUN";
/// Id of the process that records itself (a Python program): the library leaves it alone.
inline constexpr char const* owner_variable = "FLOPWATCH_RUN_OWNER";

/// What `flopwatch run` asks of the processes that it starts.
struct run_request {
  std::string capture;    ///< pattern of each process's file: %h host, %p process, %r rank
  std::string device;     ///< "cuda:N"; "cpu": nothing is measured; "": cuda:0, or the model's own
  std::string metrics;    ///< as session_options::metrics
  std::string replay;     ///< "auto", "none", "iteration", "kernel", "reuse"
  std::string iteration;  ///< as session_options::iteration
  std::string raw;        ///< "sample", "all", "none"
  int scope_depth = 0;    ///< as session_options::scope_depth
  double budget = 0;      ///< of replay "reuse"; 0: the default
  std::vector<std::string> nvtx_domains;  ///< whose ranges are scopes; "" is the default domain; empty: all
  std::string scope_regex;                ///< of the messages of ranges that are scopes; "": all
  bool profile_from_start = true;         ///< false: from cudaProfilerStart on
  std::string kernel_regex;               ///< of the kernels that are measured; "": all
  std::int64_t launch_skip = 0;           ///< of those, that many are not measured first
  std::int64_t launch_count = -1;         ///< then that many are; -1: all
  std::int64_t longest_start_ms = 60000;  ///< a program that waits longer for the counters goes on
  std::vector<std::string> roots;         ///< of a Python program: variables that hold its models
  std::vector<std::string> program;       ///< the command
};

[[nodiscard]] std::string to_json(run_request const& request);
/// \throws usage_error for text that `to_json` never makes
[[nodiscard]] run_request request_from_json(std::string_view json);

}  // namespace flopwatch::inject
