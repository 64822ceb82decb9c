// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "gpu/probes/probe.hpp"

namespace gpu_probes {

/// Sets how long all children together may take from now on; without it, each has its own patience.
void limit_children(double seconds);
/// What of that is left; infinity without a limit.
[[nodiscard]] double left_for_children_s();

/// Asks in a child process, so that a crash or a hang is an answer too: {"ended_by_signal": 11},
/// {"no_answer_after_s": 60}, or {"not_asked": "why"} when `ask` throws, or
/// less than a second is left. This process must not have used the
/// driver yet. \throws flopwatch::error with the code no_device when there is no GPU or driver
[[nodiscard]] json in_own_child(std::function<json()> const& ask, unsigned patience_s = 60);
/// The same; what `ask` left in the mark before a crash or a hang is added as "left_mark", unless it is 0.
[[nodiscard]] json in_own_child(std::function<json(std::atomic<std::int64_t>&)> const& ask,
                                unsigned patience_s = 60);

/// "this_way, that_way: works, and the counts are right; another_way: hangs." of facts by the name of what
/// was tried, each with a "clause" or without an answer.
[[nodiscard]] std::string sentence_of(json const& facts);

/// Asks `ask(s, way)` in a child for each of `ways`, which have a `name`.
template <class Ways, class Ask>
[[nodiscard]] finding ask_each_way(setting const& s, Ways const& ways, Ask const& ask) {
  finding out;
  for (auto const& how : ways) out.facts[how.name] = in_own_child([&] { return ask(s, how); });
  out.answer = sentence_of(out.facts);
  return out;
}

}  // namespace gpu_probes
