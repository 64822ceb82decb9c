// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operator_table.hpp"

/// \file
/// Connectionist temporal classification: a lattice of T steps and 2 S + 1 states for each sequence of T
/// steps and S labels. Every state is reached from three; fewer at the edges and between equal labels, which
/// are values.

namespace flopwatch::operator_rules {
namespace {

/// log(exp(a - m) + exp(b - m) + exp(c - m)) + m, and the logarithm of the step's own probability.
constexpr std::int64_t state_flops = 3 + 3 + 2 + 1 + 1 + 1;
/// Forward and backward part of a state, and its logarithmic sum with what its label has: a sum, then 7.
constexpr std::int64_t merge_flops = 8;
/// (exp(p) - exp(r + l - p)) g for each step and class.
constexpr std::int64_t class_flops = 6;

/// States of all steps but the first, which is only filled in.
std::int64_t reached_states(operator_call const& call, std::size_t input_lengths) {
  auto const steps = integers_at(call, input_lengths);
  auto const labels = integers_at(call, input_lengths + 1);
  if (steps.size() != labels.size()) throw rule_error("the lists of lengths differ in length");
  std::int64_t states = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i] < 0 || labels[i] < 0) throw rule_error("a length is negative");
    if (steps[i] == 0) continue;
    states = checked_add(states, checked_mul(steps[i] - 1, checked_add(checked_mul(2, labels[i]), 1)));
  }
  return states;
}

operator_work ctc_forward(operator_call const& call) {
  auto const last_sum = checked_mul(static_cast<std::int64_t>(integers_at(call, 2).size()), 7);
  return other_work(dense_at(call, 0).dtype,
                    {.functions = checked_add(checked_mul(reached_states(call, 2), state_flops), last_sum)});
}

/// (grad, log_probs, targets, input_lengths, target_lengths, ...)
operator_work ctc_backward(operator_call const& call) {
  auto const& probabilities = dense_at(call, 1);
  auto const states = checked_mul(reached_states(call, 3), state_flops + merge_flops);
  return other_work(probabilities.dtype,
                    {.functions = checked_add(states, checked_mul(probabilities.elements(), class_flops))});
}

}  // namespace

void add_ctc_rules(operator_table& table) {
  constexpr auto kind = arithmetic::other;
  constexpr std::string_view why = "an estimate: every state of the lattice is reached from three others";
  table.estimated("_ctc_loss", kind, why, ctc_forward);
  table.estimated("_ctc_loss_backward", kind, why, ctc_backward);
  // Both at once: the gradient is made with the loss.
  table.estimated("_cudnn_ctc_loss miopen_ctc_loss", kind, why, [](operator_call const& call) {
    auto const& probabilities = dense_at(call, 0);
    auto work = ctc_forward(call);
    auto const states = checked_mul(reached_states(call, 2), state_flops + merge_flops);
    work.amount.other_flops = checked_add(
        work.amount.other_flops, checked_add(states, checked_mul(probabilities.elements(), class_flops)));
    return work;
  });
  // Their lengths are tensors; on a CPU they call the forms above.
  table.opened("_ctc_loss.Tensor _ctc_loss_backward.Tensor");
  table.unsupported("_cudnn_ctc_loss.Tensor miopen_ctc_loss.Tensor",
                    "the lengths of the sequences are in tensors, whose values rules do not see");
}

}  // namespace flopwatch::operator_rules
