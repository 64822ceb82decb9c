// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <cupti_result.h>

#include "common/link.hpp"

/// \file
/// How every function of CUPTI's side begins, and how it refuses.

namespace standin {

/// The driver, once it was found; null before, and where there is none.
[[nodiscard]] driver_link const* driver();
/// Looks for libcuda.so.1 as the real CUPTI does, and gives it our hooks.
/// \param load false: only one that is in the process already
driver_link const* find_driver(bool load);

/// The driver's control object; one of our own while there is no driver.
[[nodiscard]] control& state();

/// What the real library answers to target calls without a driver: 15 on 12.x, 999 on 13.x (measured).
[[nodiscard]] CUptiResult no_driver_code();
[[nodiscard]] bool has_driver();

/// Logs the rule break and answers `code`.
CUptiResult refuse(int rule, char const* function, int code, std::string const& text);
/// For what crashes the real library: aborts with a message; logged and answered where a test chose so.
CUptiResult crash(int rule, char const* function, int code, std::string const& text);

/// Rule 35: what CUPTI does to collect (it synchronises, allocates, submits work of its own) is forbidden
/// while a stream is captured: cuda.h and the programming guide forbid such calls of anybody. [inference]
/// that CUPTI's make no difference; it breaks every open capture here, and goes on.
void disturb_captures(char const* function, char const* what);

/// Faults, and libraries from 13.2 on without a driver, which answer 999 to everything (measured).
[[nodiscard]] CUptiResult begin(char const* function);

/// Rule 1 and 2: what begins every params struct.
[[nodiscard]] CUptiResult check_struct(char const* function, void const* params, std::size_t size,
                                       std::size_t old_size, std::size_t new_size, int new_since);

}  // namespace standin
