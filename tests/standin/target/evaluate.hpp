// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <cupti_result.h>

namespace standin {

/// A cuptiProfilerHostInitialize has succeeded: nvperf is loaded.
[[nodiscard]] bool host_initialised();

/// Evaluates an image of the stand-in.
[[nodiscard]] CUptiResult evaluate(char const* function, std::string const& chip, std::uint8_t const* bytes,
                                   std::size_t size, std::size_t range, char const** metrics,
                                   std::size_t count, double* values);

}  // namespace standin
