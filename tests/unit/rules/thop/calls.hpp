// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <utility>

#include "flopwatch/module_rule.hpp"

namespace flopwatch::test {

inline module_call call_of(shape in, shape out) {
  return {.type = {}, .inputs = {std::move(in)}, .outputs = {std::move(out)}, .packed = {}};
}

inline constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

}  // namespace flopwatch::test
