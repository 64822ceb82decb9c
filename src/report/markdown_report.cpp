// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "flopwatch/report.hpp"
#include "report/figures.hpp"
#include "report/flat_table.hpp"
#include "report/module_table.hpp"
#include "report/totals_text.hpp"
#include "text/markdown.hpp"
#include "text/number_text.hpp"

namespace flopwatch {
namespace report {
namespace {

using text::markdown_text;

/// Lines of one paragraph.
class paragraph {
 public:
  void line(std::string_view text) {
    if (!text.empty()) text_ += (text_.empty() ? "" : "  \n") + markdown_text(text);
  }
  [[nodiscard]] std::string take() && { return text_.empty() ? text_ : text_ + '\n'; }

 private:
  std::string text_;
};

void add_origin(paragraph& out, analysis const& a) {
  auto const or_unknown = [](std::string_view text) { return text.empty() ? "not recorded" : text; };
  auto const gpu = info(a.capture, info_key::gpu);
  std::string origin =
      a.tree.has_formula ? fmt::format("formula: {} · ", or_unknown(info(a.capture, info_key::formula))) : "";
  origin += fmt::format("device: {}", or_unknown(gpu.empty() ? info(a.capture, info_key::device) : gpu));
  if (auto const driver = info(a.capture, info_key::driver); !driver.empty())
    origin += fmt::format(", CUDA driver API {}", driver);
  origin += fmt::format(" · recorded: {} by {}", or_unknown(info(a.capture, info_key::created_utc)),
                        or_unknown(info(a.capture, info_key::program)));
  if (auto const only = info(a.capture, info_key::shown_phase); !only.empty())
    origin += fmt::format(" · phase: {} alone", only);
  if (info(a.capture, info_key::synthetic) == "yes") out.line("SYNTHETIC: these figures are made up.");
  out.line(origin);
}

}  // namespace
}  // namespace report

std::string markdown_report(analysis const& a, std::optional<flat_by> flat, text_options const& options) {
  if (options.phase) {
    auto rest = options;
    rest.phase.reset();
    return markdown_report(of_phase(a, *options.phase), flat, rest);
  }
  std::string out;
  report::paragraph below;
  if (flat) {
    auto const all = report::flat_rows_of(a, *flat, options.rows);
    out = text::markdown_table(report::flat_columns(a, *flat, all.rows, options.units));
    below.line(all.said);
    below.line(report::flat_lack(a, *flat, all));
  } else {
    auto const table = report::module_cells_of(a, options);
    out = text::markdown_table(table.columns);
    below.line(fmt::format("{}", fmt::join(table.signs, " · ")));
    for (auto const& said : table.said) below.line(said);
  }
  if (!out.empty()) out += '\n';
  below.line(report::totals_text(a));
  for (auto const& why : report::why_not_exact(a)) below.line("NOT EXACT: " + why);
  for (auto const& l : a.capture.losses) {
    below.line(fmt::format("{}: {} × {}: {}", to_string(l.severity), text::grouped(l.count), l.kind, l.text));
  }
  report::add_origin(below, a);
  return out + std::move(below).take();
}

}  // namespace flopwatch
