// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Ranges of a part of the program that is written in C.
#include "c_ranges.h"

#include <nvtx3/nvToolsExt.h>
#include <wchar.h>

void push_from_c(char const* name) {
  wchar_t wide[64];
  size_t i = 0;
  for (; name[i] != 0 && i + 1 < sizeof wide / sizeof *wide; ++i) wide[i] = (wchar_t)name[i];
  wide[i] = 0;
  nvtxRangePushW(wide);
}

void pop_from_c(void) { nvtxRangePop(); }
