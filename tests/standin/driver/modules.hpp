// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "driver/handles.hpp"

namespace standin {

/// MODULE_LOADED, once: with lazy loading (the default, CUDA_MODULE_LOADING) not before the first launch.
void announce_module(CUmod_st& module);
/// The same for the module of a library in a context, which is made at the first launch there.
void announce_library(CUlib_st& library, CUcontext context);

[[nodiscard]] std::uint32_t next_module_id();
/// CUPTI's resource callbacks MODULE_LOADED and MODULE_UNLOAD_STARTING.
void tell_of_module(std::uint32_t cbid, CUcontext context, std::uint32_t id, std::string const& image);
/// Whether there is such a kernel in any module.
[[nodiscard]] bool has_kernel(char const* name);

}  // namespace standin
