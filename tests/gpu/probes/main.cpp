// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Asks what only a GPU can answer, one question a process: a crash or a hang is an answer as well.
#include <iostream>

#include "gpu/probes/program.hpp"

int main(int argc, char** argv) { return gpu_probes::run_program(argc, argv, std::cout, std::cerr); }
