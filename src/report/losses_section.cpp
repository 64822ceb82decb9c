// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>

#include "report/sections.hpp"
#include "text/number_text.hpp"

namespace flopwatch::report {
using namespace text;
namespace {

look style_of(severity s) {
  switch (s) {
    case severity::note:
      return look::dim;
    case severity::warning:
      return look::notice;
    case severity::error:
      return look::bad;
  }
  return look::plain;
}

}  // namespace

void losses_section(page& p, analysis const& a) {
  auto losses = a.capture.losses;
  if (losses.empty() && a.capture.complete) {
    p.heading("Data losses: none");
    return;
  }
  std::stable_sort(losses.begin(), losses.end(),
                   [](auto const& x, auto const& y) { return x.severity > y.severity; });
  p.heading("Data losses");
  p.blank();
  for (auto const& l : losses) {
    p.item(2, fmt::format("{:<7}", to_string(l.severity)),
           fmt::format("{} × {}: {}", grouped(l.count), l.kind, l.text), look::plain, style_of(l.severity));
  }
}

}  // namespace flopwatch::report
