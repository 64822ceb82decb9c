// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "flopwatch/report.hpp"
#include "text/page.hpp"

namespace flopwatch::report {

/// The table of modules and the signs that it uses.
void module_table(text::page& p, analysis const& a, text_options const& options);

}  // namespace flopwatch::report
