// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "gpu/probes/probe.hpp"

namespace gpu_probes {

/// Asks in a child process, so that a crash or a hang is an answer too: {"ended_by_signal": 11},
/// {"no_answer_after_s": 60}, or {"not_asked": "why"} when `ask` throws. This process must not have used the
/// driver yet. \throws flopwatch::error with the code no_device when there is no GPU or driver
[[nodiscard]] json in_own_child(std::function<json()> const& ask, unsigned patience_s = 60);

/// "this_way, that_way: works, and the counts are right; another_way: hangs." of facts by the name of what
/// was tried, each with a "clause" or without an answer.
[[nodiscard]] std::string sentence_of(json const& facts);

}  // namespace gpu_probes
