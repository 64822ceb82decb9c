// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/operator/elementwise.hpp"

#include "flopwatch/checked.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operands.hpp"
#include "rules/operator/operator_table.hpp"

namespace flopwatch::operator_rules {
namespace {

// One FLOP each, regardless of how the function is computed.
constexpr elementwise_row one_function{
    "sqrt rsqrt reciprocal exp exp2 expm1 log log2 log10 log1p sin cos tan asin acos atan sinh cosh tanh "
    "asinh acosh atanh erf erfc erfinv sigmoid lgamma digamma i0 special_airy_ai special_bessel_j0 "
    "special_bessel_j1 special_bessel_y0 special_bessel_y1 special_erfcx special_i0e special_i1 special_i1e "
    "special_log_ndtr special_modified_bessel_i0 special_modified_bessel_i1 special_modified_bessel_k0 "
    "special_modified_bessel_k1 special_ndtri special_scaled_modified_bessel_k0 "
    "special_scaled_modified_bessel_k1 special_spherical_bessel_j0 square arccos arccosh arcsin arcsinh "
    "arctan arctanh",
    1,
    0,
    0,
    1,
    true};

constexpr elementwise_row elementwise_rows[] = {
    one_function,
    {"atan2 arctan2 hypot igamma igammac special_zeta polygamma", 2, 0, 0, 1, true},
    {"special_chebyshev_polynomial_t special_chebyshev_polynomial_u special_chebyshev_polynomial_v "
     "special_chebyshev_polynomial_w special_hermite_polynomial_h special_hermite_polynomial_he "
     "special_laguerre_polynomial_l special_legendre_polynomial_p special_shifted_chebyshev_polynomial_t "
     "special_shifted_chebyshev_polynomial_u special_shifted_chebyshev_polynomial_v "
     "special_shifted_chebyshev_polynomial_w",
     2, 0, 0, 1, true},
    {"_standard_gamma_grad", 2, 0, 0, 1},
    {"_dirichlet_grad", 3, 0, 0, 1},
    {"mul multiply", 2, 0, 1, 0},
    {"pow float_power", 2, 0, 0, 1},
    // The remainder of a division is one function, like the division.
    {"fmod remainder floor_divide", 2, 0, 0, 1},
    {"ldexp", 2, 0, 1, 1, true},  // x * 2^y
    {"frac", 1, 1, 0, 0},         // x - trunc(x)
    {"deg2rad rad2deg", 1, 0, 1, 0, true},
    {"sinc", 1, 0, 1, 2, true},   // sin(pi x) / (pi x)
    {"logit", 1, 1, 0, 2, true},  // log(x / (1 - x))
    {"lerp", 3, 2, 1, 0},         // x + w (y - x)
    {"xlogy", 2, 0, 1, 1, true},  // x log(y)
    {"special_xlog1py", 2, 0, 1, 1, true},
    {"special_entr", 1, 0, 1, 1, true},    // -x log(x)
    {"logaddexp logaddexp2", 2, 2, 0, 2},  // max + log1p(exp(-|x - y|))
    {"polar", 2, 0, 2, 2},                 // r cos(a), r sin(a)

    {"linalg_cross", 2, 1, 2, 0},  // each element a b - c d

    // Activations. Every element counts as the longest branch.
    {"silu", 1, 0, 1, 1},  // x sigmoid(x)
    {"gelu", 1, 0, 1, 1},  // x times the normal distribution function, exact or approximate
    {"mish", 1, 0, 1, 3},  // x tanh(log1p(exp(x)))
    {"leaky_relu rrelu_with_noise rrelu_with_noise_functional", 1, 0, 1, 0},
    {"_prelu_kernel", 2, 0, 1, 0},
    {"hardsigmoid prim::MKLDNNHardSigmoid", 1, 1, 0, 1},  // (x + 3) / 6
    {"hardswish prim::MKLDNNHardSwish", 1, 1, 1, 1},      // x (x + 3) / 6
    {"prim::MKLDNNScalarMul", 1, 0, 1, 0},
    {"softshrink", 1, 1, 0, 0},           // x +- lambda
    {"log_sigmoid_forward", 1, 1, 0, 2},  // min(x, 0) - log1p(exp(-|x|))

    // Dropout's mask selects; its scale multiplies.
    {"_fused_dropout native_dropout_backward _masked_scale", 1, 0, 1, 0},

    // Gradients of activations.
    {"tanh_backward", 2, 1, 2, 0},     // g (1 - y y)
    {"sigmoid_backward", 2, 1, 2, 0},  // g (1 - y) y
    {"silu_backward", 2, 2, 3, 1},     // g s (1 + x (1 - s)), s = sigmoid(x)
    {"gelu_backward", 2, 1, 5, 2},     // g (F + x f): F the distribution, f = c exp(-x x / 2) its density
    {"leaky_relu_backward", 2, 0, 1, 0},
    {"rrelu_with_noise_backward", 3, 0, 1, 0},
    {"hardsigmoid_backward", 2, 0, 1, 0},
    {"mish_backward", 2, 2, 4, 4},           // g (t + x s (1 - t t)), t = tanh(log1p(exp(x))), s = sigmoid(x)
    {"log_sigmoid_backward", 2, 2, 1, 2},    // g (1 - z / (1 + z)), z = exp(-|x|)
    {"logit_backward", 2, 1, 1, 1},          // g / (x (1 - x))
    {"hardswish_backward", 2, 1, 1, 1},      // g (x / 3 + 1/2)
    {"_prelu_kernel_backward", 3, 0, 2, 0},  // both gradients
};

}  // namespace

operator_work elementwise_work(operator_call const& call, elementwise_row const& row) {
  auto of = first_operands(call, row.operands);
  if (row.real_result) of.dtype = as_real(of.dtype);
  return other_work(of.dtype, {.adds = checked_mul(of.elements, row.adds),
                               .multiplies = checked_mul(of.elements, row.multiplies),
                               .functions = checked_mul(of.elements, row.functions)});
}

void add_elementwise_rules(operator_table& table) {
  for (auto const& row : elementwise_rows) {
    table.counted(row.names, arithmetic::other,
                  [row](operator_call const& call) { return elementwise_work(call, row); });
  }
}

}  // namespace flopwatch::operator_rules
