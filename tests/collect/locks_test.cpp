// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// What a launch takes that is not counted by itself: no lock and no memory, in all that a session does in
// CUPTI's callbacks. Locks and allocations are counted by functions of this program in the place of the
// system's.
#include <atomic>
#include <cstdlib>
#include <dlfcn.h>
#include <new>
#include <pthread.h>
#include <string>

#include <gmock/gmock.h>

#include "collect/graph_of.hpp"
#include "collect/program.hpp"
#include "cupti/api.hpp"
#include "flopwatch/scope.hpp"

using namespace flopwatch::test;

namespace {

/// What this thread does inside callbacks while it counts.
struct taken {
  long locks = 0;
  long allocations = 0;
};
thread_local taken total;
thread_local bool counting = false;
thread_local int callbacks = 0;  ///< that it is in

template <class Function>
Function* next(char const* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

void lock_taken() {
  if (counting && callbacks > 0) ++total.locks;
}

void* allocated(std::size_t size) {
  if (counting && callbacks > 0) ++total.allocations;
  void* const p = std::malloc(size == 0 ? 1 : size);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}

}  // namespace

void* operator new(std::size_t size) { return allocated(size); }
void* operator new[](std::size_t size) { return allocated(size); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }

extern "C" {

int pthread_mutex_lock(pthread_mutex_t* m) noexcept {
  static auto* const real = next<int(pthread_mutex_t*)>("pthread_mutex_lock");
  lock_taken();
  return real(m);
}

int pthread_mutex_trylock(pthread_mutex_t* m) noexcept {
  static auto* const real = next<int(pthread_mutex_t*)>("pthread_mutex_trylock");
  lock_taken();
  return real(m);
}

int pthread_rwlock_rdlock(pthread_rwlock_t* m) noexcept {
  static auto* const real = next<int(pthread_rwlock_t*)>("pthread_rwlock_rdlock");
  lock_taken();
  return real(m);
}

int pthread_rwlock_wrlock(pthread_rwlock_t* m) noexcept {
  static auto* const real = next<int(pthread_rwlock_t*)>("pthread_rwlock_wrlock");
  lock_taken();
  return real(m);
}
}

namespace {

CUpti_CallbackFunc session_callback = nullptr;
decltype(&cuptiSubscribe) real_subscribe = nullptr;

void CUPTIAPI counted_callback(void* user, CUpti_CallbackDomain domain, CUpti_CallbackId id,
                               void const* data) {
  ++callbacks;
  session_callback(user, domain, id, data);
  --callbacks;
}

CUptiResult subscribe(CUpti_SubscriberHandle* out, CUpti_CallbackFunc callback, void* user) {
  session_callback = callback;
  return real_subscribe(out, &counted_callback, user);
}

class launch_takes : public collect {
 protected:
  void SetUp() override {
    collect::SetUp();
    standin_set_device_count(2);
    auto& cupti = const_cast<flopwatch::cupti::api&>(flopwatch::cupti::library());
    static auto const own = cupti.cuptiSubscribe;
    real_subscribe = own;
    cupti.cuptiSubscribe = &subscribe;
    cupti.cuptiSubscribe_v2 = nullptr;
  }

  /// Of a hundred equal launches, in a session that knows them.
  template <class Launch>
  static taken of(Launch const& launch) {
    for (int i = 0; i < 10; ++i) launch();
    total = {};
    counting = true;
    for (int i = 0; i < 100; ++i) launch();
    counting = false;
    return total;
  }
  static void expect_nothing(taken const& t) {
    EXPECT_EQ(t.locks, 0);
    EXPECT_EQ(t.allocations, 0);
  }
  static void launch(CUfunction f, CUstream stream = nullptr) {
    must(cuLaunchKernel(f, 1, 1, 1, 1, 1, 1, 0, stream, nullptr, nullptr), "cuLaunchKernel");
  }
};

TEST_F(launch_takes, a_lock_where_it_is_counted) {  // so what counts locks here can see some
  program gpu;
  flopwatch::session session{{.device = "cuda:0"}};
  session.start();
  auto* const f = gpu.function("a");
  EXPECT_GT(of([&] { launch(f); }).locks, 0);
}

TEST_F(launch_takes, nothing_where_it_is_listed) {
  standin_set_permission(0);
  program gpu;
  graph_of graph(gpu, "a");
  flopwatch::session session{{.device = "cuda:0"}};
  session.start();
  flopwatch::scope const scope("net", "Net");
  auto* const f = gpu.function("a");
  expect_nothing(of([&] { launch(f); }));
  expect_nothing(of([&] { graph.launch(); }));
}

TEST_F(launch_takes, nothing_where_two_contexts_take_turns) {
  standin_set_permission(0);
  program gpu;
  program own(0, program::own_context{});
  gpu.use();
  auto* const f = gpu.function("a");
  own.use();
  auto* const g = own.function("b");
  flopwatch::session session{{.device = "cuda:0"}};
  session.start();
  expect_nothing(of([&] {
    gpu.use();
    launch(f);
    own.use();
    launch(g);
  }));
}

TEST_F(launch_takes, nothing_beside_a_capture) {
  program gpu;
  auto* const captured = gpu.new_stream();
  flopwatch::session session{{.device = "cuda:0"}};
  session.start();
  auto* const f = gpu.function("a");
  launch(f);
  must(cuStreamBeginCapture(captured, CU_STREAM_CAPTURE_MODE_RELAXED), "cuStreamBeginCapture");
  expect_nothing(of([&] { launch(f); }));
  CUgraph graph = nullptr;
  must(cuStreamEndCapture(captured, &graph), "cuStreamEndCapture");
}

TEST_F(launch_takes, nothing_where_the_kernel_waits_for_others) {
  program gpu;
  flopwatch::session session{{.device = "cuda:0"}};
  session.start();
  launch(gpu.function("a"));
  auto* const f = gpu.function("ncclKernel");
  expect_nothing(of([&] { launch(f); }));
}

TEST_F(launch_takes, nothing_in_the_scope_range_that_is_open) {
  program gpu;
  auto* const other = gpu.new_stream();
  flopwatch::session session{{.device = "cuda:0", .scope_depth = 1}};
  session.start();
  auto* const f = gpu.function("a");
  flopwatch::scope const scope("net", "Net");
  expect_nothing(of([&] {
    flopwatch::scope const inner("layer", "Linear");
    launch(f);
    launch(f, other);
  }));
}

TEST_F(launch_takes, nothing_on_another_device) {
  program const counted(1);
  program elsewhere(0);
  flopwatch::session session{{.device = "cuda:1"}};
  session.start();
  elsewhere.use();
  auto* const f = elsewhere.function("a");
  expect_nothing(of([&] { launch(f); }));
}

}  // namespace
