// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Where the counters are read: where the program waits for the GPU anyway, as long as there is room.
#include <algorithm>
#include <functional>

#include <gmock/gmock.h>

#include "collect/program.hpp"
#include "flopwatch/scope.hpp"

using namespace flopwatch::test;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

class turning : public collect, public testing::WithParamInterface<int> {
 protected:
  /// Launches of each chunk of 5 launches, a call, and 5 more, with room for 8.
  [[nodiscard]] std::vector<std::int64_t> chunks(std::function<void(program&)> const& between,
                                                 int depth = 0) const {
    standin_kernel_value("a", fadd_sum, 1, 0);
    program gpu;
    flopwatch::session session{
        {.device = "cuda:0", .scope_depth = depth, .max_ranges = 8, .raw = flopwatch::raw_choice::all}};
    session.start();
    for (int i = 0; i < 10; ++i) {
      flopwatch::scope const scope(i % 2 == 0 ? "even" : "odd", "Step");
      gpu.launch("a");
      if (i == 4) between(gpu);
    }
    auto const r = record_of(session.stop());
    EXPECT_THAT(r.losses(), IsEmpty());
    EXPECT_EQ(r.launches.size(), 10U);
    for (auto const& counters : r.measured()) EXPECT_EQ(counters.at(fadd_sum), 1);
    EXPECT_EQ(r.measured().size(), 10U);
    std::vector<std::int64_t> out;
    for (auto const& chunk : r.data.raw_chunks) out.push_back(chunk.ranges);
    return out;
  }
};

TEST_F(turning, when_the_room_is_used_up_if_nothing_waits) {
  EXPECT_THAT(chunks([](program&) {}), ElementsAre(8, 2));
}

TEST_F(turning, where_the_program_waits) {
  EXPECT_THAT(chunks([](program&) { must(cuCtxSynchronize(), "cuCtxSynchronize"); }), ElementsAre(5, 5));
  EXPECT_THAT(chunks([](program&) { must(cuStreamSynchronize(nullptr), "cuStreamSynchronize"); }),
              ElementsAre(5, 5));
  EXPECT_THAT(chunks([](program&) {
                CUevent event = nullptr;
                must(cuEventCreate(&event, 0), "cuEventCreate");
                must(cuEventSynchronize(event), "cuEventSynchronize");
              }),
              ElementsAre(5, 5));
}

TEST_F(turning, by_scope_as_well) {
  EXPECT_THAT(chunks([](program&) { must(cuCtxSynchronize(), "cuCtxSynchronize"); }, 1), ElementsAre(5, 5));
}

TEST_F(turning, not_while_a_stream_is_captured) {
  EXPECT_THAT(chunks([](program& gpu) {
                auto* const captured = gpu.new_stream();
                auto* const other = gpu.new_stream();
                must(cuStreamBeginCapture(captured, CU_STREAM_CAPTURE_MODE_RELAXED), "cuStreamBeginCapture");
                must(cuStreamSynchronize(other), "cuStreamSynchronize");
                CUgraph graph = nullptr;
                must(cuStreamEndCapture(captured, &graph), "cuStreamEndCapture");
              }),
              ElementsAre(5, 5))
      << "the capture's beginning has read them";
  program other(0, program::own_context{});
  auto* const captured = other.new_stream();
  EXPECT_THAT(chunks([&](program& gpu) {
                other.use();
                must(cuStreamBeginCapture(captured, CU_STREAM_CAPTURE_MODE_RELAXED), "cuStreamBeginCapture");
                gpu.use();
                must(cuCtxSynchronize(), "cuCtxSynchronize");
                other.use();
                CUgraph graph = nullptr;
                must(cuStreamEndCapture(captured, &graph), "cuStreamEndCapture");
                gpu.use();
              }),
              ElementsAre(8, 2))
      << "a capture of another context";
}

/// Ranges of each chunk of launches that follow each other with room for 4, and a wait after each `between`
/// of them.
class growing : public collect {
 protected:
  [[nodiscard]] std::vector<std::int64_t> chunks(int launches, int between, int depth = 0) const {
    standin_kernel_value("a", fadd_sum, 1, 0);
    program gpu;
    flopwatch::session session{
        {.device = "cuda:0", .scope_depth = depth, .max_ranges = 4, .raw = flopwatch::raw_choice::all}};
    session.start();
    for (int i = 0; i < launches; ++i) {
      flopwatch::scope const scope(i % 2 == 0 ? "even" : "odd", "Step");
      gpu.launch("a");
      if (i % between == between - 1) must(cuCtxSynchronize(), "cuCtxSynchronize");
    }
    auto const r = record_of(session.stop());
    EXPECT_THAT(r.losses(), IsEmpty());
    EXPECT_EQ(r.measured().size(), static_cast<std::size_t>(launches));
    for (auto const& counters : r.measured()) EXPECT_EQ(counters.at(fadd_sum), 1);
    std::vector<std::int64_t> out;
    for (auto const& chunk : r.data.raw_chunks) out.push_back(chunk.ranges);
    return out;
  }
};

TEST_F(growing, happens_where_the_program_does_not_wait) {
  for (int const depth : {0, 1}) {
    EXPECT_THAT(chunks(60, 1000, depth), ElementsAre(4, 4, 4, 4, 8, 8, 8, 8, 12));
  }
}

TEST_F(growing, does_not_happen_where_it_waits) {
  auto const sizes = chunks(60, 10);
  EXPECT_THAT(sizes, testing::Each(testing::Le(4)));
}

TEST_F(growing, ends_at_a_thousand_ranges) {
  auto const sizes = chunks(12'000, 100'000);
  EXPECT_EQ(*std::max_element(sizes.begin(), sizes.end()), 1024);
  EXPECT_EQ(std::count(sizes.begin(), sizes.end(), 1024), 7);
}

TEST_F(growing, ends_where_the_gpu_has_no_more) {
  standin_set_max_ranges_limit(20);
  auto const sizes = chunks(400, 100'000);
  EXPECT_EQ(*std::max_element(sizes.begin(), sizes.end()), 16);
  EXPECT_EQ(standin_violations_of(14), 1U) << "it was asked once";
  standin_clear_violations();
}

TEST_F(growing, that_fails_leaves_the_values_that_were_read) {
  ASSERT_EQ(standin_add_faults("cuptiRangeProfilerEnable#2=999"), 0);
  standin_kernel_value("a", fadd_sum, 1, 0);
  program gpu;
  flopwatch::session session{{.device = "cuda:0", .max_ranges = 4}};
  session.start();
  for (int i = 0; i < 30; ++i) gpu.launch("a");
  auto const r = record_of(session.stop());
  EXPECT_THAT(r.losses(), ElementsAre("counters_failed"));
  ASSERT_EQ(r.launches.size(), 30U);
  for (std::size_t i = 0; i < 16; ++i) EXPECT_EQ(r.counters(i).at(fadd_sum), 1) << i;
  EXPECT_THAT(r.counters(16), IsEmpty());
}

}  // namespace
