// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "recheck/recheck.hpp"

namespace flopwatch::recheck {
namespace {

using json = nlohmann::ordered_json;

json or_null(std::optional<double> const& v) { return v ? json(*v) : json(nullptr); }

json difference_json(value_difference const& d) {
  json out = {{"chunk", d.chunk},
              {"context", d.context},
              {"order", d.order},
              {"kernel", d.kernel},
              {"metric", d.metric},
              {"stored", or_null(d.stored)},
              {"evaluated", or_null(d.evaluated)}};
  if (d.range) out["range"] = *d.range;
  if (d.key) out["key"] = *d.key;
  return out;
}

json reuse_json(recheck_of_reuse const& r) {
  return {{"steps", r.steps},
          {"checks_without_value", r.without_value},
          {"chunks_without_checks", r.chunks_without_checks},
          {"keys", r.sums.keys},
          {"confirmed_keys", r.sums.confirmed},
          {"partly_confirmed_keys", r.sums.partly},
          {"unconfirmed_keys", r.sums.unconfirmed},
          {"launches", r.sums.launches},
          {"sums", r.sums.sums},
          {"wrong", r.sums.wrong},
          {"first_wrong", r.sums.sentences}};
}

}  // namespace

std::string recheck_json(recheck_result const& r, std::string const& file, evaluator_name const& by) {
  json differences = json::array();
  for (auto const& d : r.differences) differences.push_back(difference_json(d));
  json out = {{"schema_version", recheck_schema_version},
              {"capture", file},
              {"equal", r.equal()},
              {"synthetic", r.synthetic},
              {"complete", r.complete},
              {"gpu", r.gpu.empty() ? json(nullptr) : json(r.gpu)},
              {"chips", r.chips},
              {"counted_with_cupti", r.counted_with},
              {"evaluated_with_cupti", by.version},
              {"cupti_path", by.path},
              {"chunks", r.chunks},
              {"kept_chunks", r.kept},
              {"compared_chunks", r.compared},
              {"lossy_chunks", r.lossy},
              {"chunks_outside_plan", r.left_out},
              {"measured_launches", r.share.measured},
              {"compared_launches", r.launches},
              {"equal_launches", r.equal_launches},
              {"missing_launches", r.missing_launches},
              {"compared_values", r.values},
              {"equal_values", r.equal_values},
              {"wrong_chunks", r.wrong_chunks},
              {"first_differences", std::move(differences)}};
  if (r.reuse) out["reuse"] = reuse_json(*r.reuse);
  return out.dump(2, ' ', false, json::error_handler_t::replace) + '\n';
}

}  // namespace flopwatch::recheck
