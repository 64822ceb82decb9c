// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <pybind11/pybind11.h>

namespace flopwatch::python {

/// The shapes of one module call as `scope_token::finished_call` takes them.
/// Tensors are those among the positional arguments, and those that the call returned, in tuples, lists and
/// dicts too; the first argument may be a packed sequence. With the GIL. \returns false where a shape cannot
/// be read (symbolic sizes, a tensor subclass with none)
bool call_words(pybind11::handle args, pybind11::handle output, std::vector<std::int64_t>& words);

}  // namespace flopwatch::python
