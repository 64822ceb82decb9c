// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <fmt/format.h>

#include "html/side.hpp"
#include "report/table_rows.hpp"

namespace flopwatch::html {

std::string folded_json(analysis const& a, string_table& strings) {
  report::table_rows const rows(a, {});
  table out;
  for (auto const r : rows.folded.order) {
    out["row"].step(static_cast<std::int64_t>(r));
    out["times"].add(rows.folded.times[r]);
    out["here"].add(rows.folded.here[r]);
    auto const& label = rows.folded.label[r];
    out["label"].add(label.empty() ? -1 : strings.at(label));
  }
  auto json = out.json(rows.folded.order.size());
  json.back() = ',';
  return json + fmt::format("\"left_out\":{}}}", rows.folded.without_work);
}

std::string formats_json(analysis const& a) {
  table out;
  std::size_t n = 0;
  for (std::size_t i = 0; i < a.tree.rows.size(); ++i) {
    for (auto const& [format, w] : a.tree.rows[i].shown_by_precision()) {
      if (w == work{}) continue;
      auto const& all = a.tree.rows[i].shown_total();
      out["row"].step(static_cast<std::int64_t>(i));
      out["format"].add(static_cast<std::int64_t>(format));
      out["macs"].add(w.macs, all.macs);
      out["other"].add(w.other_flops, all.other_flops);
      ++n;
    }
  }
  return out.json(n);
}

}  // namespace flopwatch::html
