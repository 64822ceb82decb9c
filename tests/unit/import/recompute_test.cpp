// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Activation checkpointing in synthetic traces of torch.profiler.
#include <gmock/gmock.h>

#include "unit/import/importing.hpp"
#include "unit/import/trace_text.hpp"

namespace flopwatch::test {
namespace {

std::string sequenced(std::string const& name, int begin, int duration, int sequence, int thread,
                      bool backward) {
  return event(
      "cpu_op", name, begin, duration,
      R"("Sequence number":)" + std::to_string(sequence) + R"(,"Fwd thread id":)" + (backward ? "1" : "0"),
      thread);
}

std::string node(int begin, int duration, int sequence, int thread) {
  return sequenced("autograd::engine::evaluate_function: MmBackward0", begin, duration, sequence, thread,
                   true);
}

std::string module_on(int thread, std::string const& name, int begin, int duration) {
  return event("python_function", "nn.Module: " + name, begin, duration, "", thread);
}

std::string mm_on(int thread, int begin) {
  return event("cpu_op", "aten::mm", begin, 5,
               R"("Input Dims":[[2,3],[3,5]],"Input type":["float","float"],"Concrete Inputs":["",""])",
               thread);
}

/// Net_0 calls Block_0, which is checkpointed: its forward runs again in the backward node of its product.
std::vector<std::string> checkpointed(int thread) {
  return {module("Net_0", 0, 100),
          module("Block_0", 10, 60),
          module("Linear_0", 20, 30),
          sequenced("aten::mm", 25, 10, 9, 1, false),
          launch(26, 1),
          node(200, 100, 9, thread),
          module_on(thread, "Block_0", 205, 45),
          module_on(thread, "Linear_0", 210, 30),
          mm_on(thread, 215),
          launch(216, 2, thread),
          mm_on(thread, 260),
          launch(261, 3, thread),
          kernel(400, 1),
          kernel(410, 2),
          kernel(420, 3)};
}

void expect_recompute(imported const& got, std::string const& path) {
  ASSERT_EQ(got.launches.size(), 3U);
  EXPECT_EQ(got.path_of(got.launches[0]), path);
  EXPECT_EQ(got.launches[0].record.phase, phase::forward);
  EXPECT_EQ(got.path_of(got.launches[1]), path);
  EXPECT_EQ(got.launches[1].record.phase, phase::recompute);
  EXPECT_EQ(got.path_of(got.launches[2]), path);
  EXPECT_EQ(got.launches[2].record.phase, phase::backward);
  for (auto const& c : got.data.operator_calls) {
    if (c.status != operator_status::counted) continue;
    auto const of = static_cast<std::size_t>(c.id == got.launches[1].record.operator_call ? 1 : 2);
    EXPECT_EQ(c.phase, got.launches[of].record.phase);
    EXPECT_EQ(c.scope, got.launches[of].record.scope);
  }
  // Running again is no call of the model.
  for (auto const& s : got.data.scopes) EXPECT_EQ(s.entries, 1) << s.path;
}

TEST(import_recompute, gives_it_to_the_module_that_runs_again) {
  expect_recompute(import_text(trace(checkpointed(2))), "Net_0.Block_0.Linear_0");
}

TEST(import_recompute, gives_it_to_the_module_on_the_thread_of_the_forward_pass) {
  expect_recompute(import_text(trace(checkpointed(1))), "Net_0.Block_0.Linear_0");
}

TEST(import_recompute, keeps_backward_work_out_of_the_module_around_it) {
  auto events = checkpointed(1);
  events.push_back(module("Trainer_0", 0, 350));
  expect_recompute(import_text(trace(events)), "Trainer_0.Net_0.Block_0.Linear_0");
}

TEST(import_recompute, gives_the_nodes_of_an_inner_backward_pass_to_what_ran_again) {
  // Reentrant: the node runs the forward again, then a backward pass of that, whose numbers begin again.
  auto const got = import_text(
      trace({module("Net_0", 0, 100), module("Linear_0", 20, 10), sequenced("aten::mm", 22, 3, 3, 1, false),
             module("ReLU_0", 40, 10), sequenced("aten::relu", 42, 3, 9, 1, false), node(200, 100, 9, 2),
             module_on(2, "Linear_0", 210, 20), sequenced("aten::mm", 212, 5, 0, 2, false),
             node(240, 40, 0, 2), mm_on(2, 250), launch(251, 1, 2), node(400, 50, 3, 2), mm_on(2, 410),
             launch(411, 2, 2), kernel(500, 1), kernel(510, 2)}));
  ASSERT_EQ(got.launches.size(), 2U);
  for (auto const& l : got.launches) {
    EXPECT_EQ(got.path_of(l), "Net_0.Linear_0");
    EXPECT_EQ(l.record.phase, phase::backward);
  }
}

TEST(import_recompute, is_told_by_modules_and_not_by_named_ranges) {
  auto const got =
      import_text(trace({event("user_annotation", "net", 0, 100), sequenced("aten::mm", 25, 10, 9, 1, false),
                         node(200, 100, 9, 2), event("user_annotation", "mine", 210, 40, "", 2),
                         mm_on(2, 215), launch(216, 1, 2), kernel(400, 1)}));
  ASSERT_EQ(got.launches.size(), 1U);
  EXPECT_EQ(got.path_of(got.launches[0]), "net");
  EXPECT_EQ(got.launches[0].record.phase, phase::backward);
}

}  // namespace
}  // namespace flopwatch::test
