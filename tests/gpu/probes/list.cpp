// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "gpu/probes/probes.hpp"

namespace gpu_probes {
namespace {

// By worth: what counts would be wrong about first, then what could make counting cheaper, then who may
// count, then what would only be good to know. The last two take a minute or more, and a run can be cut off
// in them.
constexpr std::array list{
    probe{"graph_launch", "What does the launch of a graph of three kernels give in each mode?",
          graph_launch},
    probe{"callback_order",
          "With several launching threads, is the order of ENTER callbacks that of the ranges?",
          callback_order},
    probe{"unsynchronised_stop", "Does cuptiRangeProfilerStop wait for kernels that still run?",
          unsynchronised_stop},
    probe{"start_stop_in_exit_callback", "Can Stop and Start be called in the EXIT callback of a launch?",
          start_stop_in_exit_callback},
    probe{"cooperative_launch",
          "Are cooperative launches counted, under user replay and under kernel replay?", cooperative_launch},
    probe{"hfma2_on_tensor_pipe", "Do HFMA2 instructions add to the counters of the tensor cores?",
          hfma2_on_tensor_pipe},
    probe{"activity_beside_profiler", "Do kernel Activity records work beside the range profiler?",
          activity_beside_profiler},
    probe{"permission", "Which calls are refused to this user, and which rights does the process have?",
          permission},
    probe{"push_copies_name", "Does cuptiRangeProfilerPushRange copy the name?", push_copies_name},
    probe{"old_struct_sizes", "Which values of structSize does this CUPTI accept?", old_struct_sizes},
    probe{"availability_image", "Does the counter availability image change the metrics, plans or passes?",
          availability_image},
    probe{"sass_metrics_api", "Does the SASS metrics API work for this user, and count the same?",
          sass_metrics_api},
    probe{"second_process", "What does a second process get while the profiler is enabled in a first one?",
          second_process},
    probe{"null_context", "Is a NULL context legal in cuptiRangeProfilerEnable?", null_context},
    probe{"packed_fp32", "What does one packed fp32 instruction (FFMA2, FADD2, FMUL2) count?", packed_fp32},
    probe{"max_ranges_limit", "How many ranges can one pass take at most?", max_ranges_limit},
    probe{"result_codes", "Which codes answer the mistakes whose codes are not documented?", result_codes},
};

}  // namespace

std::span<probe const> all_probes() { return list; }

}  // namespace gpu_probes
