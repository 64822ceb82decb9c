// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include <fmt/format.h>

#include "report/figures.hpp"
#include "report/headline.hpp"
#include "report/sections.hpp"
#include "text/count_text.hpp"
#include "text/number_text.hpp"

namespace flopwatch::report {
using namespace text;
namespace {

constexpr int label_width = 8;

std::string or_unknown(std::string_view text) { return text.empty() ? "not recorded" : std::string(text); }

std::string device_text(capture_data const& c) {
  auto const device = info(c, info_key::device);
  auto const gpu = info(c, info_key::gpu);
  auto const driver = info(c, info_key::driver);
  std::string text = device == "none" ? "no GPU" : or_unknown(device);
  if (!gpu.empty()) text.append(", ").append(gpu);
  if (!driver.empty()) text.append(", CUDA driver API ").append(driver);
  return text;
}

std::string formula_text(analysis const& a) {
  if (a.tree.has_formula) return or_unknown(info(a.capture, info_key::formula));
  auto const only = info(a.capture, info_key::shown_phase);
  if (!only.empty() && only != to_string(phase::forward)) return "not compared: it is of the forward pass";
  if (info(a.capture, info_key::formula) == no_formula) return "not collected: not asked for";
  return "not collected: no module was watched";
}

std::string measured_text(analysis const& a) {
  auto const& m = a.tree.measured_total;
  if (!a.tree.measured_collected) {
    auto const reason = info(a.capture, info_key::measured_reason);
    return reason.empty() ? "not collected" : fmt::format("not collected: {}", reason);
  }
  std::string text =
      fmt::format("collected for {} of {} launches", m.launches - m.unmeasured_launches, m.launches);
  if (auto const depth = info(a.capture, info_key::scope_depth); !depth.empty()) {
    text += fmt::format(", together for each scope to depth {}", depth);
  }
  if (info(a.capture, info_key::tensor_metrics) == "not collected") text += "; tensor cores not collected";
  if (auto const cupti = info(a.capture, info_key::cupti); !cupti.empty()) {
    text += fmt::format("; with CUPTI {}, replay mode {}", cupti, info(a.capture, info_key::replay_mode));
  }
  return text;
}

/// A share that is small, but not nothing: "0.7 %", "0.02 %", "less than 0.01 %".
std::string share_text(double share) {
  if (share <= 0) return "0 %";
  if (share < 0.0001) return "less than 0.01 %";
  int const digits = share < 0.001 ? 2 : share < 0.1 ? 1 : 0;
  return fmt::format("{:.{}f} %", 100 * share, digits);
}

/// How much was read, how much was reused, and how sure the sum is; "" where all was read.
std::string reuse_text(analysis const& a) {
  auto const& r = a.tree.reuse;
  if (!r || !a.tree.measured_collected) return "";
  std::string text =
      fmt::format("{} of {} launches were measured, the others have the counts of equal ones ({}",
                  grouped(r->checks), grouped(r->launches), text::counted(r->keys, "kind"));
  text += r->variable_keys > 0 ? fmt::format(", {} vary)", grouped(r->variable_keys)) : ")";
  if (r->all_audits == 0) {
    text += "; no whole step was audited";
  } else {
    text += fmt::format("; {} of {} agree to the last count, the largest difference is {}",
                        grouped(r->equal_audits), text::counted(r->all_audits, "audited step"),
                        share_text(r->largest_difference));
  }
  if (r->bound) return text + fmt::format("; the sum is right to \u00b1{} (95 %)", share_text(*r->bound));
  if (r->steps_share) {
    return text + fmt::format("; at most {} of the steps differ (95 %)", share_text(*r->steps_share));
  }
  text += "; how far the sum can be off is not known";
  if (r->key_share) {
    text += fmt::format(
        "; of each kind that does not vary, launches picked at random were equal: at most {} differ (95 %)",
        share_text(*r->key_share));
  }
  return text;
}

/// "" if nothing raw was recorded, for example without a GPU.
std::string raw_text(capture_data const& c) {
  if (c.raw_chunks.empty()) return "";
  auto const share = recheckable(c);
  auto const* const noun = share.of_checks                          ? "checks"
                           : info(c, info_key::scope_depth).empty() ? "measured launches"
                                                                    : "measured scope ranges";
  if (share.launches == 0) {
    return fmt::format("not kept for any of {} {}: none can be evaluated again", grouped(share.measured),
                       noun);
  }
  return fmt::format("kept for {} of {} {} ({}), for 'flopwatch recheck'", grouped(share.launches),
                     grouped(share.measured), noun,
                     percent(static_cast<double>(share.launches), static_cast<double>(share.measured)));
}

}  // namespace

std::vector<std::pair<std::string, std::string>> header_lines(analysis const& a) {
  auto const& c = a.capture;
  std::vector<std::pair<std::string, std::string>> out;
  auto const add = [&](char const* label, std::string text) { out.emplace_back(label, std::move(text)); };
  std::string program = or_unknown(info(c, info_key::program));
  if (auto const framework = info(c, info_key::framework); !framework.empty())
    program.append(", ").append(framework);
  add("program", program);
  add("recorded", or_unknown(info(c, info_key::created_utc)));
  add("device", device_text(c));
  if (!c.processes.empty()) {
    add("merged",
        fmt::format("{}; the figures are those of all together",
                    text::counted(static_cast<std::int64_t>(c.processes.size()), "process", "processes")));
  }
  if (auto const rank = info(c, info_key::rank); !rank.empty()) {
    auto const size = info(c, info_key::world_size);
    add("process", fmt::format("rank {}{} on {}", rank, size.empty() ? "" : fmt::format(" of {}", size),
                               or_unknown(info(c, info_key::host))));
  }
  if (auto const only = info(c, info_key::shown_phase); !only.empty()) {
    add("phase", fmt::format("{} alone; what ran in other phases is left out", only));
  }
  add("formula", formula_text(a));
  add("operator", a.tree.has_operators ? "what the framework's dispatcher ran, counted by operator rules"
                                       : "not collected: no framework was observed");
  add("measured", measured_text(a));
  if (auto const reused = reuse_text(a); !reused.empty()) add("reused", reused);
  if (auto const raw = raw_text(c); !raw.empty()) add("raw data", raw);
  return out;
}

void header_section(page& p, analysis const& a, executed_work const& whole) {
  auto const& c = a.capture;
  if (info(c, info_key::synthetic) == "yes") {
    p.sentence(0, "SYNTHETIC: the figures of this capture are made up.", look::bad);
    p.blank();
  }
  executed_headline(p, whole, is_exact(a), calls_with_tensor_masks(c));
  for (auto const& [label, text] : header_lines(a)) p.labelled(label, label_width, text);
  if (!c.complete) {
    p.blank();
    p.sentence(
        0,
        "! NOT EXACT: this recording ended without being closed; what is here was recorded until then, so "
        "totals may be too low.",
        look::bad);
  } else if (lost_data(a)) {
    p.blank();
    p.sentence(0, "! NOT EXACT: data was lost while recording (see Data losses), so totals may be too low.",
               look::bad);
  }
  p.blank();
}

}  // namespace flopwatch::report
