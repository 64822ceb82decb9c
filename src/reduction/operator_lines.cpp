// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <string>
#include <tuple>

#include "reduction/lines.hpp"

namespace flopwatch::reduction {
namespace {

/// Row, phase, name, arithmetic, precision, status, note: what calls share that are one line.
using operator_key =
    std::tuple<std::size_t, phase, std::string, arithmetic, precision, operator_status, std::string>;

struct operator_sums {
  std::int64_t calls = 0;
  wide_work total;
};

void put(table& t, reduced_from const& from, operator_key const& key, operator_sums const& sums) {
  auto const& [row, p, name, kind, format, status, note] = key;
  put_place(t, from, row, p);
  t.text("operator", name);
  t.text("arithmetic", to_string(kind));
  t.text("precision", to_string(format));
  t.text("status", to_string(status));
  t.text_or_null("note", note);
  t.integer("calls", sums.calls);
  t.wide("macs", sums.total.macs);
  t.wide("useful_macs", sums.total.useful_macs);
  t.wide("other_flops", sums.total.other_flops);
}

}  // namespace

table operator_lines(reduced_from const& from) {
  std::map<operator_key, operator_sums> lines;
  auto const& rows = from.a.tree.rows;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (auto const i : rows[r].operator_calls) {
      auto const& c = from.a.capture.operator_calls[i];
      auto& line = lines[{r, c.phase, c.name, c.arithmetic, c.precision, c.status, c.note}];
      line.calls = checked_add(line.calls, c.calls);
      line.total += c.total;
    }
  }
  table t("operators");
  put(t, from, {}, {});
  t.drop_lines();
  for (auto const& [key, sums] : lines) put(t, from, key, sums);
  return t;
}

table loss_lines(reduced_from const& from) {
  table t("losses");
  auto const line = [&](data_loss_record const& l) {
    t.text("kind", l.kind);
    t.text("severity", to_string(l.severity));
    t.integer("count", l.count);
    t.text("text", l.text);
  };
  line({});
  t.drop_lines();
  for (auto const& l : from.a.capture.losses) line(l);
  return t;
}

}  // namespace flopwatch::reduction
