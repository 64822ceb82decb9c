// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "audit/utilization.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "audit/wide.hpp"
#include "flopwatch/precision.hpp"

namespace flopwatch::audits {
namespace {

/// Products by the format whose peak bounds them. \param given "" for that in which they ran
std::map<std::string, audit_flops> formats_of(analysis const& a, audit_report const& r,
                                              std::string const& given) {
  std::map<std::string, audit_flops> out;
  if (!given.empty()) {
    out[given] = r.ran_flops;
    return out;
  }
  auto const found = a.capture.info.find(info_key::tf32);
  std::string const tf32 = found == a.capture.info.end() ? "" : found->second;
  for (auto const& call : a.capture.operator_calls) {
    if (call.total.macs == 0) continue;
    auto const family = call.name.find("conv") != call.name.npos ? "convolutions" : "products";
    bool const as_tf32 = call.precision == precision::fp32 && tf32.find(family) != tf32.npos;
    auto& sum = out[as_tf32 ? "tf32" : std::string(to_string(call.precision))];
    sum = add(sum, mul(call.total.macs, 2));
  }
  if (out.empty()) out["fp32"] = 0;
  return out;
}

std::string most_used(std::map<std::string, audit_flops> const& formats) {
  return std::max_element(formats.begin(), formats.end(),
                          [](auto const& x, auto const& y) { return x.second < y.second; })
      ->first;
}

/// FLOP/s of one chip in that mixture. \throws usage_error for a format without a peak
double peak_of_mixture(peak const& of, std::map<std::string, audit_flops> const& formats) {
  double flops = 0;
  double seconds = 0;
  for (auto const& [format, amount] : formats) {
    auto const one = of.flops_per_second(format);
    if (!one) {
      throw usage_error(fmt::format(
          "no peak of {} is known ({}): give its peak, or with --format the one of another format "
          "for all that ran",
          format, of.words()));
    }
    if (formats.size() == 1) return *one;
    flops += static_cast<double>(amount);
    seconds += static_cast<double>(amount) / *one;
  }
  return flops / seconds;
}

double as_double(audit_flops n) { return static_cast<double>(n); }

std::string percent_words(double share) { return fmt::format("{:.1f} %", 100 * share); }

bool is_near(double a, double b) { return std::abs(a - b) <= 0.02 * b; }

/// Chips of the table whose dense peak of the format is about `peak`.
std::string chips_with_peak(std::string const& format, double peak) {
  std::string out;
  for (auto const& chip : chip_peaks()) {
    for (auto const& p : chip.formats) {
      if (p.format == format && is_near(peak, p.flops_per_second))
        out += (out.empty() ? "" : ", ") + std::string(chip.chip);
    }
  }
  return out;
}

/// Chips of the table that could do `needed` FLOP/s.
std::string chips_that_could(std::string const& format, double needed) {
  std::string out;
  for (auto const& chip : chip_peaks()) {
    for (auto const& p : chip.formats) {
      if (p.format == format && p.flops_per_second >= needed)
        out += (out.empty() ? "" : ", ") + std::string(chip.chip);
    }
  }
  return out;
}

class judge {
 public:
  judge(audit_report& r, analysis const& a, utilization_request const& time)
      : r_(r), a_(a), time_(time), chips_(time.chips) {}

  void look_at_peak() {
    auto const one = *r_.peak_flops_per_second / chips_;
    if (auto const sparse = chips_with_peak(r_.format, one / 2); !sparse.empty() && is_given())
      r_.suspicious.push_back(fmt::format(
          "The peak given is twice the dense {} peak of {}: that is the figure with sparsity, and with it every "
          "utilization is half of what it is. Give the dense peak.",
          r_.format, sparse));
    if (time_.format.empty() && !a_.capture.info.contains(info_key::tf32)) look_at_tf32();
  }

  void look_at_utilization() {
    if (*r_.ran_utilization > 1) return what_ran_is_impossible();
    for (auto const& claim : r_.claims) {
      if (claim.utilization.value_or(0) > 1) claim_is_impossible(claim);
    }
  }

