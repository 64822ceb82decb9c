// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "flopwatch/report.hpp"
#include "report/executed_json.hpp"
#include "report/figures.hpp"
#include "report/ranks_json.hpp"

namespace flopwatch {
namespace {

using json = nlohmann::ordered_json;

template <class T>
json or_null(std::optional<T> const& v) {
  return v ? json(*v) : json(nullptr);
}

json text_or_null(std::string_view text) { return text.empty() ? json(nullptr) : json(std::string(text)); }

/// FLOPs of multiply-adds. Unsigned, because twice a count can need the 64th bit.
std::uint64_t flops_of(std::int64_t macs) {
  return 2 * static_cast<std::uint64_t>(std::max<std::int64_t>(0, macs));
}

json index_or_null(std::size_t index) { return index == module_row::npos ? json(nullptr) : json(index); }

json work_json(work const& w, bool collected = true) {
  if (!collected) {
    return {{"operator_macs", nullptr},
            {"operator_flops", nullptr},
            {"operator_useful_macs", nullptr},
            {"operator_other_flops", nullptr}};
  }
  return {{"operator_macs", w.macs},
          {"operator_flops", flops_of(w.macs)},
          {"operator_useful_macs", w.useful_macs},
          {"operator_other_flops", w.other_flops}};
}

json precision_json(std::map<precision, work> const& by_precision) {
  json out = json::array();
  for (auto const& [p, w] : by_precision) {
    json entry = {{"precision", to_string(p)}};
    entry.update(work_json(w));
    out.push_back(std::move(entry));
  }
  return out;
}

/// Every phase, also one without work: the parts add up to the whole.
json phase_json(work_by_phase const& parts) {
  json out = json::array();
  for (auto const p : all_phases) {
    json entry = {{"phase", to_string(p)}};
    entry.update(work_json(parts[p]));
    out.push_back(std::move(entry));
  }
  return out;
}

void add_operator_parts(json& to, bool collected, work_by_phase const& by_phase,
                        std::map<precision, work> const& by_precision) {
  to["operator_by_phase"] = collected ? phase_json(by_phase) : json(nullptr);
  to["operator_by_precision"] = collected ? precision_json(by_precision) : json(nullptr);
}

/// The parts of each sum that is not null; null if all sums are null.
json measured_precision_json(measured_work const& m, attribution const& tree) {
  auto const of_class = [&](std::optional<std::int64_t> const& sum) {
    return tree.has_operators ? sum : std::nullopt;
  };
  auto const total = m.shown_total_flops();
  auto const product = of_class(m.shown_multiply_add_flops());
  auto const other = of_class(m.shown_other_flops());
  auto const outside = of_class(m.shown_outside_flops());
  if (!tree.measured_collected || !(total || product || other || outside)) return nullptr;
  json out = json::array();
  for (auto const& [format, parts] : m.by_precision) {
    auto const part = [](auto const& sum, std::int64_t flops) { return sum ? json(flops) : json(nullptr); };
    out.push_back({{"precision", to_string(format)},
                   {"measured_multiply_add_flops", part(product, parts.multiply_add_flops)},
                   {"measured_other_flops", part(other, parts.other_flops)},
                   {"measured_outside_dispatcher_flops", part(outside, parts.outside_flops)},
                   {"measured_total_flops", part(total, parts.total_flops())}});
  }
  return out;
}

/// Without operators the class of a launch's work is not known.
json measured_json(measured_work const& m, attribution const& tree) {
  auto const only_if = [](bool known, std::optional<std::int64_t> const& v) {
    return known ? or_null(v) : json(nullptr);
  };
  bool const classes = tree.measured_collected && tree.has_operators;
  return {{"measured_multiply_add_flops", only_if(classes, m.shown_multiply_add_flops())},
          {"measured_other_flops", only_if(classes, m.shown_other_flops())},
          {"measured_outside_dispatcher_flops", only_if(classes, m.shown_outside_flops())},
          {"measured_total_flops", only_if(tree.measured_collected, m.shown_total_flops())},
          {"measured_by_precision", measured_precision_json(m, tree)},
          {"launches", m.launches},
          {"launches_in_scope_ranges", m.launches_in_ranges},
          {"unmeasured_launches", m.unmeasured_launches},
          {"reused_launches", m.reused_launches},
          {"reuse_bound_flops", m.reused_launches > 0 ? or_null(m.reuse_bound_flops) : json(nullptr)}};
}

json reuse_json(std::optional<reuse_summary> const& r) {
  if (!r) return nullptr;
  return {{"launches", r->launches},
          {"measured_launches", r->checks},
          {"keys", r->keys},
          {"variable_keys", r->variable_keys},
          {"audits", r->audits},
          {"equal_audits", r->equal_audits},
          {"largest_audit_difference", r->largest_difference},
          {"bound", or_null(r->bound)},
          {"share_of_steps_that_can_differ", or_null(r->steps_share)},
          {"share_of_a_constant_key_that_can_differ", or_null(r->key_share)}};
}

json raw_data_json(capture_data const& c) {
  if (c.raw_chunks.empty()) return nullptr;
  auto const share = recheckable(c);
  std::int64_t kept = 0;
  for (auto const& chunk : c.raw_chunks) kept += chunk.kept ? 1 : 0;
  return {{"measured_launches", share.measured},
          {"recheckable_launches", share.launches},
          {"chunks", c.raw_chunks.size()},
          {"kept_chunks", kept}};
}

json capture_json(capture_data const& c) {
  static constexpr std::array known{
      info_key::created_utc,    info_key::program,  info_key::framework,
      info_key::formula,        info_key::device,   info_key::gpu,
      info_key::driver,         info_key::measured, info_key::measured_reason,
      info_key::tensor_metrics,
  };
  json out = {{"complete", c.complete}, {"synthetic", report::info(c, info_key::synthetic) == "yes"}};
  for (auto const* key : known) out[key] = text_or_null(report::info(c, key));
  out["raw_data"] = raw_data_json(c);
  json more = json::object();
  for (auto const& [key, value] : c.info) {
    if (key != info_key::synthetic && std::find(known.begin(), known.end(), key) == known.end())
      more[key] = value;
  }
  out["more"] = std::move(more);
  return out;
}

json verdict_json(analysis const& a, verdict const& v) {
  bool const in_macs = v.between == columns::formula_operator;
  return {{"kind", to_string(v.kind)},
          {"text", short_text(v.kind)},
          {"between", in_macs ? "formula_operator" : "measured_operator"},
          {"amount_macs", in_macs ? json(v.amount) : json(nullptr)},
          {"amount_flops", in_macs ? json(nullptr) : json(v.amount)},
          {"row", v.row},
          {"path", v.row < a.tree.rows.size() ? a.tree.rows[v.row].path : std::string()},
          {"cause", v.cause},
          {"remedy", v.remedy}};
}

json difference_json(analysis const& a, row_comparison const& r) {
  json verdicts = json::array();
  for (auto const& v : r.verdicts) verdicts.push_back(verdict_json(a, v));
  auto const ratio = report::measured_ratio(r);
  return {{"formula_minus_operator_macs", or_null(r.formula_minus_operator)},
          {"measured_minus_operator_flops", or_null(r.measured_minus_operator)},
          {"measured_to_operator_ratio", or_null(ratio)},
          {"verdicts", std::move(verdicts)}};
}

json row_json(analysis const& a, std::size_t index, report::silence silent, executed_work const* executed) {
  auto const& r = a.tree.rows[index];
  auto const& d = a.differences.rows.at(index);
  auto const whole = a.differences.rows.at(0).operator_macs;
  json out = {{"row", index},
              {"parent_row", index_or_null(r.parent)},
              {"path", r.path},
              {"label", r.label},
              {"type", r.type},
              {"module_id", r.module == 0 ? json(nullptr) : json(r.module)},
              {"outside", r.outside},
              {"around_root", r.inside.has_value()},
              {"calls", r.calls},
              {"state", report::to_string(silent)},
              {"parameters", or_null(r.parameters)},
              {"formula_macs", or_null(d.formula_macs)},
              {"formula_flops", d.formula_macs ? json(flops_of(*d.formula_macs)) : json(nullptr)},
              {"formula_hidden", d.formula_hidden},
              {"formula_rule_macs", or_null(r.rule_macs)},
              {"formula_rule_operations", or_null(r.rule_operations)},
              {"formula_counted_macs", a.tree.has_formula ? json(r.walk_macs) : json(nullptr)},
              {"formula_counted_operations", a.tree.has_formula ? json(r.walk_operations) : json(nullptr)}};
  bool const operators = a.tree.has_operators;
  out.update(work_json(r.shown_total(), operators));
  out["operator_recompute_macs"] =
      operators ? json(r.shown_by_phase()[phase::recompute].macs) : json(nullptr);
  out["operator_share"] =
      whole == 0 ? json(nullptr) : json(static_cast<double>(d.operator_macs) / static_cast<double>(whole));
  add_operator_parts(out, operators, r.shown_by_phase(), r.shown_by_precision());
  out["executed"] = report::executed_json(executed);
  out["self"] = work_json(r.self, operators);
  out.update(measured_json(r.shown_measured(), a.tree));
  out.update(difference_json(a, d));
  return out;
}

json totals_json(analysis const& a, executed_work const* executed) {
  bool const formula = a.tree.has_formula;
  auto const formula_or_null = [&](auto v) { return formula ? json(v) : json(nullptr); };
  json out = {
      {"formula_macs", formula_or_null(a.tree.formula_macs)},
      {"formula_flops", formula_or_null(flops_of(a.tree.formula_macs))},
      {"formula_operations", formula_or_null(a.tree.formula_operations)},
      {"formula_macs_and_operations", formula_or_null(a.tree.formula_total)},
      {"formula_parameters", formula_or_null(a.tree.formula_parameters)},
      {"thop_total_text", formula_or_null(clever_format(static_cast<double>(a.tree.formula_total), 3))},
      {"thop_params_text",
       formula_or_null(clever_format(static_cast<double>(a.tree.formula_parameters), 3))}};
  out.update(work_json(a.tree.operator_total, a.tree.has_operators));
  if (!a.tree.rows.empty()) {
    auto const& whole = a.tree.rows[0];
    out["operator_recompute_macs"] =
        a.tree.has_operators ? json(whole.total_by_phase[phase::recompute].macs) : json(nullptr);
    add_operator_parts(out, a.tree.has_operators, whole.total_by_phase, whole.total_by_precision);
  }
  out["executed"] = report::executed_json(executed);
  out.update(measured_json(a.tree.measured_total, a.tree));
  if (!a.differences.rows.empty()) out.update(difference_json(a, a.differences.rows[0]));
  return out;
}

/// `v` as it is inside `levels` other values.
std::string indented(json const& v, int levels) {
  auto const plain = v.dump(2, ' ', false, json::error_handler_t::replace);
  std::string const margin(2 * static_cast<std::size_t>(levels), ' ');
  std::string out;
  out.reserve(plain.size());
  std::size_t from = 0;
  for (auto end = plain.find('\n'); end != std::string::npos; end = plain.find('\n', from)) {
    out.append(plain, from, end + 1 - from).append(margin);
    from = end + 1;
  }
  return out.append(plain, from);
}

/// Writes the document member by member and its long lists item by item: a document as one value takes some
/// twenty times the memory of its text.
class document {
 public:
  void member(std::string_view key, json const& v) {
    open_member(key);
    out_ += indented(v, 1);
  }

