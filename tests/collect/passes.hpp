// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "collect/graph_of.hpp"
#include "collect/seed_model.hpp"
#include "flopwatch/scope.hpp"

namespace flopwatch::test {

/// A metric that takes several passes.
inline constexpr char const* throughput = "sm__throughput.avg.pct_of_peak_sustained_elapsed";

class passes : public seed_model {
 protected:
  // Passes that differ end at once, and their image, which is kept as lossy, is read before all are complete.
  static void allow_early_reading() {
    EXPECT_EQ(standin_violations(), standin_violations_of(20));
    standin_clear_violations();
  }
  void SetUp() override {
    seed_model::SetUp();
    standin_kernel_value("a", throughput, 3, 0);
    standin_kernel_value("b", throughput, 5, 0);
    standin_kernel_value("a", fadd_sum, 1, 0);
  }
  static flopwatch::session_options options() {
    return {.device = "cuda:0", .metrics = throughput, .warmup = 0};
  }
};

}  // namespace flopwatch::test
