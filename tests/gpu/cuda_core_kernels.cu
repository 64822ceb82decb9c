// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Scalar arithmetic of the CUDA cores, which the compiler keeps as it is written.
#include "kernels.cuh"

#define ADD(TYPE, CONSTRAINT, I) \
  asm volatile("add.rn." TYPE " %0, %0, %1;" : "+" CONSTRAINT(x[I]) : CONSTRAINT(a));
#define MUL(TYPE, CONSTRAINT, I) \
  asm volatile("mul.rn." TYPE " %0, %0, %1;" : "+" CONSTRAINT(x[I]) : CONSTRAINT(a));
#define FMA(TYPE, CONSTRAINT, I) \
  asm volatile("fma.rn." TYPE " %0, %0, %1, %2;" : "+" CONSTRAINT(x[I]) : CONSTRAINT(a), CONSTRAINT(b));

#define FADD(I) ADD("f32", "f", I)
#define FMUL(I) MUL("f32", "f", I)
#define FFMA(I) FMA("f32", "f", I)
#define DADD(I) ADD("f64", "d", I)
#define DMUL(I) MUL("f64", "d", I)
#define DFMA(I) FMA("f64", "d", I)
#define HADD(I) ADD("f16", "h", I)
#define HMUL(I) MUL("f16", "h", I)
#define HFMA(I) FMA("f16", "h", I)
/// Lanes with an even number are switched off.
#define HALF_OF_THE_LANES(I)                                                           \
  asm volatile("{ .reg .pred p; setp.ne.s32 p, %3, 0; @p fma.rn.f32 %0, %0, %1, %2; }" \
               : "+f"(x[I])                                                            \
               : "f"(a), "f"(b), "r"(odd));

KNOWN_KERNEL(known_fadd, float, EIGHT(FADD))
KNOWN_KERNEL(known_fmul, float, EIGHT(FMUL))
KNOWN_KERNEL(known_ffma, float, EIGHT(FFMA))
KNOWN_KERNEL(known_ffma_half_of_the_lanes, float, EIGHT(HALF_OF_THE_LANES))
KNOWN_KERNEL(known_dadd, double, EIGHT(DADD))
KNOWN_KERNEL(known_dmul, double, EIGHT(DMUL))
KNOWN_KERNEL(known_dfma, double, EIGHT(DFMA))
// On separate registers ptxas would do two of them as one instruction with two lanes.
KNOWN_KERNEL(known_hadd_one_lane, unsigned short, EIGHT_IN_A_ROW(HADD))
KNOWN_KERNEL(known_hmul_one_lane, unsigned short, EIGHT_IN_A_ROW(HMUL))
KNOWN_KERNEL(known_hfma_one_lane, unsigned short, EIGHT_IN_A_ROW(HFMA))
