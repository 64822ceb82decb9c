// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace flopwatch::capture_detail {

/// Moves `part`, a capture for `target` that is not what was asked for, to "run.flops.unfinished" beside the
/// target, or to the next name that is free ("run.flops.unfinished-2"), with what SQLite keeps next to it.
/// Replaces no capture. \returns where it is \throws capture_error; then it stays
[[nodiscard]] std::filesystem::path put_aside(std::filesystem::path const& part,
                                              std::filesystem::path const& target);

}  // namespace flopwatch::capture_detail
