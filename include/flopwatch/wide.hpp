// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace flopwatch {

/// A sum that can need more than 64 bits: 9.2e18 FLOPs are less than three hours of one fast GPU.
__extension__ typedef __int128 wide_integer;

}  // namespace flopwatch
