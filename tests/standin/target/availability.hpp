// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace standin {

/// A counter availability image of the stand-in. The real host library cannot read it, so that none is
/// passed on.
struct availability_image {
  char mark[16] = "flopw. availab.";
  char chip[48] = {};
  std::uint64_t lacking = 0;  ///< the image of a device that lacks other metrics differs
};

}  // namespace standin
