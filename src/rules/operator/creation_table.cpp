// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/operator/operator_table.hpp"

namespace flopwatch::operator_rules {

/// New tensors: allocation, constants, sequences, indices and random numbers. They have no tensor as input,
/// so the generator's own computation is not counted.
void add_creation(operator_table& table) {
  table.no_arithmetic(R"(
    _efficientzerotensor _empty_affine_quantized _empty_per_channel_affine_quantized _make_dep_token
    _new_zeros_with_same_feature_meta arange as_tensor empty empty_like empty_permuted empty_quantized
    empty_strided eye fft_fftfreq fft_rfftfreq from_file full full_like linspace logspace new_empty
    new_empty_strided new_full new_ones new_zeros ones ones_like range scalar_tensor tensor tril_indices
    triu_indices zero zeros zeros_like one_hot _shape_as_tensor _dim_arange
    _sparse_bsc_tensor_unsafe _sparse_bsr_tensor_unsafe _sparse_compressed_tensor_unsafe
    _sparse_compressed_tensor_with_dims _sparse_coo_tensor_unsafe _sparse_coo_tensor_with_dims
    _sparse_coo_tensor_with_dims_and_tensors _sparse_csc_tensor_unsafe _sparse_csr_tensor_unsafe
    sparse_bsc_tensor sparse_bsr_tensor sparse_compressed_tensor sparse_coo_tensor sparse_csc_tensor
    sparse_csr_tensor _spdiags _list_to_tensor _nested_compute_contiguous_strides_offsets
    bartlett_window blackman_window hamming_window hann_window kaiser_window
  )");
  table.no_arithmetic(R"(
    _cudnn_init_dropout_state _fill_mem_eff_dropout_mask _no_grad_fill _no_grad_normal
    _no_grad_uniform _no_grad_zero _sample_dirichlet _sobol_engine_draw _sobol_engine_ff
    _sobol_engine_initialize_state _sobol_engine_scramble _standard_gamma bernoulli binomial cauchy exponential
    geometric log_normal multinomial normal normal_functional poisson rand rand_like randint randint_like randn
    randn_like random randperm uniform rngprims::philox_rand
    _philox_key_fold_in _philox_key_split _philox_normal _philox_randint _philox_uniform
    inductor_prims::inductor_reserve_rng_state prims::inductor_rand_eager_offset
    prims::inductor_rand_eager_offsets
  )");
}

}  // namespace flopwatch::operator_rules
