// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Where the counters are read: where the program waits for the GPU anyway, as long as there is room.
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

}  // namespace
