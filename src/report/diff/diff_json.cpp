// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "flopwatch/diff.hpp"

namespace flopwatch {
namespace {

using diff_document = nlohmann::ordered_json;

diff_document text_or_absent(std::string const& text) {
  return text.empty() ? diff_document(nullptr) : diff_document(text);
}

diff_document number_or_absent(std::optional<std::int64_t> v) {
  return v ? diff_document(*v) : diff_document(nullptr);
}

diff_document side_json(diff_side const& s) {
  return {{"name", s.name},
          {"program", text_or_absent(s.program)},
          {"framework", text_or_absent(s.framework)},
          {"device", text_or_absent(s.device)},
          {"gpu", text_or_absent(s.gpu)},
          {"driver", text_or_absent(s.driver)},
          {"created_utc", text_or_absent(s.created_utc)},
          {"processes", s.processes == 0 ? diff_document(nullptr) : diff_document(s.processes)},
          {"exact", s.exact},
          {"lost_data", s.lost_data},
          {"error_losses", s.losses}};
}

diff_document diff_row_json(diff_row const& r) {
  diff_document out{{"path", r.path},         {"name", r.name},       {"type", r.type},
                    {"whole", r.whole},       {"in_a", r.in_a},       {"in_b", r.in_b},
                    {"changed", r.changed()}, {"calls_a", r.calls_a}, {"calls_b", r.calls_b}};
  for (auto const f : all_diff_figures) {
    auto const& pair = r.of(f);
    out[std::string(to_string(f))] = {{"a", number_or_absent(pair.a)},
                                      {"b", number_or_absent(pair.b)},
                                      {"change", number_or_absent(pair.change())}};
  }
  return out;
}

}  // namespace

std::string diff_json(capture_diff const& d, diff_options const& options) {
  diff_document out;
  out["schema_version"] = diff_schema_version;
  out["a"] = side_json(d.a);
  out["b"] = side_json(d.b);
  out["exact"] = d.a.exact && d.b.exact;
  out["unlike"] = d.unlike;
  out["rows"] = diff_document::array();
  for (auto const& r : d.rows) out["rows"].push_back(diff_row_json(r));
  out["max_increase"] = nullptr;
  if (options.limit) {
    auto above = diff_document::array();
    for (auto const& i : increases_above(d, *options.limit)) {
      auto const& r = d.rows[i.row];
      auto const& pair = r.of(i.figure);
      above.push_back({{"path", r.path},
                       {"name", r.name},
                       {"type", r.type},
                       {"figure", to_string(i.figure)},
                       {"a", number_or_absent(pair.a)},
                       {"b", number_or_absent(pair.b)}});
    }
    out["max_increase"] = {
        {"share", options.limit->share ? diff_document(*options.limit->share) : diff_document(nullptr)},
        {"absolute", number_or_absent(options.limit->absolute)},
        {"above", std::move(above)}};
  }
  return out.dump(2, ' ', false, diff_document::error_handler_t::replace) + '\n';
}

}  // namespace flopwatch
