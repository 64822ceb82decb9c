// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/link.hpp"

namespace standin {

/// What the driver calls.
[[nodiscard]] cupti_hooks const& cupti_side();

// callbacks.cpp
bool wants_callback(std::uint32_t cbid);
void api_callback(api_call& call, int site);
void resource_callback(std::uint32_t cbid, CUcontext context, CUstream stream, void* descriptor);
void forget_subscriber();

// range_kernel.cpp
unsigned passes_of_kernel(context_info& context);
void count_kernel(kernel_run const& run);
void waited_for(context_info& context, CUstream stream, bool all);
void context_gone(context_info& context);
void forget_range_objects();

// profiler.cpp
void forget_profiler();
// host.cpp
void forget_host();

}  // namespace standin
