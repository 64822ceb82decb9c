// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "reduction/lines.hpp"
#include "report/figures.hpp"

namespace flopwatch::reduction {
namespace {

/// The number that an entry of the info holds.
std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t out = 0;
  auto const [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

}  // namespace

table process_line(reduced_from const& from) {
  auto const& a = from.a;
  table t("processes");
  auto const info = [&](char const* key) { return report::info(a.capture, key); };
  for (auto const* key :
       {info_key::host, info_key::started_utc, info_key::created_utc, info_key::program, info_key::framework,
        info_key::formula, info_key::device, info_key::gpu, info_key::driver, info_key::chip, info_key::cupti,
        info_key::replay_mode, info_key::measured, info_key::measured_reason, info_key::tensor_metrics}) {
    t.text_or_null(key, info(key));
  }
  for (auto const* key : {info_key::pid, info_key::local_rank, info_key::world_size}) {
    t.integer(key, number(info(key)));
  }
  t.boolean("synthetic", info(info_key::synthetic) == "yes");
  t.boolean("complete", a.capture.complete);
  t.boolean("exact", report::is_exact(a));
  t.text_or_null("not_exact_because", fmt::format("{}", fmt::join(report::why_not_exact(a), " ")));
  t.boolean("measured_collected", from.sums.measured_collected);
  t.boolean("formula_collected", a.tree.has_formula);
  t.integer("formula_parameters",
            a.tree.has_formula ? std::optional(a.tree.formula_parameters) : std::nullopt);
  auto const& reuse = a.tree.reuse;
  t.integer("reuse_keys", reuse ? std::optional(reuse->keys) : std::nullopt);
  t.integer("reuse_audits", reuse ? std::optional(reuse->audits) : std::nullopt);
  t.real("reuse_bound", reuse ? reuse->bound : std::nullopt);
  nlohmann::ordered_json all = nlohmann::ordered_json::object();
  for (auto const& [key, value] : a.capture.info) all[key] = value;
  t.text("info", all.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  return t;
}

}  // namespace flopwatch::reduction
