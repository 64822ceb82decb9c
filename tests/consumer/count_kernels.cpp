// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// docs/start/cuda.md shows its middle. On the device "cpu" nothing is measured, and the scope is there.
#include <iostream>
#include <string>

#include "flopwatch/flopwatch.hpp"

static void launch_kernels() {}

int main(int argc, char** argv) {
  std::string const device = argc > 1 ? argv[1] : "cuda:0";
  flopwatch::session session{{.device = device}};  // "cuda:0"
  auto const result = session.count([] {
    flopwatch::scope forward{"forward"};  // an NVTX range, too
    launch_kernels();
  });
  std::cout << result.report();
}
