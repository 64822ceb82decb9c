// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "driver/handles.hpp"

namespace standin {

/// A handle for a function that is asked for the first time: a new one, or where a test chose so the one that
/// was given back last.
[[nodiscard]] std::unique_ptr<CUfunc_st> take_function();
/// The module was unloaded: where a test chose so, its handles may be those of other functions from now on.
void give_back_functions(CUmod_st& module);
void forget_functions();

}  // namespace standin
