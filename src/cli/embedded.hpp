// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

/// \file
/// Files that the build puts into the program (cmake/EmbedFile.cmake).

namespace flopwatch::embedded {

extern unsigned char const cli_documentation[];  ///< docs/cli.md
extern std::size_t const cli_documentation_size;
extern unsigned char const demo_capture[];  ///< tests/captures/attention-cpu.flops
extern std::size_t const demo_capture_size;
extern unsigned char const python_start[];  ///< python/flopwatch/_run/start/sitecustomize.py
extern std::size_t const python_start_size;

}  // namespace flopwatch::embedded
