// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "flopwatch/report.hpp"
#include "text/page.hpp"

/// \file
/// The parts of a text report, in order.

namespace flopwatch::report {

/// Program, baseline, device and date; whether figures are made up, or not exact.
void header_section(text::page& p, analysis const& a);
/// The table of modules and the signs that it uses.
void module_table(text::page& p, analysis const& a, text_options const& options);
/// Of a merged capture: the figures of each process, and why some differ.
void ranks_section(text::page& p, analysis const& a);
/// Exact totals of each column by class of arithmetic, and what the baseline itself prints.
void totals_section(text::page& p, analysis const& a);
/// Why the columns differ: every verdict of the root with its exact amount, and their sum.
void explanation_section(text::page& p, analysis const& a);
/// Operators that no rule counts.
void operators_section(text::page& p, analysis const& a);
/// Which kernels each operator launched, and which kernels no operator launched.
void kernels_section(text::page& p, analysis const& a);
void losses_section(text::page& p, analysis const& a);

}  // namespace flopwatch::report
