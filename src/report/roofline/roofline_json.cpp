// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "flopwatch/roofline.hpp"
#include "report/figures.hpp"

namespace flopwatch {
namespace {

using roofline_document = nlohmann::ordered_json;

template <class T>
roofline_document or_absent(std::optional<T> const& v) {
  return v ? roofline_document(*v) : roofline_document(nullptr);
}

roofline_document row_document(analysis const& a, std::size_t index, roofline_row const& r) {
  auto const& row = a.tree.rows[index];
  return {{"row", index},
          {"path", row.path},
          {"type", row.type},
          {"launches", r.launches},
          {"launches_without_bytes", r.launches_without_bytes},
          {"dram_bytes", or_absent(r.bytes)},
          {"flops", or_absent(r.flops)},
          {"flops_source", r.flops ? roofline_document(r.flops_measured ? "measured" : "operator")
                                   : roofline_document(nullptr)},
          {"flops_partly", r.flops_partly},
          {"flops_per_byte", or_absent(r.intensity)},
          {"compute_ceiling_flops_per_second", or_absent(r.compute_ceiling)},
          {"attainable_flops_per_second", or_absent(r.attainable)},
          {"lower_ceiling", to_string(r.limit)}};
}

}  // namespace

std::string roofline_json(analysis const& a, ceilings const& limits) {
  auto const rows = roofline(a, limits);
  roofline_document out{
      {"schema_version", 1},
      {"synthetic", report::info(a.capture, info_key::synthetic) == "yes"},
      {"exact", report::is_exact(a)},
      {"ceilings", limits.words.empty() ? roofline_document(nullptr) : roofline_document(limits.words)},
      {"dram_bytes_per_second", or_absent(limits.bytes_per_second)},
      {"rows", roofline_document::array()}};
  for (std::size_t i = 0; i < rows.size(); ++i) out["rows"].push_back(row_document(a, i, rows[i]));
  return out.dump(2, ' ', false, roofline_document::error_handler_t::replace) + "\n";
}

}  // namespace flopwatch
