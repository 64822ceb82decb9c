// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Any records: attribution, comparison, and reports, of which the JSON must be JSON.
#include <cstdlib>

#include <nlohmann/json.hpp>

#include "flopwatch/report.hpp"
#include "fuzz/byte_source.hpp"

namespace {

using namespace flopwatch;
using flopwatch::test::byte_source;

std::optional<std::int64_t> maybe(byte_source& in) {
  return in.byte() % 4 == 0 ? std::nullopt : std::optional(in.number());
}

/// A key of replay mode `reuse`, with launches and an audit.
void add_key(byte_source& in, capture_data& c) {
  auto const maybe_double = [&] {
    auto const v = maybe(in);
    return v ? std::optional(static_cast<double>(*v)) : std::nullopt;
  };
  reuse_key_record key;
  key.id = static_cast<std::int64_t>(c.reuse_keys.size()) + 1;
  key.plan = in.number();
  key.kernel = in.number();
  key.kind = in.one_of<reuse_class>(3);
  key.launches = in.number();
  key.checks = in.number();
  key.bound_flops = maybe_double();
  c.reuse_keys.push_back(key);
  c.reuse_counts.push_back({key.id, in.number(), in.number(), in.one_of<phase>(4), key.launches});
  launch_group g;
  g.plan = key.plan;
  g.kernel = key.kernel;
  g.scope = c.reuse_counts.back().scope;
  g.launches = key.launches;
  g.reused = true;
  g.bound_flops = key.bound_flops;
  if (g.plan != 0) g.sums["sm__sass_thread_inst_executed_op_ffma_pred_on.sum"] = maybe(in);
  c.launch_groups.push_back(g);
  c.reuse_audits.push_back({key.plan, in.number(), in.number(), in.number(), 0.5, maybe_double()});
  raw_chunk_record chunk;
  chunk.ranges = in.number();
  c.raw_chunks.push_back(chunk);
  c.reuse_checks = in.number();
}

void add_record(byte_source& in, capture_data& c) {
  auto const next = [](auto const& all) { return static_cast<std::int64_t>(all.size()) + 1; };
  switch (in.byte() % 11) {
    case 0: {
      module_record r;
      r.id = next(c.modules);
      r.type = in.text();
      r.rule = in.one_of<rule_origin>(3);
      r.transparent = in.byte() % 2 == 0;
      r.opens_scope = in.byte() % 4 != 0;
      r.library_type = in.byte() % 2 == 0;
      r.parameters = in.number();
      c.modules.push_back(r);
      break;
    }
    case 1:
      c.module_paths.push_back({next(c.module_paths), in.number(), in.text(), in.text(), in.number()});
      break;
    case 2:
    case 3: {
      scope_record r;
      r.id = next(c.scopes);
      r.parent = in.number();
      r.path = in.text();
      r.type = in.text();
      r.module = in.number();
      r.phase = in.one_of<phase>(4);
      r.entries = in.number();
      c.scopes.push_back(r);
      break;
    }
    case 4: {
      operator_call_record r;
      r.id = next(c.operator_calls);
      r.scope = in.number();
      r.name = in.text();
      r.shapes = in.text();
      r.phase = in.one_of<phase>(4);
      r.status = in.one_of<operator_status>(4);
      r.arithmetic = in.one_of<arithmetic>(3);
      r.precision = in.one_of<precision>(4);
      r.calls = in.number();
      r.total = {in.number(), in.number(), in.number()};
      r.note = in.text();
      c.operator_calls.push_back(r);
      break;
    }
    case 5:
      c.formula_calls.push_back(
          {in.number(), in.number(), in.one_of<formula_unit>(2), in.number(), in.number(), in.text()});
      break;
    case 6:
      c.kernels.push_back({next(c.kernels), in.text(), in.text()});
      break;
    case 7: {
      launch_group g;
      g.plan = in.number();
      g.kernel = in.number();
      g.scope = in.number();
      g.operator_call = in.number();
      g.phase = in.one_of<phase>(4);
      g.launches = in.number();
      g.in_scope_range = in.byte() % 8 == 0;
      for (int i = in.byte() % 3; i > 0; --i) g.sums[in.text()] = maybe(in);
      if (g.plan != 0) g.sums["sm__sass_thread_inst_executed_op_ffma_pred_on.sum"] = maybe(in);
      c.launch_groups.push_back(g);
      break;
    }
    case 8:
      c.scope_range_groups.push_back({in.number(),
                                      in.number(),
                                      in.one_of<phase>(4),
                                      in.number(),
                                      in.number(),
                                      {{"sm__sass_thread_inst_executed_op_ffma_pred_on.sum", maybe(in)}}});
      break;
    case 10:
      add_key(in, c);
      break;
    default:
      c.losses.push_back({in.text(), in.one_of<severity>(3), in.number(), in.text()});
      c.info[in.text()] = in.text();
      c.info[in.byte() % 2 == 0 ? info_key::formula : info_key::device] = in.text();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  byte_source in(data, size);
  capture_data c;
  c.info[info_key::synthetic] = "yes";
  text_options options{.units = in.one_of<unit_choice>(3), .width = in.byte(), .depth = in.byte() % 5};
  if (in.byte() % 4 == 0) options.phase = in.one_of<phase>(4);
  while (!in.empty()) add_record(in, c);
  try {
    auto const a = analyse(std::move(c));
    (void)text_report(a, options);
    if (!nlohmann::json::accept(json_report(a))) std::abort();
  } catch (capture_error const&) {  // records that do not fit together
  }
  return 0;
}
