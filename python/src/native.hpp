// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pybind11/pybind11.h>

/// \file
/// The parts of the module `flopwatch._native`, one function for each.

namespace flopwatch::python {

/// Exceptions become the classes of flopwatch/_errors.py.
void bind_errors(pybind11::module_& m);
/// ThopRule: the baseline's rules on shapes.
void bind_rules(pybind11::module_& m);
/// ModuleTree: a watched tree as it was read.
void bind_tree(pybind11::module_& m);
/// Session: recording.
void bind_session(pybind11::module_& m);
/// Result: a closed capture and what follows from it.
void bind_result(pybind11::module_& m);
/// merge, diff: many captures.
void bind_captures(pybind11::module_& m);
/// reduce_capture: the tables that stand for one capture among those of many ranks.
void bind_reduction(pybind11::module_& m);
/// audit: claims next to what ran.
void bind_audits(pybind11::module_& m);
/// operator_treatment: how an operator is counted, by its name.
void bind_operator_table(pybind11::module_& m);
/// enter, leave, ...: what the module hooks call.
void bind_scopes(pybind11::module_& m);
/// with_cleanup, ...: calls of Python code after which something must be undone.
void bind_cleanup(pybind11::module_& m);
/// chip_peaks, chip_of_device: the table of peaks.
void bind_peaks(pybind11::module_& m);
/// Block: the base class of what a `with` statement opens.
void bind_block(pybind11::module_& m);
/// RegionWork: what a compiled region does in each run.
void bind_regions(pybind11::module_& m);

}  // namespace flopwatch::python
