// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Products of the tensor cores: four instructions in the loop, on separate accumulators. A warp does one
// mma together, four warps one wgmma.
#include <cstdint>

#include "kernels.cuh"

#define FOUR(ONE) ONE(0) ONE(1) ONE(2) ONE(3)

/// `C` are the accumulators of one instruction in one thread.
#define TENSOR_KERNEL(NAME, C, PER_THREAD, BODY)                                                  \
  extern "C" __global__ void NAME(C* memory, int trips) {                                         \
    C* const mine = memory + (blockIdx.x * blockDim.x + threadIdx.x) * (64 / sizeof(C));          \
    C c[4][PER_THREAD] = {};                                                                      \
    std::uint32_t const zero = static_cast<std::uint32_t>(reinterpret_cast<int const*>(mine)[0]); \
    (void)zero;                                                                                   \
    _Pragma("unroll 1") for (int i = 0; i < trips; ++i) { BODY }                                  \
    for (int j = 0; j < 4; ++j) mine[j] = c[j][0];                                                \
  }

#define MMA_F32(SHAPE, TYPES, I)                                            \
  asm volatile("mma.sync.aligned." SHAPE ".row.col." TYPES                  \
               " {%0, %1, %2, %3}, {%4, %4, %4, %4}, {%4, %4}, "            \
               "{%0, %1, %2, %3};"                                          \
               : "+f"(c[I][0]), "+f"(c[I][1]), "+f"(c[I][2]), "+f"(c[I][3]) \
               : "r"(zero));
#define MMA_FP16(I) MMA_F32("m16n8k16", "f32.f16.f16.f32", I)
#define MMA_BF16(I) MMA_F32("m16n8k16", "f32.bf16.bf16.f32", I)
#define MMA_TF32(I) MMA_F32("m16n8k8", "f32.tf32.tf32.f32", I)
#define MMA_INT8(I)                                                                                    \
  asm volatile(                                                                                        \
      "mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0, %1, %2, %3}, {%4, %4, %4, %4}, {%4, %4}, " \
      "{%0, %1, %2, %3};"                                                                              \
      : "+r"(c[I][0]), "+r"(c[I][1]), "+r"(c[I][2]), "+r"(c[I][3])                                     \
      : "r"(zero));
#define MMA_FP64(I)                                                                              \
  asm volatile("mma.sync.aligned.m8n8k4.row.col.f64.f64.f64.f64 {%0, %1}, {%2}, {%2}, {%0, %1};" \
               : "+d"(c[I][0]), "+d"(c[I][1])                                                    \
               : "d"(a));

TENSOR_KERNEL(known_mma_fp16, float, 4, FOUR(MMA_FP16))
TENSOR_KERNEL(known_mma_bf16, float, 4, FOUR(MMA_BF16))
TENSOR_KERNEL(known_mma_tf32, float, 4, FOUR(MMA_TF32))
TENSOR_KERNEL(known_mma_int8, int, 4, FOUR(MMA_INT8))
TENSOR_KERNEL(known_mma_fp64, double, 2, double const a = mine[1]; FOUR(MMA_FP64))

#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
/// Four warps multiply 64x16 by 16x8, both in shared memory.
#define WGMMA_FP16(I)                                                                                       \
  asm volatile("wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16 {%0, %1, %2, %3}, %4, %5, 1, 1, 1, 0, 0;" \
               : "+f"(c[I][0]), "+f"(c[I][1]), "+f"(c[I][2]), "+f"(c[I][3])                                 \
               : "l"(matrix_a), "l"(matrix_b));

/// A matrix descriptor without swizzling: address, and the distances of its 8x8 parts, all in 16 bytes.
__device__ std::uint64_t descriptor(void const* shared, std::uint64_t leading_bytes,
                                    std::uint64_t stride_bytes) {
  auto const address = static_cast<std::uint64_t>(__cvta_generic_to_shared(shared));
  return ((address & 0x3ffffU) >> 4U) | ((leading_bytes >> 4U) << 16U) | ((stride_bytes >> 4U) << 32U);
}

extern "C" __global__ void known_wgmma_fp16(float* memory, int trips) {
  __shared__ __align__(128) unsigned short tile_a[64 * 16];
  __shared__ __align__(128) unsigned short tile_b[16 * 8];
  for (unsigned i = threadIdx.x; i < 64 * 16; i += blockDim.x) tile_a[i] = 0;
  for (unsigned i = threadIdx.x; i < 16 * 8; i += blockDim.x) tile_b[i] = 0;
  __syncthreads();
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
  auto const matrix_a = descriptor(tile_a, 128, 256);
  auto const matrix_b = descriptor(tile_b, 128, 256);
  float c[4][4] = {};
#pragma unroll 1
  for (int i = 0; i < trips; ++i) {
    asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
    FOUR(WGMMA_FP16)
    asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
    asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
  }
  float* const mine = memory + (blockIdx.x * blockDim.x + threadIdx.x) * 16;
  for (int j = 0; j < 4; ++j) mine[j] = c[j][0];
}
#endif
