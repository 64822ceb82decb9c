// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/operator/elementwise.hpp"
#include "rules/operator/operator_table.hpp"

namespace flopwatch::operator_rules {
namespace {

constexpr elementwise_row elementwise_prims[] = {
    {"prims::acos prims::acosh prims::asin prims::asinh prims::atan prims::atanh prims::bessel_i0 "
     "prims::bessel_i0e prims::bessel_i1 prims::bessel_i1e prims::bessel_j0 prims::bessel_j1 prims::cbrt prims::cos "
     "prims::cosh prims::digamma prims::erf prims::erf_inv prims::erfc prims::erfcx prims::exp prims::exp2 "
     "prims::expm1 prims::lgamma prims::log prims::log10 prims::log1p prims::log2 prims::ndtri prims::reciprocal "
     "prims::rsqrt prims::sin prims::sinh prims::spherical_bessel_j0 prims::sqrt prims::tan prims::tanh",
     1, 0, 0, 1, true},
    {"prims::atan2 prims::div prims::hypot prims::igamma prims::igammac prims::zeta", 2, 0, 0, 1, true},
    {"prims::fmod prims::pow prims::remainder", 2, 0, 0, 1},
    {"prims::add prims::sub", 2, 1, 0, 0},
    {"prims::mul", 2, 0, 1, 0},
    {"prims::fma", 3, 1, 1, 0},
};

}  // namespace

/// Operators into which PyTorch decomposes others, mostly in graphs that it compiles.
void add_prims(operator_table& table) {
  for (auto const& row : elementwise_prims) {
    table.counted(row.names, arithmetic::other,
                  [row](operator_call const& call) { return elementwise_work(call, row); });
  }
  // In eager mode each calls the operator of the same meaning.
  table.opened(R"(
    prims::abs prims::fft_c2c prims::fft_c2r prims::fft_r2c prims::prepare_softmax_online prims::prod prims::sum
    prims::svd prims::var
  )");
  table.no_arithmetic(R"(
    prims::_low_memory_max_pool_offsets_to_indices prims::_low_memory_max_pool_with_offsets prims::_make_token
    prims::_sink_tokens prims::_unsafe_index_put prims::amax prims::amin prims::as_strided
    prims::as_strided_scatter prims::bitwise_and prims::bitwise_not prims::bitwise_or prims::bitwise_xor
    prims::broadcast_in_dim prims::cat prims::ceil prims::clone prims::collapse prims::collapse_view prims::conj
    prims::conj_physical prims::convert_element_type prims::copy_strided prims::copy_to prims::device_put
    prims::empty prims::empty_permuted prims::empty_strided prims::eq prims::fill prims::floor prims::fmax
    prims::fmin prims::frexp prims::full prims::full_like prims::gcd prims::ge prims::gt prims::imag
    prims::inductor_cvt_e8m0_rceil prims::inductor_force_stride_order prims::inductor_lookup_seed
    prims::inductor_randint prims::inductor_random prims::inductor_seed prims::inductor_seeds prims::iota
    prims::isfinite prims::item prims::le prims::lt prims::maximum prims::maximum_value prims::minimum
    prims::minimum_value prims::ne prims::neg prims::nextafter prims::normal prims::real prims::reshape
    prims::resize prims::rev prims::round prims::scalar_tensor prims::shift_left prims::shift_right_arithmetic
    prims::sign prims::signbit prims::split_dim prims::squeeze prims::transpose prims::trunc prims::uniform
    prims::view_of prims::view_of_dtype prims::where prims::xor_sum
    debugprims::load_tensor
  )");
}

}  // namespace flopwatch::operator_rules
