// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "driver/driver.hpp"

namespace standin {

[[nodiscard]] CUcontext make_context(int device, unsigned flags, bool primary);
/// CONTEXT_DESTROY_STARTING, and then it is dead.
void end_context(CUcontext context);
/// CUPTI's users enable a context in CONTEXT_CREATED and disable it in CONTEXT_DESTROY_STARTING (NVIDIA's
/// profiling_injection sample does), so it is current to the thread there [inference].
void announce_current(std::uint32_t cbid, CUcontext context);
void forget_primary_contexts();

}  // namespace standin
