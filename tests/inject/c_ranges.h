// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#ifndef FLOPWATCH_TESTS_INJECT_C_RANGES_H
#define FLOPWATCH_TESTS_INJECT_C_RANGES_H

#ifdef __cplusplus
extern "C" {
#endif

/// Pushes a range whose message is wide text.
void push_from_c(char const* name);
void pop_from_c(void);

#ifdef __cplusplus
}
#endif

#endif
