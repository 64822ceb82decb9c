// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pybind11/pybind11.h>

#include "flopwatch/report.hpp"

namespace flopwatch::python {

/// The totals of the three columns, without the report in JSON, which takes long where a model has many
/// modules:
/// ((multiply-add FLOPs, other FLOPs, all FLOPs, {format: multiply-add FLOPs}), (MACs, other FLOPs,
/// {format: MACs}), (MACs, operations)) of measured, operator and formula. None for a column that is absent,
/// and for a number that was not collected; no parts of 0.
[[nodiscard]] pybind11::tuple totals_of(analysis const& a);

}  // namespace flopwatch::python
