// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operator_table.hpp"

/// \file
/// Reductions between processes: the additions of this process. They run in the network's library or in the
/// switch, and rules do not see which reduction it is: all count as sums.

namespace flopwatch::operator_rules {
namespace {

constexpr std::string_view share =
    "an estimate: one addition for each element, whatever the algorithm and the number of processes";

operator_work sum_of(std::vector<tensor_arg> const& tensors) {
  operator_work sum;
  for (auto const& t : tensors) {
    auto const one = other_work(t.dtype, {.adds = t.elements()});
    sum.amount += one.amount;
    sum.precision = one.precision;
  }
  return sum;
}

/// A tensor or a list of them: W processes add (W - 1) / W of the elements each, in a ring.
operator_work all_reduce(operator_call const& call) {
  if (std::holds_alternative<std::vector<tensor_arg>>(argument_at(call, 0)))
    return sum_of(tensors_at(call, 0));
  return sum_of({dense_at(call, 0)});
}

/// Each process adds W parts to one: all elements but those of the result.
operator_work scattered(tensor_arg const& input, std::int64_t results) {
  return other_work(input.dtype, {.adds = checked_sub(input.elements(), results)});
}

/// (output, input, ...), tensors or lists of them.
operator_work reduce_scatter_into(operator_call const& call) {
  if (!std::holds_alternative<std::vector<tensor_arg>>(argument_at(call, 0))) {
    return scattered(dense_at(call, 1), dense_at(call, 0).elements());
  }
  auto const& outputs = tensors_at(call, 0);
  auto const& inputs = tensors_at(call, 1);
  if (outputs.size() != inputs.size()) throw rule_error("the lists of tensors differ in length");
  operator_work sum;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    auto const one = scattered(inputs[i], outputs[i].elements());
    sum.amount += one.amount;
    sum.precision = one.precision;
  }
  return sum;
}

/// (input, reduction, processes, ...), a tensor or a list of them.
operator_work reduce_scatter(operator_call const& call) {
  auto const processes = integer_at(call, 2);
  if (processes <= 0) throw rule_error("the group has no processes");
  auto const one = [&](tensor_arg const& t) { return scattered(t, t.elements() / processes); };
  if (!std::holds_alternative<std::vector<tensor_arg>>(argument_at(call, 0))) return one(dense_at(call, 0));
  operator_work sum;
  for (auto const& t : tensors_at(call, 0)) {
    auto const part = one(t);
    sum.amount += part.amount;
    sum.precision = part.precision;
  }
  return sum;
}

}  // namespace

void add_collective_rules(operator_table& table) {
  constexpr auto kind = arithmetic::other;
  table.estimated(R"(
    c10d::allreduce c10d::allreduce_coalesced c10d::reduce _c10d_functional::all_reduce
    _c10d_functional::all_reduce_coalesced symm_mem::multimem_all_reduce symm_mem::multimem_one_shot_all_reduce
    symm_mem::multimem_one_shot_all_reduce_out symm_mem::multimem_one_shot_reduce_out symm_mem::one_shot_all_reduce
    symm_mem::one_shot_all_reduce_copy symm_mem::one_shot_all_reduce_copy_out symm_mem::one_shot_all_reduce_out
    symm_mem::two_shot_all_reduce symm_mem::two_shot_all_reduce_out symm_mem::reduce_scatter_out
    symm_mem::tile_reduce symm_mem::multi_root_tile_reduce symm_mem::nccl_reduce_scatter_offset
  )",
                  kind, share, all_reduce);
  table.counted("c10d::_reduce_scatter_base c10d::reduce_scatter_tensor_coalesced", kind,
                reduce_scatter_into);
  table.counted(R"(
    _c10d_functional::reduce_scatter_tensor _c10d_functional::reduce_scatter_tensor_coalesced
    _c10d_functional::reduce_scatter_tensor_out _c10d_functional_autograd::reduce_scatter_tensor
  )",
                kind, reduce_scatter);
  table.unsupported("c10d::reduce_scatter", "its inputs are lists of lists, which are not recorded");
  // Copies, views and marks of sharded and replicated training.
  table.no_arithmetic(R"(
    fsdp::all_gather_copy_in fsdp::chunk_cat fsdp::chunk_cat_mixed_dtype fsdp::copy
    fsdp::record_grad_output_stream fsdp::split_with_sizes_copy
    _c10d_functional::_wrap_tensor_autograd
    symm_mem::_barrier symm_mem::_rendezvous symm_mem::all_to_all_vdev symm_mem::all_to_all_vdev_2d
    symm_mem::all_to_all_vdev_2d_offset symm_mem::get_remote_tensors symm_mem::memset32
    symm_mem::multimem_all_gather_out symm_mem::nccl_get symm_mem::nccl_put symm_mem::nccl_put_signal
    symm_mem::nccl_put_with_signal symm_mem::nccl_wait_for_signal symm_mem::nccl_wait_signal
    symm_mem::nvshmem_all_to_all symm_mem::nvshmem_broadcast symm_mem::nvshmem_get symm_mem::nvshmem_put
    symm_mem::nvshmem_put_with_signal symm_mem::nvshmem_wait_for_signal symm_mem::stream_write_value32
    symm_mem::_low_contention_all_gather symm_mem::_low_contention_all_gather_ce_multicast
    symm_mem::_low_contention_all_gather_ce_multicast_out symm_mem::memcpy_to_multicast
    symm_mem::nccl_all_to_all_nd symm_mem::nccl_get_out symm_mem::nvshmem_get_out
  )");
  // Written in Python, or the older names of the functional collectives: they call others.
  table.opened(R"(
    c10d_functional::all_gather_into_tensor c10d_functional::all_gather_into_tensor_coalesced
    c10d_functional::all_reduce c10d_functional::all_reduce_coalesced c10d_functional::all_to_all_single
    c10d_functional::batch_p2p_ops c10d_functional::broadcast c10d_functional::irecv c10d_functional::isend
    c10d_functional::reduce_scatter_tensor
    c10d_functional::reduce_scatter_tensor_coalesced c10d_functional::wait_tensor
    symm_mem::fused_all_gather_matmul symm_mem::fused_all_gather_scaled_matmul
    symm_mem::fused_matmul_reduce_scatter symm_mem::fused_scaled_matmul_reduce_scatter
    symm_mem::_low_contention_reduce_scatter
  )");
}

}  // namespace flopwatch::operator_rules
