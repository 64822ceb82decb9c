// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "flopwatch/flopwatch.hpp"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  auto const result = flopwatch::result::open(argv[1]);
  std::cout << result.total().operator_macs << '\n';
}
