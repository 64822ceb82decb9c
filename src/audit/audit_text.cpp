// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>

#include "audit/cause_groups.hpp"
#include "audit/wide.hpp"
#include "text/count_text.hpp"
#include "text/page.hpp"
#include "text/printable.hpp"

namespace flopwatch {
namespace {

using namespace text;

constexpr std::size_t most_groups = 6;

table_column audit_column(std::string title, align side = align::right, int rank = 0) {
  table_column c;
  c.title = std::move(title);
  c.side = side;
  c.rank = rank;
  return c;
}

std::string percent_or_nothing(std::optional<double> share) {
  return share ? fmt::format("{:.1f}%", 100 * *share) : "";
}

look style_of_share(std::optional<double> share) { return share && *share > 1 ? look::bad : look::plain; }

/// What ran and every claim, a line each.
class claims_table {
 public:
  explicit claims_table(audit_report const& r) : r_(r) {
    columns_.back().group = columns_[3].group = "";
    columns_[0].cutting = cut::middle;
    columns_[0].comfortable = 30;
    columns_[0].least = 12;
  }

  laid_out_table lay(page const& p) {
    line("operator: what ran", r_.ran_flops, r_.ran_utilization);
    line("  useful part", r_.useful_flops, r_.useful_utilization);
    if (r_.recompute_flops != 0) line("  recomputed", r_.recompute_flops, std::nullopt);
    if (r_.measured_flops) line("measured", *r_.measured_flops, std::nullopt);
    if (r_.thop_flops) line("formula: thop, forward", *r_.thop_flops, std::nullopt);
    for (auto const& c : r_.claims) line(printable(c.name), c.flops, c.utilization, c.difference);
    if (!r_.seconds) columns_.pop_back();
    return lay_out(std::move(columns_), p.width(), p.paint());
  }

 private:
  void line(std::string const& name, audit_flops flops, std::optional<double> utilization,
            std::optional<audit_flops> difference = std::nullopt) {
    columns_[0].cells.push_back({name, difference ? look::strong : look::plain});
    columns_[1].cells.push_back({audits::grouped_digits(flops)});
    columns_[2].cells.push_back({audits::share_of_ran(r_, flops)});
    columns_[3].cells.push_back({difference ? audits::grouped_digits(*difference, true) : ""});
    columns_[4].cells.push_back({percent_or_nothing(utilization), style_of_share(utilization)});
  }

  audit_report const& r_;
  std::vector<table_column> columns_{audit_column("claim", align::left), audit_column("FLOPs"),
                                     audit_column("of what ran", align::right, 2),
                                     audit_column("claim - ran", align::right, 3), audit_column("of peak")};
};

/// The time must be that of all of them.
std::string calls_words(audit_report const& r) {
  return r.root_calls > 1 ? fmt::format(" for {} of the model", counted(r.root_calls, "call")) : "";
}

void causes_of(page& p, audit_report const& r, audited_claim const& claim, bool all) {
  p.heading(printable(audits::headline(r, claim)));
  if (!claim.formula.empty()) p.sentence(2, claim.formula + ".", look::dim);
  if (!claim.source.empty()) p.sentence(2, printable(claim.source), look::dim);
  if (claim.causes.empty()) return;
  auto groups = audits::grouped_causes(r, claim);
  auto const count = groups.size();
  if (!all && count > most_groups) groups.resize(most_groups);
  std::vector<table_column> columns{audit_column("cause", align::left), audit_column("FLOPs"),
                                    audit_column("module", align::left), audit_column("", align::right, 4)};
  columns[2].cutting = cut::middle;
  columns[2].comfortable = 26;
  columns[2].least = 12;
  for (auto const& g : groups) {
    bool const open = g.kind == audit_cause_kind::unexplained;
    columns[0].cells.push_back({std::string(short_text(g.kind)), open ? look::notice : look::plain});
    columns[1].cells.push_back({audits::grouped_digits(g.flops, true)});
    columns[2].cells.push_back({printable(g.name)});
    columns[3].cells.push_back({g.modules > 1 ? fmt::format("x {}", g.modules) : ""});
  }
  if (std::all_of(columns[3].cells.begin(), columns[3].cells.end(),
                  [](auto const& c) { return c.text.empty(); }))
    columns.pop_back();
  p.table(lay_out(std::move(columns), p.width() - 2, p.paint()), 2);
  if (groups.size() == count) return;
  audit_flops rest = claim.difference;
  for (auto const& g : groups) rest = audits::sub(rest, g.flops);
  p.sentence(2,
             fmt::format("and {} more, {} FLOPs together (--all shows them)", count - groups.size(),
                         audits::grouped_digits(rest, true)),
             look::dim);
}

}  // namespace

std::string audit_text(audit_report const& r, audit_text_options const& options) {
  page p(page_width(options.width), painter(options.colour));
  for (auto const& sentence : r.impossible) p.sentence(0, "! IMPOSSIBLE: " + printable(sentence), look::bad);
  for (auto const& sentence : r.suspicious) p.sentence(0, "! " + printable(sentence), look::notice);
  for (auto const& sentence : r.not_exact_because)
    p.sentence(0, "! NOT EXACT: " + printable(sentence), r.lost_data ? look::bad : look::notice);
  p.sentence(0, fmt::format("{} of products ran, of {}.", audits::grouped_digits(r.ran_flops) + " FLOPs",
                            counted(r.model.tokens, "token")));
  if (r.tensor_masks > 0) {
    p.sentence(
        0, fmt::format("The useful part includes what masks given as tensors leave unused: {} of attention.",
                       counted(r.tensor_masks, "call")));
  }
  if (r.seconds)
    p.sentence(
        0, fmt::format("Time {:.4g} s as given{}; peak {:.4g} FLOP/s in {}: {}.", *r.seconds, calls_words(r),
                       *r.peak_flops_per_second, audits::format_words(r), printable(r.peak_words)));
  p.blank();
  p.table(claims_table(r).lay(p));
  for (auto const& claim : r.claims) causes_of(p, r, claim, options.all);
  return std::move(p).take();
}

}  // namespace flopwatch
