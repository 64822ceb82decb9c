// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "html/side.hpp"

#include <fmt/format.h>

#include "report/figures.hpp"

namespace flopwatch::html {
namespace {

char const* yes_no(bool v) { return v ? "true" : "false"; }

}  // namespace

std::string side_json(side const& s) {
  auto const& a = s.a;
  string_table strings;
  auto out = fmt::format(R"({{"name":{},"phase":{},"formula":{},"operators":{},"measured":{},"losses":{})",
                         text_json(s.name), text_json(report::info(a.capture, info_key::shown_phase)),
                         yes_no(a.tree.has_formula), yes_no(a.tree.has_operators),
                         yes_no(a.tree.measured_collected), a.capture.losses.size());
  out += ",\"rows\":" + rows_json(s, strings);
  out += ",\"folded\":" + folded_json(a, strings);
  out += ",\"formats\":" + formats_json(a);
  out += ",\"verdicts\":" + verdicts_json(a, strings);
  out += ",\"ops\":" + operators_json(a, strings);
  out += "," + launches_json(a, strings);
  out += ",\"strings\":" + strings.json();
  return out += '}';
}

}  // namespace flopwatch::html
