// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "audit/cause_groups.hpp"
#include "audit/wide.hpp"
#include "text/markdown.hpp"

namespace flopwatch {
namespace {

constexpr std::size_t most_markdown_groups = 6;

std::string of_peak(std::optional<double> share) { return share ? fmt::format("{:.1f}%", 100 * *share) : ""; }

}  // namespace

std::string audit_markdown(audit_report const& r, audit_text_options const& options) {
  std::string out;
  for (auto const& s : r.impossible) out += "**Impossible:** " + text::markdown_text(s) + "\n\n";
  for (auto const& s : r.suspicious) out += text::markdown_text(s) + "\n\n";
  for (auto const& s : r.not_exact_because) out += "**Not exact:** " + text::markdown_text(s) + "\n\n";
  out += "| claim | FLOPs | of what ran | claim - ran | of peak |\n|---|--:|--:|--:|--:|\n";
  auto const line = [&](std::string const& name, audit_flops flops, std::string const& difference,
                        std::optional<double> share) {
    out += fmt::format("| {} | {} | {} | {} | {} |\n", name, audits::grouped_digits(flops),
                       audits::share_of_ran(r, flops), difference, of_peak(share));
  };
  line("operator: what ran", r.ran_flops, "", r.ran_utilization);
  line("useful part", r.useful_flops, "", r.useful_utilization);
  if (r.measured_flops) line("measured", *r.measured_flops, "", std::nullopt);
  for (auto const& c : r.claims)
    line(text::markdown_text(c.name), c.flops, audits::grouped_digits(c.difference, true), c.utilization);
  for (auto const& c : r.claims) {
    out += "\n" + text::markdown_text(audits::headline(r, c)) + "\n";
    if (!c.source.empty()) out += "\nSource: " + text::markdown_text(c.source) + ".\n";
    if (c.causes.empty()) continue;
    out += "\n| cause | module | modules | FLOPs |\n|---|---|--:|--:|\n";
    auto const groups = audits::grouped_causes(r, c);
    audit_flops rest = c.difference;
    std::size_t shown = 0;
    for (auto const& g : groups) {
      if (!options.all && shown == most_markdown_groups) break;
      ++shown;
      rest = audits::sub(rest, g.flops);
      out += fmt::format("| {} | {} | {} | {} |\n", short_text(g.kind), text::markdown_text(g.name),
                         g.modules, audits::grouped_digits(g.flops, true));
    }
    if (shown < groups.size())
      out += fmt::format("| {} more | | | {} |\n", groups.size() - shown, audits::grouped_digits(rest, true));
  }
  return out;
}

}  // namespace flopwatch
