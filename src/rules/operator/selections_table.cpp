// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/operator/operator_table.hpp"

namespace flopwatch::operator_rules {

/// Operators that compare, choose, order or change signs: 0 FLOPs, also on the GPU's FLOP counters.
void add_selections(operator_table& table) {
  table.no_arithmetic(R"(
    __and__ __iand__ __ilshift__ __ior__ __irshift__ __ixor__ __lshift__ __or__ __rshift__ __xor__ all any
    bitwise_and bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_xor eq equal ge greater
    greater_equal gt isfinite isin isinf isnan isneginf isposinf isreal le less less_equal logical_and logical_not
    logical_or logical_xor lt ne not_equal signbit _is_all_true _is_any_true count_nonzero
    _amp_update_scale
  )");
  // The result is a sign, a rounded number, or one of the operands.
  table.no_arithmetic(R"(
    ceil copysign fix floor frexp heaviside modf nan_to_num neg negative nextafter round sign special_round trunc
    gcd lcm
    _foreach_abs _foreach_ceil _foreach_clamp_max _foreach_clamp_min _foreach_floor _foreach_max _foreach_maximum
    _foreach_minimum _foreach_neg _foreach_round _foreach_sign _foreach_trunc _foreach_zero
    clamp clamp_max clamp_min clip fmax fmin maximum minimum relu relu6 hardtanh prim::MKLDNNHardTanh prim::MKLDNNClamp threshold hardshrink where
    hardtanh_backward threshold_backward hardshrink_backward softshrink_backward
  )");
  table.no_arithmetic(R"(
    _aminmax _cummax_helper _cummin_helper _unique _unique2 adaptive_max_pool1d adaptive_max_pool2d
    adaptive_max_pool3d amax amin aminmax argmax argmin argsort bucketize cummax cummaxmin_backward cummin
    fractional_max_pool2d fractional_max_pool3d kthvalue max max_pool1d max_pool1d_with_indices max_pool2d
    max_pool2d_with_indices max_pool3d max_pool3d_with_indices max_unpool2d max_unpool3d median min
    histc histogram _histogramdd_bin_edges _histogramdd_from_bin_cts _histogramdd_from_bin_tensors
    mkldnn_max_pool2d mkldnn_max_pool3d mode msort nanmedian quantized_max_pool1d quantized_max_pool2d
    quantized_max_pool3d searchsorted sort topk unique_consecutive unique_dim unique_dim_consecutive
  )");
}

}  // namespace flopwatch::operator_rules
