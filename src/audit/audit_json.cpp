// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include <nlohmann/json.hpp>

#include "audit/wide.hpp"
#include "flopwatch/audit.hpp"

namespace flopwatch {
namespace {

using audit_document = nlohmann::ordered_json;

/// A number that does not fit 64 bits is a text of its digits.
audit_document whole(audit_flops n) {
  bool const fits =
      n >= std::numeric_limits<std::int64_t>::min() && n <= std::numeric_limits<std::int64_t>::max();
  return fits ? audit_document(static_cast<std::int64_t>(n)) : audit_document(audits::digits(n));
}

template <class T>
audit_document or_null(std::optional<T> const& v) {
  return v ? audit_document(*v) : audit_document(nullptr);
}

audit_document text_or_null(std::string const& text) {
  return text.empty() ? audit_document(nullptr) : audit_document(text);
}

audit_document known(std::int64_t n) { return n == 0 ? audit_document(nullptr) : audit_document(n); }

audit_document model_entry(audit_model const& m) {
  audit_document out;
  for (auto const& [name, member] : audit_model_numbers()) out[std::string(name)] = known(m.*member);
  out["parameters_known"] = m.parameters_known;
  return out;
}

audit_document formats_entry(audit_report const& r) {
  auto out = audit_document::object();
  for (auto const& [format, flops] : r.formats) out[format] = whole(flops);
  return out;
}

audit_document claim_entry(audit_report const& r, audited_claim const& c) {
  audit_document out{{"name", c.name},
                     {"formula", text_or_null(c.formula)},
                     {"source", text_or_null(c.source)},
                     {"read_as", text_or_null(c.read_as)},
                     {"flops", whole(c.flops)},
                     {"difference_flops", whole(c.difference)},
                     {"utilization", or_null(c.utilization)}};
  auto causes = audit_document::array();
  for (auto const& cause : c.causes) {
    causes.push_back({{"cause", to_string(cause.kind)},
                      {"text", short_text(cause.kind)},
                      {"module", r.row_names[cause.row]},
                      {"type", r.row_types[cause.row]},
                      {"flops", whole(cause.flops)}});
  }
  out["causes"] = std::move(causes);
  return out;
}

}  // namespace

std::string audit_json(audit_report const& r) {
  audit_document out;
  out["schema_version"] = audit_schema_version;
  out["exact"] = r.exact;
  out["lost_data"] = r.lost_data;
  out["not_exact_because"] = r.not_exact_because;
  out["model"] = model_entry(r.model);
  out["operator_flops"] = whole(r.ran_flops);
  out["operator_useful_flops"] = whole(r.useful_flops);
  out["tensor_mask_calls"] = r.tensor_masks;
  out["operator_recompute_flops"] = whole(r.recompute_flops);
  out["measured_multiply_add_flops"] = or_null(r.measured_flops);
  out["formula_flops"] = r.thop_flops ? whole(*r.thop_flops) : audit_document(nullptr);
  out["utilization"] = nullptr;
  if (r.seconds) {
    out["utilization"] = {{"seconds", *r.seconds},
                          {"root_calls", r.root_calls},
                          {"format", r.format},
                          {"formats", formats_entry(r)},
                          {"peak_flops_per_second", *r.peak_flops_per_second},
                          {"peak", r.peak_words},
                          {"mfu", *r.useful_utilization},
                          {"hfu", *r.ran_utilization},
                          {"impossible", r.impossible},
                          {"suspicious", r.suspicious}};
  }
  out["claims"] = audit_document::array();
  for (auto const& c : r.claims) out["claims"].push_back(claim_entry(r, c));
  return out.dump(2, ' ', false, audit_document::error_handler_t::replace) + '\n';
}

}  // namespace flopwatch
