// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace flopwatch::cli {

/// From now on the program ends with a sentence on standard error and exit code 2 where memory runs out. An
/// exception would not do: destructors of JSON values allocate, and an exception there aborts the program.
void end_when_out_of_memory() noexcept;

}  // namespace flopwatch::cli
