// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include <gmock/gmock.h>

#include "collect/program.hpp"
#include "unit/cupti/synthetic_cubin.hpp"

/// \file
/// For tests of long runs, in which each distinct launch is measured a few times.

namespace flopwatch::test {

class reuse_of_counts : public collect {
 protected:
  void SetUp() override {
    collect::SetUp();
    standin_kernel_value("_Z4gemmv", ffma_sum, 1000, 2);
    standin_kernel_value("_Z3addv", fadd_sum, 7, 0);
  }
  static session_options options() {
    session_options o{.device = "cuda:0", .metrics = "cuda-core", .replay = replay_mode::reuse};
    o.reuse.seed = 1;
    return o;
  }
  [[nodiscard]] recorded run(session_options const& o, std::function<void()> const& body) const {
    session session(o);
    session.start();
    body();
    return record_of(session.stop());
  }
};

/// The image of a module with one kernel of two parameters: a pointer and a number.
/// \param section with this name it is another image
inline std::string module_with(std::string const& kernel, std::string const& section = ".text") {
  synthetic_attributes attributes;
  attributes.parameter(1, 8, 4);
  attributes.parameter(0, 0, 8);
  attributes.total(12);
  synthetic_cubin cubin;
  cubin.add_kernel(kernel, attributes);
  cubin.add(section, "code");
  return cubin.bytes();
}

inline void launch(CUfunction function, void* pointer, int depth) {
  void* params[] = {&pointer, &depth};
  must(cuLaunchKernel(function, 4, 1, 1, 32, 1, 1, 0, nullptr, params, nullptr), "cuLaunchKernel");
}

}  // namespace flopwatch::test
