// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "flopwatch/report.hpp"

namespace flopwatch::test {

/// A made-up analysis with anything in it: deep and wide trees, huge and tiny counts, hostile names.
[[nodiscard]] analysis random_analysis(std::uint32_t seed);

}  // namespace flopwatch::test
