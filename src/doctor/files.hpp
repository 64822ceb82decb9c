// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>

#include "doctor/facts.hpp"

namespace flopwatch::doctor {

/// Reads the files below /proc: kernel module, GPUs, permission, WSL, processes. What cannot be read stays
/// unknown. \param root "/", or a made-up tree
void read_machine(doctor_facts& f, std::filesystem::path const& root);

/// \param variable as getenv \param root as above, for the pipe of MPS
[[nodiscard]] environment_facts read_environment(std::function<char const*(char const*)> const& variable,
                                                 std::filesystem::path const& root);

}  // namespace flopwatch::doctor
