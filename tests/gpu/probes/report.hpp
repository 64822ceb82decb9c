// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include <cuda.h>

#include "cupti/api.hpp"
#include "gpu/probes/probe.hpp"

namespace gpu_probes {

/// {"code": 7, "name": "CUPTI_ERROR_INVALID_OPERATION"}
[[nodiscard]] json code_of(CUptiResult code);
/// {"code": 201, "name": "CUDA_ERROR_INVALID_CONTEXT"}
[[nodiscard]] json code_of(CUresult code);

/// "CUPTI_ERROR_INVALID_OPERATION (7)"
[[nodiscard]] std::string words_for(CUptiResult code);

/// A counter's value: a whole number wherever it is one; null for NaN.
[[nodiscard]] json number(double value);

/// "1 range", "3 ranges"
[[nodiscard]] std::string counted_word(std::size_t count, std::string const& word);

}  // namespace gpu_probes
