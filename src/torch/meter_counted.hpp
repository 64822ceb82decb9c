// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "flopwatch/live.hpp"
#include "flopwatch/result.hpp"
#include "torch/meter_steps.hpp"

namespace flopwatch::torch_layer {

/// What the operators of one step did: of a session that recorded it alone, and of one that goes on.
[[nodiscard]] counted_step counted_of(result const& counted);
[[nodiscard]] counted_step counted_of(operators_reading const& read);

}  // namespace flopwatch::torch_layer
