// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pybind11/pybind11.h>

#include "flopwatch/live.hpp"

namespace flopwatch::python {

/// The fields of `work`, with parts as (phase, precision, multiply-add, other and outside FLOPs).
[[nodiscard]] pybind11::dict reading_of(reused_work const& work);
/// Pairs: operators as (name, status, phase, precision, MACs, useful MACs, other FLOPs), and errors.
[[nodiscard]] pybind11::tuple reading_of(operators_reading const& read);
/// ReuseMark.
void bind_readings(pybind11::module_& m);

}  // namespace flopwatch::python
