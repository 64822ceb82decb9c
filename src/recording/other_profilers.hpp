// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iosfwd>
#include <set>
#include <string>
#include <string_view>

/// \file
/// Other profilers in this process, which can spoil the counters of a GPU. All functions are thread-safe.

namespace flopwatch::detail {

/// Names a profiler that is at work on the calling thread; null without one.
using profiler_probe = char const* (*)();

/// Adds a probe for the rest of the process; one that is registered twice is kept once.
void register_profiler_probe(profiler_probe probe);

/// A profiler was met that no probe has to find.
void saw_profiler(std::string_view name) noexcept;

/// Asks the probes, for profilers that end before `other_profilers` is called. Takes a lock.
void meet_profilers() noexcept;

/// Forgets those that were met: a session begins.
void forget_met_profilers() noexcept;

/// Those at work now, by the probes and by the libraries that are loaded, and those that were met since the
/// last call.
[[nodiscard]] std::set<std::string> other_profilers();

/// Tools whose library is in a list of the process's mappings, as /proc/self/maps has it.
[[nodiscard]] std::set<std::string> profilers_loaded(std::istream& maps);

}  // namespace flopwatch::detail
