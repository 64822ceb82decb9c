// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "attention/cases.hpp"

#include <functional>
#include <memory>
#include <sstream>
#include <utility>

namespace sample {
namespace {

using model_kind = case_description::model_kind;

struct built {
  std::shared_ptr<torch::nn::Module> root;
  std::function<Tensor(Tensor const&)> forward;
};

template <class Holder>
built built_from(Holder const& holder) {
  return {holder.ptr(), [inner = Holder(holder)](Tensor const& x) mutable { return inner(x); }};
}

using OuterCustom = flopwatch::scoped_holder<OuterImpl<CustomModule>>;
using OuterStack = flopwatch::scoped_holder<OuterImpl<AttentionStack>>;

struct HoldsAttentionImpl : nn::Module {
  explicit HoldsAttentionImpl(sizes const& s) : inner(register_module("inner", Attention(s.dim, s.heads))) {}
  Tensor forward(Tensor const& x) { return inner(x); }
  Attention inner;
};
FLOPWATCH_MODULE(HoldsAttention);

built build(case_description const& c) {
  switch (c.model) {
    case model_kind::custom:
      return c.outer ? built_from(OuterCustom(c.size)) : built_from(CustomModule(c.size));
    case model_kind::stack:
      return c.outer ? built_from(OuterStack(c.size)) : built_from(AttentionStack(c.size));
    case model_kind::attention:
      break;
  }
  return c.outer ? built_from(HoldsAttention(c.size)) : built_from(Attention(c.size.dim, c.size.heads));
}

}  // namespace

void case_description::set(std::string const& model_word, bool with_outer, std::string const& rules) {
  model = model_word == "stack"       ? model_kind::stack
          : model_word == "attention" ? model_kind::attention
                                      : model_kind::custom;
  outer = with_outer;
  if (model != model_kind::custom && size.calls != 1) {
    throw flopwatch::usage_error("--calls is for --model custom: the others call attn once");
  }
  std::istringstream words(rules);
  for (std::string word; std::getline(words, word, ',');) {
    if (word == "custom") {
      rule_on_custom = true;
    } else if (word == "stack") {
      rule_on_stack = true;
    } else if (word == "attention") {
      rule_on_attention = true;
    } else if (word != "none") {
      throw flopwatch::usage_error("--rules knows none, custom, stack and attention, not \"" + word + "\"");
    }
  }
  if ((rule_on_custom && model != model_kind::custom) || (rule_on_stack && model != model_kind::stack)) {
    throw flopwatch::usage_error("--rules " + rules + ": the model has no module of that type");
  }
}

std::string case_description::model_text() const {
  auto const inner = model == model_kind::custom  ? "CustomModule"
                     : model == model_kind::stack ? "a Sequential subclass"
                                                  : "Attention itself";
  return outer ? std::string("Outer holding ") + inner : inner;
}

std::string case_description::rules_text() const {
  std::string text;
  auto const add = [&text](bool on, char const* name) {
    if (on) text += (text.empty() ? "" : ", ") + std::string(name);
  };
  add(rule_on_custom, "CustomModule");
  add(rule_on_stack, "the subclass");
  add(rule_on_attention, "Attention");
  return text.empty() ? "none" : text;
}

std::vector<case_description> all_cases(sizes const& size) {
  auto const with_calls = [&size](std::int64_t calls) {
    auto s = size;
    s.calls = calls;
    return s;
  };
  auto const once = with_calls(1);
  auto const twice = with_calls(2);
  using enum case_description::model_kind;
  return {
      {once, custom, false, false, false, false, true}, {once, custom, false, false, false, true},
      {once, custom, false, true, false, false},        {once, custom, false, true, false, true},
      {twice, custom, false, true, false, false},       {twice, custom, false, false, false, true},
      {twice, custom, false, true, false, true},        {once, custom, true, true, false, false, true},
      {once, custom, true, true, false, true},          {twice, custom, true, true, false, false},
      {once, stack, true, false, true, false},          {once, attention, false, false, false, true},
  };
}

case_description case_to_show(sizes const& size) {
  auto c = all_cases(size).at(4);
  c.starts_table = false;
  return c;
}

void check(sizes const& size) {
  if (size.dim % size.heads != 0) throw flopwatch::usage_error("--dim must be a multiple of --heads");
}

flopwatch::result run_case(case_description const& c, flopwatch::session_options const& options) {
  check(c.size);
  flopwatch::session session(options);  // before the model is made: a missing device costs nothing
  torch::Device const device(options.device.empty() ? "cpu" : options.device);
  torch::manual_seed(0);
  torch::NoGradGuard const no_grad;
  auto model = build(c);
  model.root->to(device);
  model.root->eval();
  auto const x = torch::randn({c.size.batch, c.size.seq, c.size.dim}, device);

  flopwatch::custom_ops ops;
  if (c.rule_on_custom) ops.add<CustomModuleImpl>("CustomModule", attention_rule_macs);
  if (c.rule_on_stack) ops.add<AttentionStackImpl>("AttentionStack", attention_rule_macs);
  if (c.rule_on_attention) ops.add<AttentionImpl>("Attention", attention_rule_macs);
  session.watch(model.root, ops);
  return session.count([&] { model.forward(x); });
}

}  // namespace sample
