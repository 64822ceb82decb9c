// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// The outside of a CUPTI that flopwatch must not call.
#include <stdlib.h>

#define FUNCTION(name) \
  int name(void* unused); \
  int name(void* unused) { \
    (void)unused; \
    abort(); \
  }

FUNCTION(cuptiGetVersion)
FUNCTION(cuptiProfilerHostInitialize)
FUNCTION(cuptiProfilerHostGetSupportedChips)
#ifndef MADE_UP_OLD
FUNCTION(cuptiRangeProfilerEnable)
FUNCTION(cuptiSubscribe_v2)
#endif
#ifdef MADE_UP_NEW
FUNCTION(cuptiProfilerHostGetSinglePassSets)
FUNCTION(cuptiGetEnabledCallbacks)
#endif
#ifdef MADE_UP_BROKEN
// Nothing has this one, so that the library cannot be loaded.
extern int flopwatch_no_such_variable;
int* made_up_reference = &flopwatch_no_such_variable;
#endif
