// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iosfwd>

namespace gpu_probes {

/// The program: `--list`, or one probe by name. Findings and the list go to `out` as JSON, causes to `err`.
/// \returns 0 asked and answered, 1 the question could not be asked, 2 wrong usage, 3 no GPU or driver
[[nodiscard]] int run_program(int argc, char const* const* argv, std::ostream& out, std::ostream& err);

}  // namespace gpu_probes
