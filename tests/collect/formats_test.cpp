// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Groups of number formats that nothing in the first run works on.
#include <optional>

#include <gmock/gmock.h>

#include "collect/seed_model.hpp"
#include "flopwatch/scope.hpp"

using namespace flopwatch::test;
using flopwatch::scalar_type;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

class formats : public seed_model {
 protected:
  void SetUp() override {
    seed_model::SetUp();
    standin_kernel_value("gemm", tensor_bf16, 1024, 0);
    gpu.emplace();
  }

  /// Number of runs that the default metrics take, and what came out.
  struct outcome {
    int runs = 0;
    recorded r;
  };
  template <class F>
  outcome count(F const& body, flopwatch::session_options o = {.device = "cuda:0"}) {
    o.warmup = 0;
    int runs = 0;
    auto r = counted(o, [&] {
      ++runs;
      body();
    });
    return {runs, std::move(r)};
  }
  void product(char const* name, scalar_type type) {
    operator_call_of(
        name, {{64, 64}, {64, 64}}, [&] { gpu->launch("gemm"); }, type);
  }

  std::optional<program> gpu;
};

TEST_F(formats, of_the_operators_that_ran_are_collected_alone) {
  auto const of_bf16 = count([&] { product("aten::mm", scalar_type::bf16); });
  EXPECT_EQ(of_bf16.runs, 2);
  EXPECT_EQ(of_bf16.r.counters(0).at(tensor_bf16), 1024);
  EXPECT_THAT(of_bf16.r.losses(), ElementsAre("formats_left_out"));
  EXPECT_THAT(of_bf16.r.data.losses[0].text, HasSubstr("fp16, fp64, int8, tf32"));
  EXPECT_EQ(of_bf16.r.data.losses[0].severity, flopwatch::severity::note);

  EXPECT_EQ(count([&] { product("aten::mm", scalar_type::f16); }).runs, 4);
  EXPECT_EQ(count([&] { product("aten::mm", scalar_type::f32); }).runs, 5) << "tf32, or emulated with bf16";
  EXPECT_EQ(count([&] { product("aten::mm", scalar_type::f64); }).runs, 4) << "emulated with int8";
}

TEST_F(formats, are_all_collected_where_a_kernel_can_have_used_any) {
  auto const none_is_known = {
      count([&] { gpu->launch("gemm"); }).runs,
      count([&] {
        product("aten::mm", scalar_type::bf16);
        gpu->launch("a");
      }).runs,
      count([&] { product("my::mm", scalar_type::bf16); }).runs,
      count([&] { product("aten::mm", scalar_type::i8); }).runs,
  };
  EXPECT_THAT(none_is_known, testing::Each(7));
  flopwatch::session_options with_rule{.device = "cuda:0"};
  with_rule.operator_rules["my::mm"] = [](flopwatch::operator_call const&) {
    return flopwatch::operator_work{{.macs = 1}, flopwatch::precision::bf16};
  };
  EXPECT_EQ(count([&] { product("my::mm", scalar_type::bf16); }, with_rule).runs, 7);
}

TEST_F(formats, are_none_without_products) {
  auto const r = count([&] {
    operator_call_of("aten::mul", {{64, 64}, {64, 64}}, [&] { gpu->launch("a"); });
    operator_call_of("aten::view", {{64, 64}}, [&] { gpu->launch("a"); });
  });
  EXPECT_EQ(r.runs, 1);
}

TEST_F(formats, that_the_user_names_are_collected) {
  flopwatch::session_options named{.device = "cuda:0"};
  named.metrics = tensor_bf16;
  EXPECT_THAT(count([&] { product("aten::mm", scalar_type::f16); }, named).r.losses(), IsEmpty());
  flopwatch::session_options types{.device = "cuda:0"};
  types.tensor_types = {"fp8", "fp64"};
  auto const two = count([&] { product("aten::mm", scalar_type::f16); }, types);
  EXPECT_EQ(two.runs, 2);
  EXPECT_THAT(two.r.losses(), IsEmpty());
}

TEST_F(formats, are_those_of_the_first_iteration) {
  flopwatch::session session{{.device = "cuda:0", .iteration = "step"}};
  session.start();
  for (int i = 0; i < 2; ++i) {
    flopwatch::scope const step("step");
    product("aten::mm", scalar_type::bf16);
  }
  auto const r = record_of(session.stop());
  EXPECT_THAT(r.losses(), ElementsAre("formats_left_out"));
  EXPECT_EQ(r.counters(0).at(tensor_bf16), 1024);
}

TEST_F(formats, are_found_by_scope_too) {
  flopwatch::session_options o{.device = "cuda:0"};
  o.scope_depth = 1;
  auto const r = count(
      [&] {
        flopwatch::scope const here("here");
        product("aten::mm", scalar_type::bf16);
      },
      o);
  EXPECT_EQ(r.runs, 2);
  EXPECT_EQ(r.r.range_counters(0).at(tensor_bf16), 1024);
}

}  // namespace
