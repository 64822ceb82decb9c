// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "driver/handles.hpp"

namespace standin {

/// MODULE_LOADED, once: with lazy loading (the default, CUDA_MODULE_LOADING) not before the first launch.
void announce_module(CUmod_st& module);

}  // namespace standin
