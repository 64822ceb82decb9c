// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <span>

#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/norm_groups.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operator_table.hpp"

namespace flopwatch::operator_rules {
namespace {

operator_work work_of(tensor_arg const& input, std::int64_t for_each_element, std::int64_t for_each_group,
                      norm_groups const& g) {
  return other_work(input.dtype, {.functions = checked_add(checked_mul(for_each_element, g.elements),
                                                           checked_mul(for_each_group, g.groups))});
}

/// A group of n: mean (n), differences (n), squares and their mean (2n), plus eps and the inverse root
/// (2), scaling by it (n).
constexpr std::int64_t statistics_and_scaling = 5;
constexpr std::int64_t inverse_root = 2;

operator_work layer_norm(operator_call const& call) {
  auto const& input = dense_at(call, 0);
  auto const g = trailing_groups(input, integers_at(call, 1));
  return work_of(input, statistics_and_scaling + given(call, 2) + given(call, 3), inverse_root, g);
}

operator_work group_norm(operator_call const& call) {
  auto const& input = dense_at(call, 0);
  norm_groups const g{input.elements(),
                      input.elements() == 0 ? 0 : checked_mul(integer_at(call, 3), integer_at(call, 6))};
  return work_of(input, statistics_and_scaling + given(call, 1) + given(call, 2), inverse_root, g);
}

/// Squares and their mean (2n), plus eps and the inverse root (2), scaling by it (n).
operator_work rms_norm(operator_call const& call) {
  auto const& input = dense_at(call, 0);
  auto const g = trailing_groups(input, integers_at(call, 1));
  return work_of(input, 3 + given(call, 2), inverse_root, g);
}

/// Running mean and variance: (1 - m) r + m new each, and the factor n / (n - 1) of the variance.
operator_work batch_norm_training(operator_call const& call, bool running) {
  auto const& input = dense_at(call, 0);
  return work_of(input, statistics_and_scaling + given(call, 1) + given(call, 2),
                 inverse_root + (running ? 7 : 0), channel_groups(input));
}

/// Difference to the running mean and scaling (2n), the inverse root of each channel (2).
operator_work batch_norm_inference(operator_call const& call) {
  auto const& input = dense_at(call, 0);
  return work_of(input, 2 + given(call, 1) + given(call, 2), inverse_root, channel_groups(input));
}

/// (input, weight, bias, running_mean, running_var, training, ...)
operator_work batch_norm(operator_call const& call) {
  if (call.overload.starts_with("no_stats")) {
    if (!boolean_at(call, 3)) throw rule_error("batch norm without statistics outside training");
    return batch_norm_training(call, false);
  }
  return boolean_at(call, 5) ? batch_norm_training(call, given(call, 3) != 0) : batch_norm_inference(call);
}

/// The parts of a batch norm over several devices: (input, eps), (input, weight, bias, mean, invstd, eps).
operator_work batch_norm_stats(operator_call const& call) {
  auto const& input = dense_at(call, 0);
  return work_of(input, statistics_and_scaling - 1, inverse_root, channel_groups(input));
}

operator_work batch_norm_elements(operator_call const& call) {
  auto const& input = dense_at(call, 0);
  return work_of(input, 2 + given(call, 1) + given(call, 2), 0, channel_groups(input));
}

/// v g / |v|: squares, sum and root (2n), one divide, products (n), for each row along `dim`.
operator_work weight_norm(operator_call const& call) {
  auto const& v = dense_at(call, 0);
  norm_groups const g{v.elements(), v.elements() == 0 ? 0 : size_of(v, integer_at(call, 2))};
  return work_of(v, 3, 1, g);
}

/// dg = sum(dw v) / |v| and dv = g (dw / |v| - v sum / |v|^3), with factors of a row: 5 n, and 5 for a row.
operator_work weight_norm_backward(operator_call const& call) {
  auto const& v = dense_at(call, 1);
  norm_groups const g{v.elements(), v.elements() == 0 ? 0 : size_of(v, integer_at(call, 4))};
  return work_of(v, 5, 5, g);
}

/// (grad, input, mean, invstd, weight, ...): ((g - a) - (x - m) b) c
operator_work batch_norm_backward_elements(operator_call const& call) {
  auto const& input = dense_at(call, 1);
  return work_of(input, 5, 0, channel_groups(input));
}

/// (grad, input, mean, ...): the sums of g and g (x - m).
operator_work batch_norm_backward_sums(operator_call const& call) {
  auto const& input = dense_at(call, 1);
  return work_of(input, 4, -2, channel_groups(input));
}

/// (input, running mean, running variance, momentum): both of the batch, then 7 for a channel.
operator_work batch_norm_update(operator_call const& call) {
  auto const& input = dense_at(call, 0);
  return work_of(input, 4, 7, channel_groups(input));
}

/// (input, means [P,C], ...): those of P processes become one; squares, differences and sums.
operator_work batch_norm_gather(operator_call const& call) {
  auto const& means = dense_at(call, 1);
  return other_work(means.dtype, {.functions = checked_mul(means.elements(), 10)});
}

/// (self, p, dim, maxnorm): norm and scaling, and the factor of each row along `dim`.
operator_work renorm(operator_call const& call) {
  auto const& self = dense_at(call, 0);
  norm_groups const g{self.elements(), self.elements() == 0 ? 0 : size_of(self, integer_at(call, 2))};
  return work_of(self, 3, 2, g);
}

}  // namespace

void add_norm_rules(operator_table& table) {
  constexpr auto kind = arithmetic::other;
  table.counted("native_layer_norm prim::MKLDNNLayerNorm", kind, layer_norm);
  table.counted("native_group_norm", kind, group_norm);
  // Registered as composite, but one kernel on a GPU.
  table.counted("rms_norm _fused_rms_norm", kind, rms_norm);
  table.counted(
      "native_batch_norm _native_batch_norm_legit _native_batch_norm_legit_functional cudnn_batch_norm "
      "miopen_batch_norm",
      kind, batch_norm);
  table.counted("_native_batch_norm_legit_no_training _batch_norm_no_update", kind, batch_norm_inference);
  table.counted("_batch_norm_with_update _batch_norm_with_update_functional", kind,
                [](operator_call const& call) { return batch_norm_training(call, true); });
  table.counted("batch_norm_stats", kind, batch_norm_stats);
  table.counted("batch_norm_elemt", kind, batch_norm_elements);
  table.counted("_weight_norm_interface", kind, weight_norm);
  table.counted("_weight_norm_interface_backward", kind, weight_norm_backward);
  table.counted("batch_norm_backward_elemt", kind, batch_norm_backward_elements);
  table.counted("batch_norm_backward_reduce", kind, batch_norm_backward_sums);
  table.counted("batch_norm_update_stats", kind, batch_norm_update);
  table.estimated("batch_norm_gather_stats batch_norm_gather_stats_with_counts", kind,
                  "an estimate: 10 for each process and channel", batch_norm_gather);
  table.counted("renorm", kind, renorm);
}

}  // namespace flopwatch::operator_rules
