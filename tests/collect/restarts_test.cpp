// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Counting begins again after what is not counted: work that can still run then is waited for, or said.
#include <optional>

#include <gmock/gmock.h>

#include "collect/program.hpp"
#include "flopwatch/scope.hpp"

using namespace flopwatch::test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

namespace {

class restarts : public collect {
 protected:
  void SetUp() override {
    collect::SetUp();
    standin_kernel_value("a", fadd_sum, 1, 0);
    standin_kernel_value("b", fadd_sum, 100, 0);
    standin_kernel_value("nccl", fadd_sum, 7, 0);
    standin_set_late_streams(1);
    gpu_.emplace();
    one_ = gpu_->new_stream();
    other_ = gpu_->new_stream();
  }
  [[nodiscard]] CUgraphExec graph_of(char const* kernel) {
    must(cuStreamBeginCapture(one_, CU_STREAM_CAPTURE_MODE_GLOBAL), "cuStreamBeginCapture");
    gpu_->launch(kernel, 1, 1, one_);
    CUgraph graph = nullptr;
    must(cuStreamEndCapture(one_, &graph), "cuStreamEndCapture");
    CUgraphExec exec = nullptr;
    must(cuGraphInstantiate(&exec, graph, 0), "cuGraphInstantiate");
    return exec;
  }
  void replay(CUgraphExec exec) const { must(cuGraphLaunch(exec, other_), "cuGraphLaunch"); }
  /// "a" on one stream, `uncounted`, then "a" on that stream twice, with counters of their own or in two
  /// scopes.
  template <class Uncounted>
  [[nodiscard]] recorded around(flopwatch::session_options options, Uncounted const& uncounted) {
    flopwatch::session session{std::move(options)};
    session.start();
    for (auto const* name : {"first", "second", "third"}) {
      flopwatch::scope const scope(name, "Step");
      if (*name == 's') uncounted();
      gpu_->launch("a", 1, 1, one_);
    }
    return record_of(session.stop());
  }
  /// What each launch or range counted that has counters.
  static std::vector<double> counted_by(recorded const& r) {
    std::vector<double> out;
    for (auto const& counters : r.measured()) {
      auto const value = counters.find(fadd_sum);
      if (value != counters.end()) out.push_back(value->second);
    }
    return out;
  }

  std::optional<program> gpu_;
  CUstream one_ = nullptr;
  CUstream other_ = nullptr;
};

TEST_F(restarts, after_a_graph_wait_for_its_kernels) {
  auto const r = around({.device = "cuda:0"}, [&] { replay(graph_of("b")); });
  EXPECT_THAT(counted_by(r), ElementsAre(1, 1, 1));
  EXPECT_THAT(r.losses(), ElementsAre("graph_not_measured"));
}

TEST_F(restarts, after_a_graph_with_a_kernel_that_waits_do_not_wait_for_it) {
  auto const r = around({.device = "cuda:0"}, [&] { replay(graph_of("nccl")); });
  EXPECT_THAT(counted_by(r), ElementsAre(1, 8, 1));
  EXPECT_THAT(r.losses(), UnorderedElementsAre("graph_not_measured", "uncounted_may_mix"));
}

TEST_F(restarts, after_a_graph_that_is_not_known_do_not_wait_for_it) {
  auto* const exec = graph_of("b");
  auto const r = around({.device = "cuda:0"}, [&] { replay(exec); });
  EXPECT_THAT(counted_by(r), ElementsAre(1, 101, 1));
  EXPECT_THAT(r.losses(), UnorderedElementsAre("graph_not_measured", "uncounted_may_mix"));
}

TEST_F(restarts, after_launches_that_nobody_chose_wait_for_them) {
  auto const r = around({.device = "cuda:0", .launches = {.kernel = "a"}}, [&] {
    gpu_->launch("b", 1, 1, other_);
    gpu_->launch("b", 1, 1, other_);
  });
  EXPECT_THAT(counted_by(r), ElementsAre(1, 1, 1));
  EXPECT_THAT(r.losses(), ElementsAre("launches_not_chosen"));
}

/// Counted by launch and by scope.
class restarts_after_a_capture : public restarts, public testing::WithParamInterface<int> {
 protected:
  [[nodiscard]] recorded beside_a_capture(std::vector<char const*> const& kernels) {
    auto* const captured = gpu_->new_stream();
    return around({.device = "cuda:0", .scope_depth = GetParam()}, [&] {
      must(cuStreamBeginCapture(captured, CU_STREAM_CAPTURE_MODE_RELAXED), "cuStreamBeginCapture");
      for (auto const* kernel : kernels) gpu_->launch(kernel, 1, 1, other_);
      CUgraph graph = nullptr;
      must(cuStreamEndCapture(captured, &graph), "cuStreamEndCapture");
    });
  }
};

TEST_P(restarts_after_a_capture, wait_for_what_ran_beside_it) {
  for (auto const& kernels : std::vector<std::vector<char const*>>{{"b"}, {"b", "b"}}) {
    auto const r = beside_a_capture(kernels);
    EXPECT_THAT(counted_by(r), ElementsAre(1, 1, 1));
    EXPECT_THAT(r.losses(), ElementsAre("launches_beside_capture"));
  }
}

TEST_P(restarts_after_a_capture, do_not_wait_for_a_kernel_that_waits) {
  for (auto const& kernels : std::vector<std::vector<char const*>>{{"nccl"}, {"b", "nccl"}}) {
    auto const r = beside_a_capture(kernels);
    EXPECT_THAT(counted_by(r), UnorderedElementsAre(1, 1, testing::Gt(1)))
        << "the stand-in's streams overlap";
    EXPECT_THAT(r.losses(), UnorderedElementsAre("launches_beside_capture", "uncounted_may_mix"));
  }
}

INSTANTIATE_TEST_SUITE_P(by_launch_and_by_scope, restarts_after_a_capture, testing::Values(0, 1));

TEST_F(restarts, after_a_kernel_that_waits_for_others_do_not_wait_for_it) {
  auto const r = around({.device = "cuda:0"}, [&] { gpu_->launch("nccl", 1, 1, other_); });
  EXPECT_THAT(counted_by(r), ElementsAre(1, 8, 1));
  ASSERT_THAT(r.losses(), UnorderedElementsAre("waiting_kernels", "uncounted_may_mix"));
  for (auto const& loss : r.data.losses) {
    EXPECT_EQ(loss.count, 1);
    EXPECT_THAT(loss.text, HasSubstr("nccl"));
  }
}

TEST_F(restarts, after_one_in_the_same_stream_are_exact) {
  auto const r = around({.device = "cuda:0"}, [&] { gpu_->launch("nccl", 1, 1, one_); });
  EXPECT_THAT(counted_by(r), ElementsAre(1, 1, 1));
  EXPECT_THAT(r.losses(), ElementsAre("waiting_kernels"));
}

TEST_F(restarts, that_cannot_wait_lose_the_chunk_alone) {
  auto const r = around({.device = "cuda:0"}, [&] {
    replay(graph_of("b"));
    standin_add_faults("cuCtxSynchronize=700");
  });
  standin_clear_faults();
  EXPECT_THAT(counted_by(r), ElementsAre(1));
  EXPECT_THAT(r.losses(), UnorderedElementsAre("graph_not_measured", "counters_failed"));
  EXPECT_EQ(r.launches.size(), 4U);
}

}  // namespace
