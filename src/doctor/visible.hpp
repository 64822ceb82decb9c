// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "doctor/facts.hpp"

namespace flopwatch::doctor {

/// What is wrong with a value of CUDA_VISIBLE_DEVICES, as a clause; "" if it is correct. CUDA silently stops
/// reading at the first entry that names no device. \param gpus all GPUs of the machine; empty: unknown
[[nodiscard]] std::string visible_devices_error(std::string_view value,
                                                std::vector<physical_gpu> const& gpus);

}  // namespace flopwatch::doctor