 private:
  void look_at_tf32() {
    auto const fp32 = r_.formats.find("fp32");
    auto const tf32 = time_.peak->flops_per_second("tf32");
    bool const most = fp32 != r_.formats.end() && mul(fp32->second, 2) > r_.ran_flops;
    if (!most || !tf32 || *tf32 <= time_.peak->flops_per_second("fp32")) return;
    r_.suspicious.emplace_back(
        "Most products are in fp32, and the capture does not say that PyTorch may run them in TF32. If they ran "
        "so on this chip, utilization is lower than it is here: give --format tf32, or --format fp32 where they "
        "did not.");
  }

  [[nodiscard]] bool is_given() const { return r_.peak_words == "as given"; }

  void what_ran_is_impossible() {
    auto const share = *r_.ran_utilization;
    std::string text = fmt::format("What ran would be {} of the peak, so the time or the peak is wrong. ",
                                   percent_words(share));
    auto const one = *r_.peak_flops_per_second / chips_;
    auto const whole = std::round(share * 2) / 2;
    if (auto const twice = chips_with_peak(r_.format, one * 2); is_given() && !twice.empty()) {
      text += fmt::format("The peak given is half of the dense one of {}: it counts MACs, or another format.",
                          twice);
    } else if (auto const could = chips_that_could(r_.format, share * one); share <= 2.5 && !could.empty()) {
      text += fmt::format(
          "Is it another chip ({} can do it), another number format than {}, or a time of less "
          "than the capture holds (one of several steps, a part of a step)?",
          could, r_.format);
    } else {
      text += fmt::format(
          "No {} peak of a chip in the table is that high: the time is of something else than what "
          "the capture holds (a step of one of about {} chips, one of several steps, kernels that "
          "had not ended), or the number of chips is wrong.",
          r_.format, std::max(2.0, std::ceil(whole)));
    }
    r_.impossible.push_back(std::move(text));
  }

  void claim_is_impossible(audited_claim const& claim) {
    std::string text =
        fmt::format("{} would be {} of the peak, and what ran {}: the claim counts more than ran. ",
                    claim.name, percent_words(*claim.utilization), percent_words(*r_.ran_utilization));
    auto const first =
        std::find_if(claim.causes.begin(), claim.causes.end(), [](auto const& c) { return c.flops > 0; });
    if (first != claim.causes.end())
      text += fmt::format("Its largest cause: {} in {} ({} FLOPs).", short_text(first->kind),
                          r_.row_names[first->row], grouped_digits(first->flops, true));
    r_.impossible.push_back(std::move(text));
  }

  audit_report& r_;
  analysis const& a_;
  utilization_request const& time_;
  double chips_;
};

}  // namespace

void add_utilization(audit_report& r, analysis const& a, utilization_request const& time) {
  if (!time.seconds && !time.peak) return;
  if (!time.seconds)
    throw usage_error("a peak needs the time of a run that was not profiled: give --step-seconds");
  if (!(*time.seconds > 0) || !std::isfinite(*time.seconds))
    throw usage_error("the time of a step is a number of seconds above 0");
  if (!time.peak)
    throw usage_error("a time needs the peak of the chip: give --peak, a name or a number of FLOP/s");
  if (!(time.chips > 0)) throw usage_error("the number of chips is above 0");
  r.seconds = time.seconds;
  r.formats = formats_of(a, r, time.format);
  r.format = most_used(r.formats);
  r.peak_flops_per_second = peak_of_mixture(*time.peak, r.formats) * time.chips;
  r.peak_words = time.peak->words();
  auto const of_peak = [&](audit_flops n) {
    return as_double(n) / (*time.seconds * *r.peak_flops_per_second);
  };
  r.ran_utilization = of_peak(r.ran_flops);
  r.useful_utilization = of_peak(r.useful_flops);
  for (auto& claim : r.claims) claim.utilization = of_peak(claim.flops);
  judge j(r, a, time);
  j.look_at_peak();
  j.look_at_utilization();
}

}  // namespace flopwatch::audits
