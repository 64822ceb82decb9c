// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Warnings, options and definitions of flopwatch must not reach a program that links it: this file has a
// narrowing, a shadowed and an unused name, which its own warnings would refuse, and was configured without
// NDEBUG.
#include <exception>

#include "flopwatch/result.hpp"

#ifdef NDEBUG
#error flopwatch defines NDEBUG for the programs that link it
#endif

int careless(double d) {
  int narrowed = d;
  for (int d = 0; d < 3; ++d) narrowed += d;
  int unused;
  return narrowed;
}
