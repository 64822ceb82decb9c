// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace flopwatch::python {

/// What a rule written in Python gave for the call that ends now. The hook sets it, then ends the call; the
/// module's rule in the watched tree hands it on. Both happen on one thread.
struct formula_answer {
  std::int64_t amount = 0;
  std::optional<std::string> failure;
};

extern thread_local std::optional<formula_answer> pending_answer;

}  // namespace flopwatch::python
