// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "flopwatch/executed.hpp"
#include "flopwatch/report.hpp"
#include "text/page.hpp"

/// \file
/// The parts of a text report, in order.

namespace flopwatch::report {

/// Program, baseline, device and date; whether figures are made up, or not exact.
void header_section(text::page& p, analysis const& a, executed_work const& whole);
/// The table of modules and the signs that it uses.
void module_table(text::page& p, analysis const& a, text_options const& options);
/// Of a merged capture: the figures of each process, and why some differ.
void ranks_section(text::page& p, analysis const& a);
/// A flat table, what its signs mean and what it does not show.
void flat_section(text::page& p, analysis const& a, flat_by by, text_options const& options);
/// What ran, taken apart; nothing without an operator column.
[[nodiscard]] executed_work executed_as_a_whole(analysis const& a);
/// How much ran, and how much of it was useful; nothing where nothing ran. \param tensor_masks
/// calls_with_tensor_masks
void executed_headline(text::page& p, executed_work const& whole, bool exact, std::int64_t tensor_masks);
/// The exact FLOPs of each part of what ran.
void executed_section(text::page& p, executed_work const& whole);
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
