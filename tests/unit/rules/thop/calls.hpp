// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <utility>

#include "flopwatch/module_rule.hpp"

namespace flopwatch::test {

inline module_call call_of(shape in, shape out) {
  module_call call;
  call.inputs = {std::move(in)};
  call.outputs = {std::move(out)};
  return call;
}

inline constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

}  // namespace flopwatch::test
