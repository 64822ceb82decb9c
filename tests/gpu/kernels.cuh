// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Kernels whose arithmetic is counted by hand: each runs a loop `trips` times, whose body holds the given
/// number of one instruction, and does no other floating-point arithmetic. known_kernels.json has what
/// each must count; check_sass.py compares that with what the compiler made of them.
///
/// All take (void* memory, int trips). `memory` holds 64 bytes for each thread of the grid, all zero.

/// Eight instructions on four independent registers, so that no two that follow each other wait.
#define EIGHT(ONE) ONE(0) ONE(1) ONE(2) ONE(3) ONE(0) ONE(1) ONE(2) ONE(3)
/// Eight that wait for each other, on one register.
#define EIGHT_IN_A_ROW(ONE) ONE(0) ONE(0) ONE(0) ONE(0) ONE(0) ONE(0) ONE(0) ONE(0)

/// `Type` x[4] and operands a and b, read from memory and written back, around a loop that is not unrolled.
#define KNOWN_KERNEL(NAME, Type, BODY)                                                         \
  extern "C" __global__ void NAME(Type* memory, int trips) {                                   \
    Type* const mine = memory + (blockIdx.x * blockDim.x + threadIdx.x) * (64 / sizeof(Type)); \
    Type x[4] = {mine[0], mine[1], mine[2], mine[3]};                                          \
    Type const a = mine[4];                                                                    \
    Type const b = mine[5];                                                                    \
    int const odd = static_cast<int>(threadIdx.x & 1U);                                        \
    (void)b;                                                                                   \
    (void)odd;                                                                                 \
    _Pragma("unroll 1") for (int i = 0; i < trips; ++i) { BODY }                               \
    for (int i = 0; i < 4; ++i) mine[i] = x[i];                                                \
  }
