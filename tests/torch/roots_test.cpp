// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// What is called where: scopes around the model, several roots, and modules that open no scope.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "torch/support.hpp"

namespace {

namespace nn = flopwatch::nn;
using namespace flopwatch::test;
using flopwatch::phase;
using ::testing::HasSubstr;
using torch::Tensor;

constexpr std::int64_t fc_macs = 4 * 8 * 8;

struct PairImpl : nn::Module {
  PairImpl() {
    first = register_module("first", nn::Linear(8, 8));
    second = register_module("second", nn::Linear(nn::LinearOptions(8, 6)));
  }
  Tensor forward(Tensor const& x) { return second->forward(first->forward(x)); }
  nn::Linear first{nullptr}, second{nullptr};
};
FLOPWATCH_MODULE(Pair);

/// The verdict of that kind in the row; a failure without one.
flopwatch::verdict verdict_of(flopwatch::result const& r, std::string const& path,
                              flopwatch::verdict_kind kind) {
  auto const& a = r.analysis();
  for (std::size_t i = 0; i < a.tree.rows.size(); ++i) {
    if (a.tree.rows[i].path != path || a.tree.rows[i].outside) continue;
    for (auto const& v : a.differences.rows[i].verdicts) {
      if (v.kind == kind) return v;
    }
  }
  ADD_FAILURE() << "no verdict " << to_string(kind) << " at " << path << " in\n" << r.report();
  return {};
}

TEST(scope_around_the_root, holds_forward_and_backward_of_what_ran_in_it) {
  Pair model;
  auto const x = torch::randn({4, 8});
  Tensor loss;
  auto const r = count_model(model, [&] {
    {
      flopwatch::scope const s{"prefill"};
      loss = model(x).sum();
    }
    for (int i = 0; i < 3; ++i) {
      flopwatch::scope const s{"decode"};
      torch::NoGradGuard const no_grad;
      model(x);
    }
    loss.backward();
  });
  auto const once = fc_macs + 4 * 8 * 6;
  EXPECT_EQ(r.module("decode").operator_macs, 3 * once);
  EXPECT_EQ(r.module("decode").formula_macs, 3 * once);
  EXPECT_EQ(row_of(r, "prefill").shown_by_phase()[phase::forward].macs, once);
  EXPECT_EQ(row_of(r, "prefill").shown_by_phase()[phase::backward].macs,
            r.analysis().tree.rows[0].total_by_phase[phase::backward].macs);
  EXPECT_GT(row_of(r, "prefill").shown_by_phase()[phase::backward].macs, 0);
  EXPECT_EQ(r.module("").formula_macs, 4 * once);
}

TEST(several_roots, have_their_names_in_front) {
  Pair gen, disc;
  auto const x = torch::randn({4, 8});
  flopwatch::session s{{.warmup = 0}};
  s.watch(gen);
  s.watch(disc, "disc");
  auto const r = s.count([&] {
    gen(x);
    disc(x);
    disc(x);
  });
  EXPECT_EQ(r.module("Pair.first").operator_macs, fc_macs);
  EXPECT_EQ(r.module("disc.first").operator_macs, 2 * fc_macs);
  EXPECT_EQ(r.module("disc.first").formula_macs, 2 * fc_macs);
  EXPECT_EQ(r.module("Pair").calls, 1);
  EXPECT_EQ(r.module("disc").calls, 2);
  EXPECT_EQ(r.total().formula_macs, 3 * (fc_macs + 4 * 8 * 6));
  EXPECT_TRUE(r.analysis().capture.losses.empty()) << r.report();
}

TEST(several_roots, of_one_type_are_numbered_and_nothing_is_replaced) {
  nn::Linear a(8, 8), b(8, 8);
  auto const x = torch::randn({4, 8});
  flopwatch::session s{{.warmup = 0}};
  s.watch(a).watch(b);
  auto const r = s.count([&] { b(a(x)); });
  EXPECT_EQ(r.module("Linear").calls, 1);
  EXPECT_EQ(r.module("Linear_2").calls, 1);
}

TEST(several_roots, are_refused_where_they_are_one) {
  Pair model;
  flopwatch::session s;
  s.watch(model, "a");
  EXPECT_THROW(s.watch(model, "b"), flopwatch::usage_error);
  EXPECT_THROW(s.watch(Pair(), "a"), flopwatch::usage_error);
  EXPECT_THROW(s.watch(Pair(), "a.b"), flopwatch::usage_error);
  s.watch(model->first, "part");
  EXPECT_THROW(s.count([] {}), flopwatch::usage_error);
}

/// Its layer is called by the forward of torch's own class.
struct PastImpl : nn::Module {
  PastImpl() { fc = register_module("fc", nn::Linear(8, 8)); }
  Tensor forward(Tensor const& x) {
    return fc->as<torch::nn::LinearImpl>()->torch::nn::LinearImpl::forward(x);
  }
  nn::Linear fc{nullptr};
};
FLOPWATCH_MODULE(Past);

TEST(called_unseen, by_the_forward_of_the_base_class) {
  Past model;
  auto const x = torch::randn({4, 8});
  auto const r = count_model(model, [&] { model(x); });
  auto const v = verdict_of(r, "", flopwatch::verdict_kind::called_unseen);
  EXPECT_EQ(v.amount, -fc_macs);
  EXPECT_THAT(v.cause, HasSubstr("fc (Linear), which has no call"));
}

struct PlainImpl : torch::nn::Module {
  PlainImpl() { fc = register_module("fc", nn::Linear(8, 8)); }
  Tensor forward(Tensor const& x) { return fc(x).mm(x.t()); }
  nn::Linear fc{nullptr};
};
TORCH_MODULE(Plain);

struct HolderImpl : nn::Module {
  HolderImpl() {
    plain = register_module("plain", Plain());
    fc = register_module("fc", torch::nn::Linear(8, 8));
  }
  Tensor forward(Tensor const& x) { return with_layer ? fc(x) : plain(x); }
  bool with_layer = false;
  Plain plain{nullptr};
  torch::nn::Linear fc{nullptr};
};
FLOPWATCH_MODULE(Holder);

TEST(called_unseen, in_a_type_of_the_users_that_opens_no_scope) {
  Holder model;
  auto const r = count_model(model, [&] { model(torch::randn({4, 8})); });
  auto const v = verdict_of(r, "", flopwatch::verdict_kind::formula_incomplete);
  EXPECT_THAT(v.cause, HasSubstr("plain"));
}

TEST(called_unseen, in_a_layer_that_opens_no_scope) {
  Holder model;
  model->with_layer = true;
  auto const r = count_model(model, [&] { model(torch::randn({4, 8})); });
  auto const v = verdict_of(r, "", flopwatch::verdict_kind::formula_incomplete);
  EXPECT_THAT(v.cause, HasSubstr("fc (Linear)"));
}

struct ListImpl : nn::Module {
  Tensor forward(Tensor const& x) { return hidden[0](x); }
  std::vector<nn::Linear> hidden{nn::Linear(8, 8)};
};
FLOPWATCH_MODULE(List);

TEST(called_unseen, never_by_a_module_that_is_not_registered) {
  List model;
  auto const r = count_model(model, [&] { model(torch::randn({4, 8})); });
  auto const v = verdict_of(r, "", flopwatch::verdict_kind::no_rule);
  EXPECT_EQ(v.amount, -fc_macs);
  EXPECT_THAT(v.cause, HasSubstr("not registered below the root"));
}

/// y = x w, whose backward is the user's.
struct Product : torch::autograd::Function<Product> {
  static Tensor forward(torch::autograd::AutogradContext* ctx, Tensor const& x, Tensor const& w) {
    ctx->save_for_backward({x, w});
    return x.mm(w);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx,
                                                 torch::autograd::variable_list const& grad) {
    auto const saved = ctx->get_saved_variables();
    return {grad[0].mm(saved[1].t()), saved[0].t().mm(grad[0])};
  }
};

struct OwnImpl : nn::Module {
  OwnImpl() { w = register_parameter("w", torch::randn({8, 8})); }
  Tensor forward(Tensor const& x) { return Product::apply(x, w); }
  Tensor w;
};
FLOPWATCH_MODULE(Own);

struct ChainImpl : nn::Module {
  ChainImpl() {
    first = register_module("first", nn::Linear(8, 8));
    own = register_module("own", Own());
    last = register_module("last", Own());
  }
  Tensor forward(Tensor const& x) { return last(own(first(x))); }
  nn::Linear first{nullptr};
  Own own{nullptr}, last{nullptr};
};
FLOPWATCH_MODULE(Chain);

TEST(backward_of_an_autograd_function, belongs_to_the_module_that_applied_it) {
  Chain model;
  auto const x = torch::randn({4, 8});
  auto const r = count_model(model, [&] { model(x).sum().backward(); });
  for (auto const* path : {"own", "last"}) {
    EXPECT_EQ(row_of(r, path).total_by_phase[phase::forward].macs, fc_macs) << path;
    EXPECT_EQ(row_of(r, path).total_by_phase[phase::backward].macs, 2 * fc_macs) << path << '\n'
                                                                                 << r.report();
  }
  EXPECT_EQ(row_of(r, "first").total_by_phase[phase::backward].macs, fc_macs)
      << "its input needs no gradient";
  EXPECT_TRUE(r.analysis().capture.losses.empty()) << r.report();
}

TEST(backward_of_an_autograd_function, outside_every_module_stays_there) {
  nn::Linear model(8, 8);
  auto const x = torch::randn({4, 8});
  auto const w = torch::randn({8, 8}, torch::requires_grad());
  auto const r = count_model(model, [&] { Product::apply(model(x), w).sum().backward(); });
  EXPECT_EQ(row_of(r, "").self_by_phase[phase::backward].macs, fc_macs);
  EXPECT_EQ(r.analysis().tree.rows.back().self_by_phase[phase::backward].macs, 2 * fc_macs);
}

}  // namespace
