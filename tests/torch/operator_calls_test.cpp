// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include <ATen/autocast_mode.h>
#include <gtest/gtest.h>
#include <torch/library.h>

#include "torch/support.hpp"

namespace {

namespace nn = flopwatch::nn;
using flopwatch::operator_status;
using flopwatch::precision;
using namespace flopwatch::test;
using torch::Tensor;

std::int64_t macs_of(std::function<void()> const& f) {
  return count_once(f).analysis().tree.operator_total.macs;
}

TEST(operator_calls, count_products_whatever_they_are_called_by) {
  auto const a = torch::randn({4, 5});
  auto const b = torch::randn({5, 6});
  auto const v = torch::randn({5});
  EXPECT_EQ(macs_of([&] { torch::mm(a, b); }), 120);
  EXPECT_EQ(macs_of([&] { torch::matmul(a, v); }), 20);
  EXPECT_EQ(macs_of([&] { torch::dot(v, v); }), 5);
  EXPECT_EQ(macs_of([&] { torch::einsum("ij,jk->ik", {a, b}); }), 120);
  EXPECT_EQ(macs_of([&] { torch::linear(a, b.t().contiguous(), torch::ones({6})); }), 120);
  auto out = torch::empty({4, 6});
  EXPECT_EQ(macs_of([&] { torch::mm_out(out, a, b); }), 120);
  EXPECT_EQ(macs_of([&] { at::_addmm_activation(torch::ones({6}), a, b); }), 120);
  auto const image = torch::randn({2, 4, 8, 8});
  EXPECT_EQ(macs_of([&] {
              torch::conv2d(image, torch::randn({6, 2, 3, 3}), {}, 1, 1, 1, 2);
            }),
            2 * 6 * 64 * 2 * 9);
}

TEST(operator_calls, count_sparse_products_by_what_is_stored) {
  auto const dense = torch::randn({4, 6});
  auto const coo = torch::eye(4).to_sparse();
  auto const csr = torch::eye(4).to_sparse_csr();
  EXPECT_EQ(macs_of([&] { torch::mm(coo, dense); }), 4 * 6);
  EXPECT_EQ(macs_of([&] { torch::mm(csr, dense); }), 4 * 6);
}

TEST(operator_calls, count_the_fused_inference_operators_through_their_inner_calls) {
  torch::NoGradGuard const no_grad;
  auto const x = torch::randn({2, 10, 16});
  auto const w = [](std::int64_t rows, std::int64_t cols) { return torch::randn({rows, cols}); };
  auto const ones = [](std::int64_t n) { return torch::ones({n}); };
  auto const attention = count_once([&] {
    at::_native_multi_head_attention(x, x, x, 16, 4, w(48, 16), ones(48), w(16, 16), ones(16), {}, false);
  });
  EXPECT_EQ(attention.analysis().tree.operator_total.macs, 26880);
  auto const layer = count_once([&] {
    at::_transformer_encoder_layer_fwd(x, 16, 4, w(48, 16), ones(48), w(16, 16), ones(16), true, false, 1e-5,
                                       ones(16), ones(16), ones(16), ones(16), w(32, 16), ones(32), w(16, 32),
                                       ones(16));
  });
  EXPECT_EQ(layer.analysis().tree.operator_total.macs, 47360);
}

TEST(operator_calls, count_attention_as_the_full_square_with_the_useful_part_apart) {
  auto const q = torch::randn({2, 4, 10, 4});
  auto const r = count_once([&] { torch::scaled_dot_product_attention(q, q, q, {}, 0.0, true); });
  EXPECT_EQ(r.analysis().tree.operator_total.macs, 2 * 4 * 10 * 10 * 8);
  EXPECT_EQ(r.analysis().tree.operator_total.useful_macs, 2 * 4 * 55 * 8);
}

TEST(operator_calls, keep_precisions_apart) {
  auto const r = count_once([&] {
    torch::mm(torch::ones({2, 3}), torch::ones({3, 4}));
    torch::mm(torch::ones({2, 3}, torch::kDouble), torch::ones({3, 4}, torch::kDouble));
    torch::mm(torch::ones({2, 3}, torch::kBFloat16), torch::ones({3, 4}, torch::kBFloat16));
  });
  auto const& by = r.analysis().tree.rows[0].total_by_precision;
  EXPECT_EQ(by.at(precision::fp32).macs, 24);
  EXPECT_EQ(by.at(precision::fp64).macs, 24);
  EXPECT_EQ(by.at(precision::bf16).macs, 24);
}

TEST(operator_calls, under_autocast_have_the_precision_that_ran) {
  auto const a = torch::ones({2, 3});
  auto const b = torch::ones({4, 3});
  at::autocast::set_autocast_enabled(at::kCPU, true);
  at::autocast::set_autocast_dtype(at::kCPU, torch::kBFloat16);
  auto const r = count_once([&] {
    torch::mm(a, b.t());
    torch::linear(a, b);
    torch::mm(a.to(torch::kDouble), b.t().to(torch::kDouble));  // which autocast leaves alone
  });
  at::autocast::set_autocast_enabled(at::kCPU, false);
  at::autocast::clear_cache();
  auto const& by = r.analysis().tree.rows[0].total_by_precision;
  EXPECT_EQ(by.at(precision::bf16).macs, 2 * 24);
  EXPECT_EQ(by.at(precision::fp64).macs, 24);
  EXPECT_EQ(r.analysis().tree.operator_total.macs, 3 * 24);
}

TEST(operator_calls, take_empty_and_undefined_tensors_and_changing_shapes) {
  EXPECT_EQ(macs_of([] { torch::mm(torch::ones({0, 3}), torch::ones({3, 4})); }), 0);
  EXPECT_EQ(macs_of([] { torch::linear(torch::ones({0, 8}), torch::ones({4, 8})); }), 0);
  EXPECT_EQ(macs_of([] { torch::conv2d(torch::ones({0, 3, 8, 8}), torch::ones({4, 3, 3, 3})); }), 0);
  auto const r = count_once([] {
    for (std::int64_t n = 1; n <= 20; ++n) torch::mm(torch::ones({n, 3}), torch::ones({3, 4}));
  });
  EXPECT_EQ(r.analysis().tree.operator_total.macs, 210 * 12);
  EXPECT_TRUE(r.analysis().capture.losses.empty());
}

Tensor twice(Tensor const& x) {
  auto out = torch::empty_like(x);
  auto const* const from = x.const_data_ptr<float>();
  std::transform(from, from + x.numel(), out.data_ptr<float>(), [](float v) { return 2 * v; });
  return out;
}
Tensor through_mm(Tensor const& x) { return torch::mm(x, x); }

TEST(operator_calls, that_raise_before_their_kernel_count_nothing) {
  auto const a = torch::randn({4, 5});
  auto const result = count_once([&] {
    EXPECT_THROW(torch::mm(a, a), c10::Error);
    EXPECT_THROW(torch::linear(a, a.t().contiguous()), c10::Error);
    torch::mm(a, a.t());
  });
  EXPECT_EQ(result.analysis().tree.operator_total.macs, 4 * 5 * 4);
  EXPECT_TRUE(result.exact());
}

TEST(operator_calls, of_a_tangent_count_next_to_that_of_the_value) {
  auto const level = torch::autograd::forward_ad::enter_dual_level();
  auto const x = at::_make_dual(torch::randn({2, 4}), torch::randn({2, 4}), 0);
  // The weight has a tangent of zeros, by which mm multiplies in full.
  EXPECT_EQ(macs_of([&] { torch::mm(x, torch::randn({4, 5})); }), 3 * (2 * 4 * 5));
  EXPECT_EQ(macs_of([&] { torch::linear(x, torch::randn({5, 4})); }), 3 * (2 * 4 * 5));
  torch::autograd::forward_ad::exit_dual_level(level);
}

TEST(operator_calls, list_what_has_no_rule) {
  auto const twice_op = c10::Dispatcher::singleton()
                            .findSchemaOrThrow("flopwatch_test::twice", "")
                            .typed<Tensor(Tensor const&)>();
  auto const mm_op = c10::Dispatcher::singleton()
                         .findSchemaOrThrow("flopwatch_test::through_mm", "")
                         .typed<Tensor(Tensor const&)>();
  auto const x = torch::ones({3, 3});
  auto const r = count_once([&] {
    for (int i = 0; i < 4; ++i) twice_op.call(x);
    mm_op.call(x);
  });
  EXPECT_EQ(calls_of(r, "flopwatch_test::twice", operator_status::unsupported), 4);
  EXPECT_EQ(calls_of(r, "flopwatch_test::through_mm", operator_status::partly_counted), 1);
  EXPECT_EQ(r.analysis().tree.operator_total.macs, 27);
  for (auto const& c : r.analysis().capture.operator_calls) {
    if (c.name == "flopwatch_test::twice") {
      EXPECT_EQ(c.shapes, "[3,3]");
    }
  }
}

TEST(operator_calls, are_seen_on_every_thread) {
  auto const a = torch::ones({4, 4});
  auto const r = count_once([&] {
    std::vector<std::thread> all;
    for (int t = 0; t < 3; ++t) {
      all.emplace_back([&] {
        flopwatch::scope const s{"worker"};
        for (int i = 0; i < 50; ++i) torch::mm(a, a);
      });
    }
    for (auto& t : all) t.join();
  });
  EXPECT_EQ(r.analysis().tree.operator_total.macs, 3 * 50 * 64);
  EXPECT_EQ(row_of(r, "worker").calls, 3);
}

struct TrainedImpl : torch::nn::Module {
  TrainedImpl() : first(register_module("first", nn::Linear(8, 4))) {
    second = register_module("second", nn::Linear(4, 6));
  }
  Tensor forward(Tensor const& x) { return second(torch::relu(first(x))); }
  nn::Linear first;
  nn::Linear second{nullptr};
};

TEST(operator_calls, of_the_backward_pass_belong_to_the_module_whose_forward_made_them) {
  flopwatch::scoped_holder<TrainedImpl> model;
  auto const x = torch::randn({5, 8});
  auto const r = count_model(model, [&] {
    auto const loss = model(x).sum();
    flopwatch::scope const s{"backward"};
    loss.backward();
  });
  auto const macs = [&](std::string const& path, flopwatch::phase in_phase) {
    std::int64_t sum = 0;
    for (auto const i : row_of(r, path).operator_calls) {
      auto const& c = r.analysis().capture.operator_calls[i];
      if (c.phase == in_phase) sum += c.total.macs;
    }
    return sum;
  };
  EXPECT_EQ(macs("first", flopwatch::phase::forward), 5 * 8 * 4);
  EXPECT_EQ(macs("first", flopwatch::phase::backward), 5 * 8 * 4) << "of the weight alone: x needs none";
  EXPECT_EQ(macs("second", flopwatch::phase::forward), 5 * 4 * 6);
  EXPECT_EQ(macs("second", flopwatch::phase::backward), 2 * 5 * 4 * 6);
  EXPECT_FALSE(has_loss(r, flopwatch::loss::backward_unattributed)) << r.report();
  for (auto const& c : r.analysis().capture.operator_calls) {
    EXPECT_EQ(c.name.find("autograd::engine"), std::string::npos) << c.name;
  }
}

TEST(operator_calls, a_backward_whose_forward_was_not_seen_is_said) {
  flopwatch::scoped_holder<TrainedImpl> model;
  auto const loss = model(torch::randn({5, 8})).sum();
  auto const r = count_once([&] { loss.backward(); });
  EXPECT_TRUE(has_loss(r, flopwatch::loss::backward_unattributed));
  EXPECT_EQ(r.analysis().tree.operator_total.macs, 5 * 8 * 4 + 2 * 5 * 4 * 6);
}

TEST(operator_calls, a_backward_after_the_session_is_left_alone) {
  auto const a = torch::ones({4, 5}, torch::requires_grad());
  Tensor loss;
  count_once([&] { loss = torch::mm(a, torch::ones({5, 6})).sum(); });
  loss.backward();
  EXPECT_TRUE(torch::equal(a.grad(), torch::full({4, 5}, 6.0)));
}

}  // namespace

TORCH_LIBRARY(flopwatch_test, m) {
  m.def("twice(Tensor x) -> Tensor", &twice);
  m.def("through_mm(Tensor x) -> Tensor");
}
TORCH_LIBRARY_IMPL(flopwatch_test, CPU, m) { m.impl("through_mm", &through_mm); }
