// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "flopwatch/report.hpp"
#include "text/page.hpp"

/// \file
/// The parts of a text report, in the order in which they stand.

namespace flopwatch::report {

/// Program, baseline, device and date; that figures are made up, or not exact.
void header_section(text::page& p, analysis const& a);
/// Exact totals of each column, each class of arithmetic apart, and what the baseline itself prints.
void totals_section(text::page& p, analysis const& a);
/// Why the columns differ: every verdict of the whole with its exact amount, and their sum.
void explanation_section(text::page& p, analysis const& a);
/// Operators that no rule counts.
void operators_section(text::page& p, analysis const& a);
/// Which kernels each operator launched, and those that no operator did.
void kernels_section(text::page& p, analysis const& a);
void losses_section(text::page& p, analysis const& a);

}  // namespace flopwatch::report
