// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operands.hpp"
#include "rules/operator/operator_table.hpp"

/// \file
/// Operators that add elements at indices: one add for each element. The first element at an index counts,
/// too: the indices are values, which rules do not see.

namespace flopwatch::operator_rules {
namespace {

operator_work adds(scalar_type t, std::int64_t n) { return other_work(t, {.adds = n}); }

/// One add for each element of the tensor at `position`.
operator_rule_function for_each_of(std::size_t position) {
  return [position](operator_call const& call) {
    return adds(dense_at(call, 0).dtype, dense_at(call, position).elements());
  };
}

/// (self, dim, index, source, alpha)
operator_work index_add(operator_call const& call) {
  auto const n = dense_at(call, 3).elements();
  return other_work(dense_at(call, 0).dtype, {.adds = n, .multiplies = is_number(call, 4, 1) ? 0 : n});
}

/// scatter with a reduction is an add or a multiply for each index.
operator_work scatter_reduced(operator_call const& call) {
  auto const& self = dense_at(call, 0);
  if (is_complex(self.dtype)) throw rule_error("the reduction of complex numbers is unknown");
  return adds(self.dtype, dense_at(call, 2).elements());
}

bool is_mask(tensor_arg const& index) {
  return index.dtype == scalar_type::boolean || index.dtype == scalar_type::u8;
}

/// How many places the indices pick, one of them a mask: what it picks depends on values, which rules do not
/// see, but the values put there are as many. `rest`: the sizes of the dimensions without an index.
std::int64_t places_of_mask(operator_call const& call, std::vector<std::int64_t> const& rest) {
  auto const& values = dense_at(call, 2);
  if (values.sizes.size() == rest.size() + 1) {
    for (std::size_t at = 0; at < values.sizes.size(); ++at) {
      auto others = values.sizes;
      others.erase(others.begin() + static_cast<std::ptrdiff_t>(at));
      if (values.sizes[at] != 1 && others == rest) return values.sizes[at];
    }
  }
  throw rule_error("how many elements a mask picks depends on values, which rules do not see");
}

/// (self, indices, values, accumulate): the indices broadcast; each picks the remaining dimensions of self.
operator_work index_put(operator_call const& call) {
  auto const& self = dense_at(call, 0);
  if (!boolean_at(call, 3)) return adds(self.dtype, 0);
  bool masked = false;
  std::vector<std::int64_t> places;
  std::vector<std::int64_t> rest;
  std::size_t dim = 0;
  for (auto const& index : tensors_at(call, 1)) {
    bool const mask = index.defined && is_mask(index);
    auto const taken = mask ? index.sizes.size() : 1;
    if (dim + taken > self.sizes.size()) throw rule_error("there are more indices than dimensions");
    if (!index.defined) rest.push_back(self.sizes[dim]);
    if (index.defined && !mask) places = broadcast(places, index.sizes);
    masked = masked || mask;
    dim += taken;
  }
  rest.insert(rest.end(), self.sizes.begin() + static_cast<std::ptrdiff_t>(dim), self.sizes.end());
  auto const picked = masked ? places_of_mask(call, rest) : checked_product(places);
  return adds(self.dtype, checked_mul(picked, checked_product(rest)));
}

operator_work put(operator_call const& call) {
  auto const& self = dense_at(call, 0);
  return adds(self.dtype, boolean_at(call, 3) ? dense_at(call, 1).elements() : 0);
}

/// (grad, indices, num_weights, ...)
operator_work embedding_backward(operator_call const& call) {
  auto const& gradient = dense_at(call, 0);
  (void)dense_at(call, 1);
  return adds(gradient.dtype, gradient.elements());
}

/// mode: 0 sum, 1 mean (a divide for each result), 2 maximum (comparisons).
operator_work embedding_bag(operator_call const& call) {
  auto const& weight = dense_at(call, 0);
  auto const mode = integer_at(call, 4);
  if (mode < 0 || mode > 2) throw rule_error("the mode of the embedding bag is unknown");
  if (mode == 2) return adds(weight.dtype, 0);
  auto const width = size_of(weight, -1);
  auto const picked = checked_product({dense_at(call, 1).elements(), width});
  auto bags = dense_at(call, 2).elements();
  if (boolean_at(call, 7) && bags > 0) --bags;
  return other_work(weight.dtype, {.adds = picked,
                                   .multiplies = optional_tensor_at(call, 6) != nullptr ? picked : 0,
                                   .functions = mode == 1 ? checked_product({bags, width}) : 0});
}

/// (grad, indices, ...): the bag's gradient for each picked row, divided (mean, mode 1) or weighted.
operator_work embedding_bag_backward(operator_call const& call) {
  auto const& gradient = dense_at(call, 0);
  auto const mode = integer_at(call, 7);
  auto const added =
      mode == 2 ? gradient.elements() : checked_mul(dense_at(call, 1).elements(), size_of(gradient, -1));
  auto const multiplied = (mode == 1 ? 1 : 0) + given(call, 8);
  return other_work(gradient.dtype, {.adds = added, .multiplies = checked_mul(added, multiplied)});
}

/// (grad, weight, indices, ...): a dot product of each picked row with its bag's gradient.
operator_work sample_weights_backward(operator_call const& call) {
  auto const& weight = dense_at(call, 1);
  return product_work(weight.dtype, checked_mul(dense_at(call, 2).elements(), size_of(weight, -1)));
}

/// (self, indices, ...): norm and scaling of each picked row.
operator_work embedding_renorm(operator_call const& call) {
  auto const& self = dense_at(call, 0);
  auto const picked = checked_mul(dense_at(call, 1).elements(), size_of(self, -1));
  return other_work(self.dtype, {.functions = checked_mul(picked, 3)});
}

operator_work bincount(operator_call const& call) {
  auto const* weights = optional_tensor_at(call, 1);
  return weights == nullptr ? adds(dense_at(call, 0).dtype, 0)
                            : adds(weights->dtype, dense_at(call, 0).elements());
}

}  // namespace

void add_accumulate_rules(operator_table& table) {
  constexpr auto kind = arithmetic::other;
  table.counted("index_add", kind, index_add);
  table.counted("scatter_add", kind, for_each_of(2));
  table.counted("scatter.reduce scatter.reduce_out scatter.value_reduce scatter.value_reduce_out", kind,
                scatter_reduced);
  table.counted("index_put _index_put_impl _unsafe_index_put", kind, index_put);
  table.counted("put", kind, put);
  table.counted("embedding_dense_backward", kind, embedding_backward);
  table.counted("_embedding_bag _embedding_bag_forward_only", kind, embedding_bag);
  table.counted("bincount", kind, bincount);
  table.counted("_embedding_bag_dense_backward", kind, embedding_bag_backward);
  table.counted("_embedding_bag_per_sample_weights_backward", arithmetic::multiply_add,
                sample_weights_backward);
  table.counted("embedding_renorm", kind, embedding_renorm);
  table.opened("_embedding_bag_backward _unsafe_masked_index_put_accumulate");
  // Rules do not get the name of the reduction: it counts as a sum or a product.
  table.counted("scatter_reduce", kind, for_each_of(2));
  table.counted("index_reduce", kind, for_each_of(3));
  table.counted("segment_reduce", kind, for_each_of(0));
  table.counted("_segment_reduce_backward", kind, for_each_of(2));
  // Gradients and patches that overlap: every element is added once.
  table.counted(
      "col2im unfold_backward max_pool2d_with_indices_backward max_pool3d_with_indices_backward "
      "adaptive_max_pool2d_backward adaptive_max_pool3d_backward fractional_max_pool2d_backward "
      "fractional_max_pool3d_backward reflection_pad1d_backward reflection_pad2d_backward "
      "reflection_pad3d_backward replication_pad1d_backward replication_pad2d_backward "
      "replication_pad3d_backward mkldnn_max_pool2d_backward mkldnn_max_pool3d_backward "
      "max_pool2d_backward",
      kind, for_each_of(0));
}

}  // namespace flopwatch::operator_rules
