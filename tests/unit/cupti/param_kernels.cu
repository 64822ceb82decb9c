// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Kernels whose parameters have every kind of place; param_layout_test.cpp has their layouts.

struct mixed {
  float* values;
  int n;
  double alpha;
  unsigned char flag;
};
struct table_of_4_kb {
  double values[508];
  int n;
};
struct __align__(16) four {
  float x[4];
};
struct three_sizes {
  int m, n, k;
};
struct empty {};
struct bytes_of_20_kb {
  char values[20000];
};

extern "C" __global__ void no_parameters() {}
extern "C" __global__ void plain(float* out, int n, double alpha, char c, short s) {
  out[n] = float(alpha) + c + s;
}
extern "C" __global__ void with_struct(mixed m, int n) { m.values[n] = float(m.alpha) + m.flag + m.n; }
extern "C" __global__ void with_table(int i, table_of_4_kb t, float* out) { out[i] = float(t.values[t.n]); }
extern "C" __global__ void with_aligned(char c, four q, float* out) { *out = q.x[1] + c; }
extern "C" __global__ void with_sizes(int i, three_sizes s, float* out) { out[i] = float(s.m * s.n * s.k); }
extern "C" __global__ void with_empty(empty, int n, float* out) { out[n] = 1; }
extern "C" __global__ void with_unused(int, float* out, double) { *out = 1; }
extern "C" __global__ void with_20_kb(char c, bytes_of_20_kb b, char* out) {
  *out = b.values[threadIdx.x] + c;
}

template <class T>
__global__ void of_type(T* out, T value) {
  *out = value;
}
template __global__ void of_type<float>(float*, float);

__device__ __noinline__ float called(float x, int n) {
  for (int i = 0; i < n; ++i) x = x * x + 1;
  return x;
}
extern "C" __global__ void calling(float* out, int n) { *out = called(*out, n); }
