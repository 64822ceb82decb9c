// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace standin {

/// A counter availability image of the stand-in. The real host library could make nothing of it, so that
/// it is told of none.
struct availability_image {
  char mark[16] = "flopw. availab.";
  char chip[48] = {};
};

}  // namespace standin
