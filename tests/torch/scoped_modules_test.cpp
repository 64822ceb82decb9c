// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <gtest/gtest.h>

#include "torch/support.hpp"

namespace {

namespace nn = flopwatch::nn;
using namespace flopwatch::test;
using torch::Tensor;

/// Two linear layers of 8 x 8 under every way of declaring a scope; 64 MACs a row each.
struct NetImpl : nn::Module {
  NetImpl() {
    fc = register_module("fc", nn::Linear(8, 8));
    plain = register_module("plain", torch::nn::Linear(8, 8));
    shared = register_module("shared", fc);
  }
  Tensor forward(Tensor const& x) { return plain(fc(x)); }
  nn::Linear fc{nullptr};
  flopwatch::scoped<torch::nn::Linear> plain{nullptr};
  nn::Linear shared{nullptr};
};
FLOPWATCH_MODULE(Net);

TEST(scoped_modules, cover_the_call_operator_and_forward) {
  Net net;
  auto const x = torch::randn({4, 8});
  auto const r = count_model(net, [&] {
    net(x);
    net->fc->forward(x);
    net->forward(x);
  });
  EXPECT_EQ(row_of(r, "").calls, 2);
  EXPECT_EQ(row_of(r, "fc").calls, 3);
  EXPECT_EQ(row_of(r, "plain").calls, 2);
  EXPECT_EQ(row_of(r, "fc").total.macs, 3 * 4 * 64);
  EXPECT_EQ(row_of(r, "fc").rule_macs, 3 * 4 * 64);
  EXPECT_EQ(r.analysis().tree.operator_total.macs, 5 * 4 * 64);
  EXPECT_TRUE(r.analysis().capture.losses.empty()) << r.report();
}

TEST(scoped_modules, a_scoped_holder_covers_the_call_operator_alone) {
  Net net;
  auto const x = torch::randn({4, 8});
  auto const r = count_model(net, [&] { net->plain->forward(x); });
  EXPECT_EQ(row_of(r, "plain").calls, 0);
  EXPECT_EQ(r.analysis().tree.operator_total.macs, 4 * 64) << "the work is seen all the same";
}

TEST(scoped_modules, work_in_sequential_and_any_module_and_after_clone) {
  nn::Sequential seq(nn::Linear(8, 8), nn::ReLU(), nn::Linear(8, 8));
  auto const x = torch::randn({4, 8});
  auto const before = count_model(seq, [&] { seq->forward(x); });
  EXPECT_EQ(row_of(before, "0").calls, 1);
  EXPECT_EQ(row_of(before, "2").total.macs, 4 * 64);
  EXPECT_EQ(row_of(before, "").total.macs, 8 * 64);

  auto const copy = std::dynamic_pointer_cast<nn::ScopedSequentialImpl>(seq->clone());
  ASSERT_NE(copy, nullptr);
  EXPECT_TRUE(torch::equal(copy->forward(x), seq->forward(x)));
  EXPECT_FALSE(copy->parameters()[0].is_same(seq->parameters()[0]));
  auto const after = count_model(std::shared_ptr<torch::nn::Module>(copy), [&] { copy->forward(x); });
  EXPECT_EQ(row_of(after, "0").calls, 1);
  EXPECT_EQ(row_of(after, "").type, "Sequential");

  torch::nn::AnyModule any(nn::Linear(8, 8));
  auto const r = count_once([&] { any.forward(x); });
  EXPECT_EQ(r.analysis().capture.scopes.at(0).path, "(Linear)");
}

TEST(scoped_modules, a_clone_of_a_whole_model_is_scoped_too) {
  struct HolderImpl : torch::nn::Cloneable<HolderImpl> {
    HolderImpl() { reset(); }
    void reset() override { fc = register_module("fc", nn::Linear(8, 8)); }
    Tensor forward(Tensor const& x) { return fc(x); }
    nn::Linear fc{nullptr};
  };
  using Holder = flopwatch::scoped_holder<HolderImpl>;
  Holder model;
  auto const copy = model->clone();
  auto const x = torch::randn({2, 8});
  auto* const typed = dynamic_cast<HolderImpl*>(copy.get());
  ASSERT_NE(typed, nullptr);
  EXPECT_TRUE(torch::equal(typed->forward(x), model->forward(x)));
  EXPECT_FALSE(typed->fc->weight.is_same(model->fc->weight));
  auto const r = count_model(copy, [&] { typed->forward(x); });
  EXPECT_EQ(row_of(r, "fc").calls, 1);
}

TEST(scoped_modules, modules_with_default_arguments_and_several_results) {
  nn::LSTM lstm(torch::nn::LSTMOptions(3, 4));
  nn::MultiheadAttention mha(torch::nn::MultiheadAttentionOptions(8, 2));
  nn::ConvTranspose2d up(torch::nn::ConvTranspose2dOptions(3, 4, 2));
  auto const x = torch::randn({5, 2, 3});
  auto const q = torch::randn({5, 2, 8});
  auto const image = torch::randn({1, 3, 6, 6});
  auto const r = count_model(lstm, [&] { std::get<0>(lstm(x)); });
  EXPECT_EQ(row_of(r, "").rule_macs, 1760) << "thop's number for T 5, B 2, I 3, H 4";
  EXPECT_EQ(row_of(r, "").total.macs, 5 * 2 * 4 * 4 * (3 + 4)) << "what the products need";
  auto const attention = count_model(mha, [&] { mha(q, q, q); });
  EXPECT_EQ(attention.analysis().tree.operator_total.macs, 10 * 8 * 24 + 2 * 2 * 5 * 5 * 8 + 10 * 8 * 8);
  EXPECT_FALSE(has_loss(attention, flopwatch::loss::module_without_scope)) << "out_proj is never called";
  EXPECT_EQ(count_model(up, [&] { up(image); }).analysis().tree.operator_total.macs, 36 * 3 * 4 * 4);
}

TEST(scoped_modules, a_packed_sequence_reaches_the_rule) {
  nn::LSTM lstm(torch::nn::LSTMOptions(3, 4));
  auto const packed =
      torch::nn::utils::rnn::pack_padded_sequence(torch::randn({5, 2, 3}), torch::tensor({5, 2}));
  auto const r = count_model(lstm, [&] { lstm->forward_with_packed_input(packed); });
  EXPECT_EQ(row_of(r, "").rule_macs, 1760) << "thop counts padding too";
  EXPECT_EQ(row_of(r, "").total.macs, 7 * 4 * 4 * (3 + 4)) << "seven real steps ran";
}

TEST(scoped_modules, a_module_scope_in_forward_and_a_plain_scope) {
  struct PartImpl : torch::nn::Module {
    PartImpl() : fc(register_module("fc", nn::Linear(8, 8))) {}
    Tensor forward(Tensor const& x) {
      flopwatch::module_scope scope{*this, x};
      flopwatch::scope const mix{"mix"};
      return scope.returns(torch::mm(fc(x), torch::ones({8, 8})));
    }
    nn::Linear fc;
  };
  auto const part = std::make_shared<PartImpl>();
  flopwatch::custom_ops ops;
  ops.add<PartImpl>("Part", [](flopwatch::module_call const& c) { return c.input_elements() * 16; });
  auto const x = torch::randn({4, 8});
  auto const r = count_model(
      std::static_pointer_cast<torch::nn::Module>(part), [&] { part->forward(x); }, ops);
  EXPECT_EQ(row_of(r, "").rule_macs, 4 * 8 * 16);
  EXPECT_EQ(row_of(r, "mix").self.macs, 4 * 64);
  EXPECT_EQ(row_of(r, "fc").total.macs, 4 * 64);
  EXPECT_TRUE(r.analysis().capture.losses.empty()) << r.report();
}

TEST(scoped_modules, two_kinds_of_guard_open_one_scope) {
  struct TwiceImpl : torch::nn::Module {
    Tensor forward(Tensor const& x) {
      flopwatch::module_scope const scope{*this};
      return x + 1;
    }
  };
  flopwatch::scoped_holder<TwiceImpl> model;
  auto const r = count_model(model, [&] { model(torch::ones({2})); });
  EXPECT_EQ(r.analysis().capture.scopes.size(), 1U);
  EXPECT_EQ(row_of(r, "").calls, 1);
}

TEST(scoped_modules, an_exception_unwinds_and_passes_through) {
  struct ThrowsImpl : torch::nn::Module {
    ThrowsImpl() : fc(register_module("fc", nn::Linear(8, 8))) {}
    Tensor forward(Tensor const& x) { return fc(x); }
    nn::Linear fc;
  };
  flopwatch::scoped_holder<ThrowsImpl> model;
  flopwatch::session s{{.warmup = 0}};
  s.watch(model);
  auto const wrong = torch::randn({2, 3});
  EXPECT_THROW(s.count([&] { model(wrong); }), c10::Error);
  auto const right = torch::randn({2, 8});
  auto const r = s.count([&] {
    EXPECT_THROW(model(wrong), c10::Error);
    model(right);
  });
  EXPECT_EQ(row_of(r, "fc").total.macs, 2 * 64);
  EXPECT_FALSE(has_loss(r, flopwatch::loss::scope_left_open));
  EXPECT_FALSE(has_loss(r, flopwatch::loss::rule_without_inputs)) << r.report();
}

TEST(scoped_modules, results_are_the_same_bit_for_bit) {
  torch::manual_seed(1);
  Net net;
  auto const x = torch::randn({4, 8});
  auto const bare = net(x);
  Tensor counted;
  count_model(net, [&] { counted = net(x); });
  EXPECT_TRUE(torch::equal(bare, counted));
}

TEST(scoped_modules, a_ruled_module_that_opens_no_scope_is_a_data_loss) {
  struct MixedImpl : torch::nn::Module {
    MixedImpl() : seen(register_module("seen", nn::Linear(8, 8))) {
      unseen = register_module("unseen", torch::nn::Linear(8, 8));
      relu = register_module("relu", torch::nn::ReLU());
    }
    Tensor forward(Tensor const& x) { return relu(unseen(seen(x))); }
    nn::Linear seen;
    torch::nn::Linear unseen{nullptr};
    torch::nn::ReLU relu{nullptr};
  };
  flopwatch::scoped_holder<MixedImpl> model;
  auto const r = count_model(model, [&] { model(torch::randn({2, 8})); });
  ASSERT_TRUE(has_loss(r, flopwatch::loss::module_without_scope));
  EXPECT_EQ(flopwatch::report_exit_code(r.analysis()), 5);
  for (auto const& l : r.analysis().capture.losses) {
    EXPECT_NE(l.text.find("unseen (Linear)"), std::string::npos);
    EXPECT_EQ(l.text.find("relu"), std::string::npos) << "its rule is 0, so nothing is missing";
  }
}

TEST(scoped_modules, an_impl_that_cannot_be_copied_or_returns_nothing) {
  struct UnusualImpl : torch::nn::Module {
    UnusualImpl() : owned(std::make_unique<int>(3)), fc(register_module("fc", nn::Linear(8, 8))) {}
    void forward(Tensor const& x) { last = fc(x); }
    std::unique_ptr<int> owned;
    Tensor last;
    nn::Linear fc;
  };
  flopwatch::scoped_holder<UnusualImpl> model;
  auto const r = count_model(model, [&] { model(torch::randn({2, 8})); });
  EXPECT_EQ(row_of(r, "fc").total.macs, 2 * 64);
  EXPECT_EQ(row_of(r, "").calls, 1);
}

TEST(scoped_modules, torchs_encoder_takes_a_scoped_layer) {
  nn::TransformerEncoder encoder(nn::TransformerEncoderLayer(torch::nn::TransformerEncoderLayerOptions(8, 2)),
                                 2);
  encoder->eval();
  torch::NoGradGuard const no_grad;
  auto const r = count_model(encoder, [&] { encoder(torch::randn({3, 1, 8})); });
  EXPECT_EQ(row_of(r, "").calls, 1);
  EXPECT_GT(r.analysis().tree.operator_total.macs, 0);
}

TEST(scoped_modules, parameters_are_counted_once_each) {
  struct TiedImpl : torch::nn::Module {
    TiedImpl() {
      a = register_module("a", nn::Linear(8, 8));
      b = register_module("b", nn::Linear(8, 8));
      again = register_module("again", a);
      b->weight = a->weight;
      b->register_parameter("tied", a->weight);
    }
    Tensor forward(Tensor const& x) { return a(x); }
    nn::Linear a{nullptr}, b{nullptr}, again{nullptr};
  };
  flopwatch::scoped_holder<TiedImpl> model;
  auto const r = count_model(model, [&] { model(torch::randn({2, 8})); });
  EXPECT_EQ(row_of(r, "").parameters, 72 + 72) << "a's two, b's own two; the tied weight is a's";
}

TEST(scoped_modules, a_rule_that_fails_once_loses_that_call_alone) {
  nn::Linear fc(8, 8);
  flopwatch::custom_ops ops;
  int asked = 0;
  ops.add<torch::nn::LinearImpl>("moody", [&asked](flopwatch::module_call const&) -> std::int64_t {
    if (++asked == 2) throw std::runtime_error("not now");
    return 100;
  });
  auto const r = count_model(
      fc,
      [&] {
        for (int i = 0; i < 4; ++i) fc(torch::ones({1, 8}));
      },
      ops);
  EXPECT_EQ(row_of(r, "").rule_macs, 300);
  ASSERT_TRUE(has_loss(r, flopwatch::loss::rule_failed));
  EXPECT_EQ(r.analysis().capture.losses.at(0).count, 1);
}

TEST(scoped_modules, names_may_hold_anything) {
  struct OddImpl : torch::nn::Module {
    OddImpl() { quoted = register_module("a \"quoted\"|name\n\xE6\xA8\xA1", nn::Linear(8, 8)); }
    Tensor forward(Tensor const& x) { return quoted(x); }
    nn::Linear quoted{nullptr};
  };
  flopwatch::scoped_holder<OddImpl> model;
  auto const r = count_model(model, [&] { model(torch::randn({2, 8})); });
  EXPECT_EQ(row_of(r, "a \"quoted\"|name\n\xE6\xA8\xA1").total.macs, 2 * 64);
  EXPECT_NO_THROW((void)r.report());
  EXPECT_NO_THROW((void)r.json());
}

}  // namespace
