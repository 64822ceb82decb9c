// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <cstdlib>
#include <new>
#include <sys/resource.h>

#include <gmock/gmock.h>

#include "collect/program.hpp"
#include "flopwatch/scope.hpp"

using namespace flopwatch::test;

/// Long runs: no allocation for a launch once all kernels and scopes are known, and no memory that grows.

namespace {

std::atomic<bool> counting{false};
std::atomic<long> allocations{0};

void* counted(std::size_t size) {
  if (counting.load(std::memory_order_relaxed)) allocations.fetch_add(1, std::memory_order_relaxed);
  void* const p = std::malloc(size == 0 ? 1 : size);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}

}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }

namespace {

long allocations_of(program& gpu, int launches) {
  CUfunction const f = gpu.function("_Z6kernelv");
  allocations = 0;
  counting = true;
  for (int i = 0; i < launches; ++i) cuLaunchKernel(f, 1, 1, 1, 1, 1, 1, 0, nullptr, nullptr, nullptr);
  counting = false;
  return allocations;
}

TEST_F(collect, a_launch_in_the_steady_state_allocates_nothing) {
  standin_set_permission(0);  // listed, not measured: what the tracker itself does
  program gpu;
  constexpr int launches = 10'000;
  auto const without = allocations_of(gpu, launches);
  flopwatch::session session{{.device = "cuda:0"}};
  session.start();
  flopwatch::scope const scope("net", "Net");
  allocations_of(gpu, 3'000);
  EXPECT_EQ(allocations_of(gpu, launches), without);
  auto const result = session.stop();
  EXPECT_EQ(result.analysis().tree.measured_total.launches, launches + 3'000);
}

std::int64_t peak_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
}

TEST_F(collect, launches_do_not_stay_in_memory) {
  standin_kernel_value("_Z6kernelv", fadd_sum, 1, 0);
  program gpu;
  flopwatch::session session{{.device = "cuda:0", .raw = flopwatch::raw_choice::none}};
  session.start();
  allocations_of(gpu, 10'000);
  auto const before = peak_bytes();
  allocations_of(gpu, 100'000);
  EXPECT_LT(peak_bytes() - before, 4 << 20) << "100,000 launches of over 100 bytes would be 10 MB and more";
  auto const result = session.stop();
  EXPECT_EQ(result.analysis().tree.measured_total.launches, 110'000);
}

}  // namespace
