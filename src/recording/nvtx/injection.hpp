// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace flopwatch::detail::nvtx_injection {

/// NVTX calls it once for each part of the program that contains NVTX; `get` gives its tables.
/// \returns 0: NVTX stays off
int attach(void const* (*get)(std::uint32_t table));

}  // namespace flopwatch::detail::nvtx_injection
