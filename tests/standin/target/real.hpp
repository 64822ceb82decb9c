// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace standin {

/// A function of the real CUPTI, or null where there is none. The real library is opened by its full path,
/// with libnvperf_host and libnvperf_target of its own folder before it: CUPTI itself opens those by their
/// bare names, and would take a foreign copy (measured).
[[nodiscard]] void* real_function(char const* name);
/// Whether it was opened already.
[[nodiscard]] bool real_is_open();

template <class Function>
[[nodiscard]] Function* real(char const* name) {
  return reinterpret_cast<Function*>(real_function(name));
}

}  // namespace standin

/// The real function of this name.
#define STANDIN_REAL(name) standin::real<decltype(name)>(#name)
