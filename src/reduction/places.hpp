// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "flopwatch/attribution.hpp"

namespace flopwatch::reduction {

/// The place of each row in its tree, which names the same row in the tree of another rank: the labels from
/// below the root on, joined by "/". A "/", "#" or "\\" of a label has a "\\" before it; the second of two
/// siblings with one label ends in "#2". The root's place is "".
[[nodiscard]] std::vector<std::string> places_of(std::vector<module_row> const& rows);

}  // namespace flopwatch::reduction
