// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include <fmt/format.h>

#include "attribution/kernel_hints.hpp"
#include "attribution/saturating.hpp"
#include "comparison/measured_call.hpp"
#include "comparison/tolerance.hpp"
#include "text/count_text.hpp"
#include "text/number_text.hpp"

namespace flopwatch::comparison_detail {
using text::counted;
using text::grouped;
namespace {

class call_explainer {
 public:
  call_explainer(context const& c, operator_call_record const& call, measured_call const& m, std::size_t row)
      : c_(c),
        call_(call),
        m_(m),
        row_(row),
        products_(saturating_flops(call.total)),
        needed_(saturating_add(products_, call.total.other_flops)),
        amount_(saturating_sub(m.flops, needed_)) {}

  std::optional<verdict> explain() const {
    if (amount_ == 0) return std::nullopt;
    if (amount_ > 0) return surplus();
    return shortfall();
  }

 private:
  verdict make(verdict_kind kind, std::string cause, std::string remedy) const {
    return {kind, columns::measured_operator, amount_, row_, std::move(cause), std::move(remedy)};
  }

  std::string counters_say() const {
    return fmt::format("{} in {}: the counters read {} FLOPs and its shapes need {}",
                       context::call_name(call_), c_.name(row_), grouped(m_.flops), grouped(needed_));
  }

  verdict surplus() const {
    if (call_.status == operator_status::unsupported || call_.status == operator_status::partly_counted) {
      return make(call_.status == operator_status::unsupported ? verdict_kind::unsupported_operator
                                                               : verdict_kind::partly_counted,
                  fmt::format("In {}, {}; its kernels did {} FLOPs.", c_.name(row_), why_uncounted(call_),
                              grouped(m_.flops)),
                  count_it(call_));
    }
    if (amount_ <= tolerated_surplus(needed_)) return make(verdict_kind::agrees, {}, {});
    auto const kernel = c_.kernel_name(m_.kernel);
    bool const is_half = call_.precision == precision::fp16 || call_.precision == precision::bf16;
    // A fused multiply-add counts as 2 FLOPs, the add or multiply in the source as 1.
    if (is_half && call_.arithmetic != arithmetic::multiply_add && amount_ <= m_.half_fused_flops / 2) {
      return make(
          verdict_kind::half_run_as_fma,
          fmt::format("{}; {} runs half-precision adds or multiplies as fused multiply-adds, each of which "
                      "counts as 2 FLOPs.",
                      counters_say(), kernel),
          "Nothing is wrong: compilers do this to use two pipes. The operator column shows what was asked "
          "for.");
    }
    if (!is_half && m_.half_flops >= amount_) {
      return make(
          verdict_kind::padding_or_extra_work,
          fmt::format(
              "{}; the surplus is half-precision instructions of {}, which GPUs also use to move data and "
              "load constants.",
              counters_say(), kernel),
          "Nothing is wrong: read the measured number as an upper bound.");
    }
    auto const ratio = needed_ > 0 ? fmt::format(", {:.2f} times as many",
                                                 static_cast<double>(m_.flops) / static_cast<double>(needed_))
                                   : std::string();
    return make(verdict_kind::padding_or_extra_work,
                fmt::format("{}{}: {} pads to its tile or does extra work.", counters_say(), ratio, kernel),
                "These FLOPs did run: sizes that are multiples of the kernel's tile need fewer.");
  }

  verdict shortfall() const {
    bool const is_product = call_.arithmetic == arithmetic::multiply_add;
    if (m_.launches == 0) {
      return make(is_product ? verdict_kind::fewer_than_formula : verdict_kind::arithmetic_not_seen,
                  fmt::format("No kernel was launched inside {} in {}, whose shapes need {} FLOPs.",
                              context::call_name(call_), c_.name(row_), grouped(needed_)),
                  "Check whether it ran on the CPU, on another device or inside another kernel.");
    }
    if (!is_product || m_.flops >= products_) {
      return make(
          verdict_kind::arithmetic_not_seen,
          fmt::format(
              "{}: the counters do not see exponentials, roots, divisions, comparisons, integer arithmetic, "
              "or adds that were fused into multiplies.",
              counters_say()),
          "Nothing is wrong: no counter sees this arithmetic.");
    }
    if (!m_.tensor_metrics &&
        (attribution_detail::runs_on_tensor_cores(call_.precision) || m_.tensor_kernel)) {
      return make(verdict_kind::tensor_work_not_collected,
                  fmt::format("{}; {} works on the tensor cores, whose counters were not collected.",
                              counters_say(), c_.kernel_name(m_.kernel)),
                  "Record with the tensor-core metrics of this chip (flopwatch metrics lists them).");
    }
    if (m_.fft_or_winograd) {
      return fewer(fmt::format("{} computes by FFT or Winograd's method, which needs fewer multiplies",
                               c_.kernel_name(m_.kernel)));
    }
    auto const useful = saturating_mul(call_.total.useful_macs, 2);
    if (call_.total.useful_macs < call_.total.macs && m_.flops >= useful) {
      return fewer(fmt::format("the kernel skips blocks that the causal mask hides ({} FLOPs are useful)",
                               grouped(useful)));
    }
    return fewer(fmt::format(
        "{} did fewer (sparsity, a skipped part, or a kernel that these counters see only in part)",
        c_.kernel_name(m_.kernel)));
  }

  verdict fewer(std::string const& why) const {
    return make(verdict_kind::fewer_than_formula, fmt::format("{}: {}.", counters_say(), why),
                "The measured column shows what ran, the operator column what the shapes need.");
  }

  context const& c_;
  operator_call_record const& call_;
  measured_call const& m_;
  std::size_t row_;
  std::int64_t products_, needed_, amount_;
};

}  // namespace

std::optional<verdict> call_verdict(context const& c, operator_call_record const& call,
                                    measured_call const& m, std::size_t row) {
  return call_explainer(c, call, m, row).explain();
}

std::optional<verdict> kernel_verdict(context const& c, launch_group const& g, std::size_t row) {
  auto const read = group_flops(g);
  if (!read || read->flops == 0) return std::nullopt;
  auto const did = fmt::format("{} did {} FLOPs in {} ({})", c.kernel_name(g.kernel), grouped(read->flops),
                               c.name(row), counted(g.launches, "launch", "launches"));
  if (g.phase == phase::recompute) {
    return verdict{verdict_kind::recompute,
                   columns::measured_operator,
                   read->flops,
                   row,
                   did + ": forward work that ran again in the backward pass, outside every operator call.",
                   "Nothing is wrong: checkpointing trades this work for memory."};
  }
  return verdict{verdict_kind::kernel_outside_dispatcher,
                 columns::measured_operator,
                 read->flops,
                 row,
                 did + ", launched outside the dispatcher: only the counters see it.",
                 "Register the function as a custom operator (TORCH_LIBRARY) and give it a rule in "
                 "operator_rules."};
}

}  // namespace flopwatch::comparison_detail
