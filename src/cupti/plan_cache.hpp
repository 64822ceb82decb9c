// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "cupti/chip_plan.hpp"

namespace flopwatch::cupti {

/// The plan of `make_plan`, which takes up to a second, made once in the process for each chip, request and
/// availability: a program that counts a thousand small calls waits for it once. Thread-safe. Keeps 32 plans.
/// \throws as make_plan, which is asked again next time
[[nodiscard]] std::shared_ptr<chip_plan const> plan_of(std::string const& chip, metric_request const& request,
                                                       std::span<std::uint8_t const> availability);

}  // namespace flopwatch::cupti
