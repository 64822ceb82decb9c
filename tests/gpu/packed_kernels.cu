// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Two-lane arithmetic. To be compiled with -Xptxas -O0: else ptxas makes HFMA2 of some of the adds and
// multiplies, to spread them over two pipes.
#include "kernels.cuh"

#define ADD(TYPE, I) asm volatile("add.rn." TYPE " %0, %0, %1;" : "+r"(x[I]) : "r"(a));
#define MUL(TYPE, I) asm volatile("mul.rn." TYPE " %0, %0, %1;" : "+r"(x[I]) : "r"(a));
#define FMA(TYPE, I) asm volatile("fma.rn." TYPE " %0, %0, %1, %2;" : "+r"(x[I]) : "r"(a), "r"(b));

#define HADD2(I) ADD("f16x2", I)
#define HMUL2(I) MUL("f16x2", I)
#define HFMA2(I) FMA("f16x2", I)
#define BADD2(I) ADD("bf16x2", I)
#define BMUL2(I) MUL("bf16x2", I)
#define BFMA2(I) FMA("bf16x2", I)

KNOWN_KERNEL(known_hadd2, unsigned, EIGHT(HADD2))
KNOWN_KERNEL(known_hmul2, unsigned, EIGHT(HMUL2))
KNOWN_KERNEL(known_hfma2, unsigned, EIGHT(HFMA2))
KNOWN_KERNEL(known_bfma2, unsigned, EIGHT(BFMA2))
#if __CUDA_ARCH__ >= 900
KNOWN_KERNEL(known_badd2, unsigned, EIGHT(BADD2))
KNOWN_KERNEL(known_bmul2, unsigned, EIGHT(BMUL2))
#endif
