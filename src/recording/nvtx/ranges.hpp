// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capture/range_message.hpp"
#include "recording/scope_tree.hpp"

/// \file
/// The NVTX ranges of scopes, with the messages of capture/range_message.hpp. Nsight shows them, and a
/// recording that sees nothing but NVTX rebuilds the scope tree from them.

namespace flopwatch::detail::nvtx {

/// True when a tool receives NVTX ranges in this process. The first call starts NVTX.
[[nodiscard]] bool attached() noexcept;

/// \returns true when a range was pushed, which `pop` on the same thread must take back
bool push(scope_node const& node);
/// The same for a scope that no recording knows: a module is then "(Type)", below the range around it.
bool push(scope_label const& label);
void pop() noexcept;

}  // namespace flopwatch::detail::nvtx
