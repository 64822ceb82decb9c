// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "doctor/facts.hpp"

namespace flopwatch::doctor {

/// What is wrong with a value of CUDA_VISIBLE_DEVICES, a clause; "" when nothing is. CUDA stops reading at
/// the first entry that names no device, without a word. \param gpus all of the machine; empty: not known
[[nodiscard]] std::string visible_devices_trouble(std::string_view value,
                                                  std::vector<physical_gpu> const& gpus);

}  // namespace flopwatch::doctor
