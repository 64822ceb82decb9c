// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0

// The program that README.md shows, with the table that it prints.

#include <iostream>

#include "attention/model.hpp"  // an attention block, written as for torch::nn

int main() {
  sample::CustomModule model(sample::sizes{});
  auto const x = torch::randn({1, 640, 768});
  flopwatch::session session;  // {{.device = "cuda:1"}} where there is a GPU
  session.watch(model);        // names the modules
  auto const result = session.count([&] { model(x); });
  std::cout << result.report();
}
