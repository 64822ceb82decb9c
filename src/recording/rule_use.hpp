// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace flopwatch::detail {

class recording;

/// The user's operator rules that no call asked in a recording that has ended, one text each: the name, and
/// the nearest operator that ran, or the counted operator that its calls ran inside.
[[nodiscard]] std::vector<std::string> rules_never_asked(recording const& ended);

}  // namespace flopwatch::detail