  /// `each(add)` calls `add` with every item.
  template <class F>
  void list(std::string_view key, F const& each) {
    open_member(key);
    out_ += '[';
    bool any = false;
    each([&](json const& item) {
      out_ += any ? ",\n    " : "\n    ";
      out_ += indented(item, 2);
      any = true;
    });
    out_ += any ? "\n  ]" : "]";
  }

  std::string take() && { return std::move(out_ += "\n}\n"); }

 private:
  void open_member(std::string_view key) {
    out_ += fmt::format("{}\n  \"{}\": ", out_.empty() ? "{" : ",", key);
  }

  std::string out_;
};

template <class F>
void add_operators(analysis const& a, F const& add) {
  for (std::size_t row = 0; row < a.tree.rows.size(); ++row) {
    for (auto const index : a.tree.rows[row].operator_calls) {
      auto const& c = a.capture.operator_calls.at(index);
      json entry = {{"row", row},
                    {"operator_call_id", c.id},
                    {"name", c.name},
                    {"shapes", c.shapes},
                    {"phase", to_string(c.phase)},
                    {"status", to_string(c.status)},
                    {"arithmetic", to_string(c.arithmetic)},
                    {"precision", to_string(c.precision)},
                    {"calls", c.calls}};
      entry.update(work_json(c.total));
      entry["note"] = c.note;
      add(entry);
    }
  }
}

template <class F>
void add_kernels(analysis const& a, F const& add) {
  std::map<std::int64_t, kernel_record const*> kernels;
  for (auto const& k : a.capture.kernels) kernels[k.id] = &k;
  for (std::size_t row = 0; row < a.tree.rows.size(); ++row) {
    for (auto const index : a.tree.rows[row].launch_groups) {
      auto const& g = a.capture.launch_groups.at(index);
      auto const found = kernels.find(g.kernel);
      auto const graph = kernels.find(g.graph);
      json sums = json::object();
      for (auto const& [metric, sum] : g.sums) sums[metric] = or_null(sum);
      add({{"row", row},
           {"kernel", found == kernels.end() ? std::string() : found->second->demangled},
           {"operator_call_id", g.operator_call == 0 ? json(nullptr) : json(g.operator_call)},
           {"phase", to_string(g.phase)},
           {"plan", g.plan == 0 ? json(nullptr) : json(g.plan)},
           {"launches", g.launches},
           {"in_scope_range", g.in_scope_range},
           {"graph", g.graph == 0 ? json(nullptr) : json(graph == kernels.end() ? "" : graph->second->name)},
           {"metric_sums", std::move(sums)}});
    }
  }
}

json losses_json(capture_data const& c) {
  json out = json::array();
  for (auto const& l : c.losses) {
    out.push_back(
        {{"kind", l.kind}, {"severity", to_string(l.severity)}, {"count", l.count}, {"text", l.text}});
  }
  return out;
}

}  // namespace

std::string json_report(analysis const& a) {
  auto const silent = report::silences(a);
  auto const executed = take_apart(a.capture, a.tree, a.differences);
  auto const executed_at = [&](std::size_t r) { return r < executed.size() ? &executed[r] : nullptr; };
  document out;
  out.member("schema_version", report_schema_version);
  out.member("capture", capture_json(a.capture));
  out.member("exact", report::is_exact(a));
  out.member("not_exact_because", report::why_not_exact(a));
  out.member("measured_collected", a.tree.measured_collected);
  out.member("operator_collected", a.tree.has_operators);
  out.member("reuse", reuse_json(a.tree.reuse));
  out.member("totals", totals_json(a, executed_at(0)));
  out.member("ranks", report::ranks_json(a));
  out.list("rows", [&](auto const& add) {
    for (std::size_t i = 0; i < a.tree.rows.size(); ++i) add(row_json(a, i, silent[i], executed_at(i)));
  });
  out.list("operators", [&](auto const& add) { add_operators(a, add); });
  out.list("kernels", [&](auto const& add) { add_kernels(a, add); });
  out.member("data_losses", losses_json(a.capture));
  return std::move(out).take();
}

}  // namespace flopwatch
