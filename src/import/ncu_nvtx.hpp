// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flopwatch::importing {

/// A range that was open around a launch.
struct open_range {
  std::string domain;  ///< "<default domain>" for the one without a name
  std::string name;
  friend bool operator==(open_range const&, open_range const&) = default;
};

/// The ranges of one thread, the outermost first.
struct open_ranges {
  std::int64_t thread = 0;
  std::vector<open_range> ranges;
};

/// Reads a cell of Nsight Compute's column "thread
/// Domain:Push/Pop_Range:PL_Type:PL_Value:CLR_Type:Color:Msg_Type:Msg":
///
///     4242  "<default domain>:encoder:none:none:none:none:none:none"  "<default domain>:layer0:none:..."
///
/// A name can have colons: the six fields after it are taken off at the end. \return false for any other text
[[nodiscard]] bool parse_ranges(std::string_view cell, open_ranges& out);

}  // namespace flopwatch::importing
