// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gpu/probes/probe.hpp"

/// \file
/// The probes, one in each file. list.cpp has what each asks.

namespace gpu_probes {

[[nodiscard]] finding packed_fp32(setting const& s);
[[nodiscard]] finding hfma2_on_tensor_pipe(setting const& s);
[[nodiscard]] finding null_context(setting const& s);
[[nodiscard]] finding push_copies_name(setting const& s);
[[nodiscard]] finding max_ranges_limit(setting const& s);
[[nodiscard]] finding callback_order(setting const& s);
[[nodiscard]] finding cooperative_launch(setting const& s);
[[nodiscard]] finding graph_launch(setting const& s);
[[nodiscard]] finding sass_metrics_api(setting const& s);
[[nodiscard]] finding start_stop_in_exit_callback(setting const& s);
[[nodiscard]] finding activity_beside_profiler(setting const& s);
[[nodiscard]] finding old_struct_sizes(setting const& s);
[[nodiscard]] finding result_codes(setting const& s);
[[nodiscard]] finding unsynchronised_stop(setting const& s);
[[nodiscard]] finding permission(setting const& s);
[[nodiscard]] finding availability_image(setting const& s);
[[nodiscard]] finding second_process(setting const& s);

}  // namespace gpu_probes
