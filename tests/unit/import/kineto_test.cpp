// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Synthetic traces of torch.profiler.
#include <gmock/gmock.h>

#include "unit/import/importing.hpp"
#include "unit/import/trace_text.hpp"

namespace flopwatch::test {
namespace {

using testing::Eq;
using testing::Optional;

TEST(import_kineto, puts_kernels_where_they_were_launched) {
  // The first kernel runs while the second module is open.
  auto const got =
      import_text(trace({module("Net_0", 0, 100), module("Linear_0", 10, 20), module("ReLU_0", 40, 20),
                         launch(15, 1), launch(45, 2), launch(80, 3), launch(200, 4), kernel(41, 1),
                         kernel(90, 2), kernel(120, 3), kernel(210, 4)}));
  ASSERT_EQ(got.launches.size(), 4U);
  EXPECT_EQ(got.path_of(got.launches[0]), "Net_0.Linear_0");
  EXPECT_EQ(got.path_of(got.launches[1]), "Net_0.ReLU_0");
  EXPECT_EQ(got.path_of(got.launches[2]), "Net_0");
  EXPECT_EQ(got.path_of(got.launches[3]), "");
  EXPECT_EQ(got.launches[0].kernel, "k1");
  EXPECT_EQ(got.launches[0].record.grid_y, 3);
  EXPECT_EQ(got.data.scopes[1].type, "Linear");
  EXPECT_EQ(got.data.info.at(info_key::gpu), "Synthetic GPU");
  EXPECT_EQ(analyse(got.data).tree.measured_total.unmeasured_launches, 4);
}

TEST(import_kineto, counts_the_outermost_operator_with_a_rule) {
  auto const linear = event(
      "cpu_op", "aten::linear", 10, 20,
      R"("Input Dims":[[2,3],[5,3],[5]],"Input type":["c10::BFloat16","c10::BFloat16","c10::BFloat16"],"Concrete Inputs":["","",""])");
  auto const got = import_text(trace({linear, mm(12, 5), launch(13, 1), kernel(50, 1), mm(40, 5)}));
  ASSERT_EQ(got.data.operator_calls.size(), 2U);
  auto const& call = got.data.operator_calls[0];
  EXPECT_EQ(call.name, "aten::linear");
  EXPECT_EQ(call.total.macs, 2 * 3 * 5);
  EXPECT_EQ(call.precision, precision::bf16);
  EXPECT_EQ(call.shapes, "[2,3] [5,3] [5]");
  EXPECT_EQ(got.launches.at(0).record.operator_call, call.id);
}

TEST(import_kineto, reads_lists_and_numbers_among_the_arguments) {
  auto const conv = event(
      "cpu_op", "aten::conv2d", 10, 20,
      R"("Input Dims":[[4,3,224,224],[768,3,16,16],[768],[],[],[],[]],"Input type":["float","float","float","ScalarList","ScalarList","ScalarList","Scalar"],"Concrete Inputs":["","","","[16, 16]","[0, 0]","[1, 1]","1"])");
  auto const cat = event(
      "cpu_op", "aten::cat", 40, 5,
      R"("Input Dims":[[[4,1],[4,2]],[]],"Input type":["TensorList","Scalar"],"Concrete Inputs":["","1"])");
  auto const got = import_text(trace({conv, cat}));
  ASSERT_EQ(got.data.operator_calls.size(), 2U);
  EXPECT_EQ(got.data.operator_calls[0].total.macs, 4LL * 768 * 14 * 14 * 3 * 16 * 16);
  EXPECT_EQ(got.data.operator_calls[1].shapes, "([4,1] [4,2])");
}

TEST(import_kineto, lists_operators_that_it_cannot_count) {
  auto const own = event("cpu_op", "mine::attention", 10, 20,
                         R"("Input Dims":[[2,3]],"Input type":["float"],"Concrete Inputs":[""])");
  auto const around = event("cpu_op", "mine::block", 50, 30);
  auto const idle = event("cpu_op", "mine::view", 90, 2);
  auto const got = import_text(trace({own, launch(15, 1), kernel(60, 1), around, mm(55, 5), launch(56, 2),
                                      kernel(80, 2), launch(70, 3), kernel(88, 3), idle}));
  std::map<std::string, operator_status> status;
  for (auto const& c : got.data.operator_calls) status[c.name] = c.status;
  EXPECT_EQ(status.at("mine::attention"), operator_status::unsupported);
  EXPECT_EQ(status.at("mine::block"), operator_status::partly_counted);
  EXPECT_FALSE(status.contains("mine::view"));  // it launched nothing
}

TEST(import_kineto, gives_backward_work_to_the_module_of_its_forward) {
  auto const forward = event("cpu_op", "aten::mm", 12, 5, R"("Sequence number":9,"Fwd thread id":0)");
  auto const node = event("cpu_op", "autograd::engine::evaluate_function: MmBackward0", 100, 20,
                          R"("Sequence number":9,"Fwd thread id":1)", 2);
  auto const inner =
      event("cpu_op", "aten::mm", 105, 5,
            R"("Input Dims":[[2,3],[3,5]],"Input type":["float","float"],"Concrete Inputs":["",""])", 2);
  auto const got = import_text(
      trace({module("Linear_0", 10, 20), forward, node, inner, launch(106, 1, 2), kernel(300, 1)}));
  ASSERT_EQ(got.launches.size(), 1U);
  EXPECT_EQ(got.path_of(got.launches[0]), "Linear_0");
  EXPECT_EQ(got.launches[0].record.phase, phase::backward);
}

std::string counters(int begin, std::string const& ffma) {
  return event("cuda_profiler_range", "k", begin, 10,
               R"("smsp__sass_thread_inst_executed_op_ffma_pred_on.sum":)" + ffma);
}

TEST(import_kineto, matches_counter_ranges_by_order_and_never_by_guess) {
  auto const whole = import_text(trace({launch(10, 1), launch(20, 2), counters(1, "7"), counters(2, "9")}));
  ASSERT_EQ(whole.launches.size(), 2U);
  EXPECT_THAT(whole.launches[1].flops(), Optional(18));
  auto const lost = import_text(trace({launch(10, 1), launch(20, 2), counters(1, "7")}));
  ASSERT_EQ(lost.launches.size(), 2U);
  for (auto const& l : lost.launches) EXPECT_THAT(l.flops(), Eq(std::nullopt));
  EXPECT_EQ(lost.lost("ranges_unmatched"), 1);
}

TEST(import_kineto, names_kernels_without_launch_and_launches_without_kernel) {
  auto const got = import_text(trace({launch(10, 1), kernel(30, 99)}));
  EXPECT_EQ(got.launches.size(), 2U);
  EXPECT_EQ(got.lost("import_kernel_without_launch"), 1);
  EXPECT_EQ(got.lost("import_launch_without_kernel"), 1);
}

TEST(import_kineto, keeps_what_came_before_the_end_of_a_cut_file) {
  auto const whole = trace({launch(10, 1), kernel(30, 1), mm(40, 5)});
  auto const got = import_text(whole.substr(0, whole.size() - 30));
  EXPECT_EQ(got.launches.size(), 1U);
  EXPECT_EQ(got.lost("import_cut_off"), 1);
}

TEST(import_kineto, reads_an_array_of_events_and_refuses_other_json) {
  EXPECT_EQ(import_text("[" + launch(10, 1) + "," + kernel(30, 1) + "]").launches.size(), 1U);
  for (auto const* content :
       {"{}", "[]", "{\"traceEvents\":[]}", "[1,2", "{\"traceEvents\":7}", "{nonsense"}) {
    EXPECT_THROW((void)import_text(content), usage_error) << content;
  }
}

TEST(import_kineto, survives_strange_values) {
  auto const strange =
      R"({"ph":"X","cat":"cpu_op","name":"aten::mm","pid":1,"tid":1,"ts":1e300,"dur":-5,"args":{"Input Dims":[[-1,99999999999999999999]],"Input type":[[],{}],"Concrete Inputs":7}})";
  auto const got =
      import_text(trace({strange, R"({"ph":"X"})", "{}", "null", "[[[]]]", launch(10, 1), kernel(30, 1)}));
  EXPECT_EQ(got.launches.size(), 1U);
}

TEST(import_profile, joins_the_operators_of_another_capture_by_type) {
  auto const folder = capture_detail::scratch_folder::create();
  {
    capture_writer w(folder.path() / "synthetic-model.flops");
    w.set_info(info_key::formula, "thop 0.1.1 rules");
    w.add(module_record{1, "Net", false, false, true, rule_origin::none, "", 30});
    w.add(module_record{2, "Linear", true, false, true, rule_origin::thop, "Linear", 15});
    w.add(module_path_record{1, 0, "", "", 1});
    w.add(module_path_record{2, 1, "head", "head", 2});
    w.add(scope_record{1, 0, "", "Net", 1, 1, phase::forward, 1});
    w.add(scope_record{2, 1, "head", "Linear", 2, 1, phase::forward, 1});
    operator_call_record c;
    c.id = 1;
    c.scope = 2;
    c.name = "aten::mm";
    c.shapes = "[2,3] [3,5]";
    c.arithmetic = arithmetic::multiply_add;
    c.precision = precision::fp32;
    c.calls = 1;
    c.total = {30, 30, 0};
    w.add(c);
    w.add(formula_call_record{2, 2, formula_unit::macs, 1, 30, ""});
    w.close();
  }
  import_options options;
  options.operators = folder.path() / "synthetic-model.flops";
  auto const bare = event("cpu_op", "aten::mm", 12, 5);
  // Two forward passes of the model: twice the work.
  auto const got =
      import_text(trace({module("Net_0", 0, 100), module("Linear_0", 10, 20), bare, launch(13, 1),
                         kernel(200, 1), module("Net_0", 300, 100), module("Linear_0", 310, 20),
                         event("cpu_op", "aten::mm", 312, 5), launch(313, 2), kernel(500, 2)}),
                  options);
  ASSERT_EQ(got.launches.size(), 2U);
  EXPECT_EQ(got.path_of(got.launches[0]), "head");
  auto const a = analyse(got.data);
  EXPECT_EQ(a.tree.operator_total.macs, 60);
  EXPECT_EQ(a.tree.formula_macs, 60);
  ASSERT_EQ(got.data.operator_calls.size(), 1U);
  EXPECT_EQ(got.data.operator_calls[0].status, operator_status::counted);
  EXPECT_EQ(got.launches[0].record.operator_call, got.data.operator_calls[0].id);
}

}  // namespace
}  // namespace flopwatch::test
