// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gmock/gmock.h>

#include "collect/program.hpp"
#include "flopwatch/scope.hpp"

namespace flopwatch::test {

class iterations : public collect {
 protected:
  void SetUp() override {
    collect::SetUp();
    standin_kernel_value("a", fadd_sum, 3, 0);
    standin_kernel_value("gemm", tensor_bf16, 1024, 0);
  }
  static flopwatch::session_options options() { return {.device = "cuda:0", .iteration = "step"}; }
};

/// A session whose iterations have that name, with one group of metrics.
inline flopwatch::session_options marked(char const* name) {
  return {.device = "cuda:0", .metrics = "cuda-core", .iteration = name};
}

}  // namespace flopwatch::test
