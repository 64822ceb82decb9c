// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/app.hpp"
#include "cli/memory.hpp"

int main(int argc, char** argv) {
  flopwatch::cli::end_when_out_of_memory();
  return flopwatch::cli::run(argc, argv);
}
