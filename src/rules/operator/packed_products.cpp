// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <span>

#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operator_table.hpp"
#include "rules/operator/quantized.hpp"

/// \file
/// Products with a weight in a tensor whose sizes are those of its storage: four bits an element, or two of
/// every four elements. Each takes N from another argument.

namespace flopwatch::operator_rules {
namespace {

struct row_count {
  std::int64_t rows = 0;   ///< all leading dimensions together
  std::int64_t width = 0;  ///< K
};

row_count packed_rows(tensor_arg const& input) {
  if (input.rank() < 1) throw rule_error("an operand of the product has the wrong rank");
  return {checked_product(std::span(input.sizes).first(input.sizes.size() - 1)), size_of(input, -1)};
}

/// self [M,K], scales and zeros [K/group,N,2] or [K/group,N]. Each element of the weight is made real once: a
/// multiply and an add.
operator_work int4_weight(operator_call const& call) {
  auto const& input = dense_at(call, 0);
  auto const r = packed_rows(input);
  auto const& scales = dense_at(call, 3);
  if (scales.rank() < 2) throw rule_error("the scales of the weight have the wrong rank");
  auto const weight = checked_mul(r.width, size_of(scales, 1));
  return product_work(input.dtype, checked_mul(r.rows, weight), {.adds = weight, .multiplies = weight});
}

/// (input, packed weight, block size, K, N): the input is quantized, each result is scaled.
operator_work dynamic_int4(operator_call const& call) {
  auto const& input = dense_at(call, 0);
  auto const r = packed_rows(input);
  if (r.width != integer_at(call, 3)) throw rule_error("the inner sizes of the product differ");
  auto const outputs = checked_mul(r.rows, integer_at(call, 4));
  auto const flops = checked_add(outputs, checked_mul(input.elements(), quantize_flops));
  return int8_work(checked_mul(outputs, r.width), flops);
}

/// scale [N]: each result is scaled.
operator_work mixed_types(operator_call const& call) {
  auto const& input = dense_at(call, 0);
  auto const r = packed_rows(input);
  auto const outputs = checked_mul(r.rows, dense_at(call, 2).elements());
  return product_work(input.dtype, checked_mul(outputs, r.width),
                      {.adds = given(call, 3) * outputs, .multiplies = outputs});
}

/// input [...,K], int8 weight [N,K], ..., bias.
operator_work int8_weight(operator_call const& call) {
  auto const& input = dense_at(call, 0);
  auto const& weight = dense_at(call, 1);
  auto const r = packed_rows(input);
  if (weight.rank() != 2 || r.width != size_of(weight, 1)) {
    throw rule_error("the inner sizes of the product differ");
  }
  auto const outputs = checked_mul(r.rows, size_of(weight, 0));
  auto const flops = checked_add(checked_mul(outputs, 2), checked_mul(input.elements(), quantize_flops));
  return int8_work(checked_mul(outputs, r.width), flops);
}

/// input [...,K], a packed weight in half precision, bias [N].
operator_work half_weight(operator_call const& call) {
  auto const& input = dense_at(call, 0);
  auto const* bias = optional_tensor_at(call, 2);
  if (bias == nullptr) throw rule_error("without a bias the width of the packed weight is unknown");
  auto const r = packed_rows(input);
  auto const outputs = checked_mul(r.rows, bias->elements());
  return product_work(input.dtype, checked_mul(outputs, r.width), {.adds = outputs});
}

/// input [...,K], weight [N,K] in half precision, bias.
operator_work half_unpacked_weight(operator_call const& call) {
  auto const& input = dense_at(call, 0);
  auto const& weight = tensor_at(call, 1);
  auto const r = packed_rows(input);
  auto const outputs = r.width == 0 ? 0 : checked_mul(r.rows, weight.elements() / r.width);
  return product_work(input.dtype, checked_mul(r.rows, weight.elements()),
                      {.adds = given(call, 2) * outputs});
}

/// Two of every four elements are stored, with their places: [M,K] takes 9/16 of its size, 10/16 with one
/// byte for an element. B [K,N].
operator_work library_semi_structured(operator_call const& call) {
  auto const& a = dense_at(call, 0);
  auto const& b = dense_at(call, 1);
  if (b.rank() != 2) throw rule_error("an operand of the product has the wrong rank");
  bool const bytes = a.dtype == scalar_type::i8 || a.dtype == scalar_type::f8;
  auto const k = size_of(b, 0);
  auto const dense = checked_mul(a.elements(), 16) / (bytes ? 10 : 9);
  auto const m = k == 0 ? 0 : dense / k;
  auto const outputs = checked_mul(m, size_of(b, 1));
  return product_work(a.dtype, checked_mul(outputs, k / 2),
                      {.adds = given(call, 2) * outputs, .multiplies = given(call, 3) * outputs});
}

/// input [...,K], weight [N,K/2].
operator_work semi_structured_linear(operator_call const& call) {
  auto const& input = dense_at(call, 0);
  auto const& weight = dense_at(call, 1);
  auto const r = packed_rows(input);
  if (weight.rank() != 2 || checked_mul(size_of(weight, 1), 2) != r.width) {
    throw rule_error("the inner sizes of the product differ");
  }
  auto const outputs = checked_mul(r.rows, size_of(weight, 0));
  return product_work(input.dtype, checked_mul(r.rows, weight.elements()),
                      {.adds = given(call, 3) * outputs});
}

/// input, mat1 [M,K/2], its places, mat2 [K,N], alpha, beta.
operator_work semi_structured_addmm(operator_call const& call) {
  auto const& a = dense_at(call, 1);
  auto const& b = dense_at(call, 3);
  if (a.rank() != 2 || b.rank() != 2 || checked_mul(size_of(a, 1), 2) != size_of(b, 0)) {
    throw rule_error("the inner sizes of the product differ");
  }
  auto const outputs = checked_product({size_of(a, 0), size_of(b, 1)});
  std::int64_t const scaled =
      (is_number(call, 4, 1) ? 0 : 1) + (is_number(call, 5, 0) || is_number(call, 5, 1) ? 0 : 1);
  return product_work(a.dtype, checked_mul(a.elements(), size_of(b, 1)),
                      {.adds = is_number(call, 5, 0) ? 0 : outputs, .multiplies = scaled * outputs});
}

}  // namespace

void add_packed_product_rules(operator_table& table) {
  constexpr auto kind = arithmetic::multiply_add;
  table.counted(
      "_weight_int4pack_mm _weight_int4pack_mm_for_cpu _weight_int4pack_mm_with_scales_and_zeros "
      "quantized::int4mm_packed_weight_cpu",
      kind, int4_weight);
  table.counted("_dyn_quant_matmul_4bit", kind, dynamic_int4);
  table.counted("_mixed_dtypes_linear", kind, mixed_types);
  // Registered as decomposed, but they call a library.
  table.counted("fbgemm_linear_int8_weight fbgemm_linear_int8_weight_fp32_activation", kind, int8_weight);
  table.counted(
      "fbgemm_linear_fp16_weight fbgemm_linear_fp16_weight_fp32_activation "
      "_quantized::wrapped_fbgemm_linear_fp16_weight",
      kind, half_weight);
  table.counted(
      "quantized::linear_dynamic_fp16_unpacked_weight onednn::linear_dynamic_fp16 "
      "onednn::linear_relu_dynamic_fp16",
      kind, half_unpacked_weight);
  table.counted("_cslt_sparse_mm", kind, library_semi_structured);
  table.counted("_sparse_semi_structured_linear", kind, semi_structured_linear);
  table.counted("_sparse_semi_structured_addmm", kind, semi_structured_addmm);
}

}  // namespace flopwatch::operator_rules
