// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cupti/locate/candidates.hpp"
#include "recheck/recheck.hpp"
#include "text/count_text.hpp"
#include "text/number_text.hpp"
#include "text/printable.hpp"

namespace flopwatch::recheck {
using namespace cupti;
using text::grouped;
using text::printable;
namespace {

using json = nlohmann::ordered_json;

constexpr auto made_up =
    "SYNTHETIC: the figures of this capture are made up; its raw images are not from a GPU.\n\n";

std::string joined(auto const& all, auto const& text) {
  std::string out;
  for (auto const& one : all) out += (out.empty() ? "" : ", ") + text(one);
  return out.empty() ? "not recorded" : out;
}

std::string counted_with(recheck_result const& r) {
  return joined(r.counted_with, [](std::int64_t v) { return version_text(static_cast<std::uint32_t>(v)); });
}

std::string value_text(std::optional<double> const& v) { return v ? fmt::format("{}", *v) : "not collected"; }

std::string images_text(recheck_result const& r) {
  auto out = fmt::format("{} of {} kept", grouped(r.kept), grouped(r.chunks));
  if (r.lossy > 0) out += fmt::format("; {} not compared: affected by a data loss", grouped(r.lossy));
  if (r.left_out > 0)
    out += fmt::format("; {} not compared: their metric group is not in the plan", grouped(r.left_out));
  return out;
}

void list_differences(std::string& out, recheck_result const& r) {
  for (auto const& sentence : r.wrong_chunks) out += "  " + sentence + '\n';
  for (auto const& d : r.differences) {
    out += fmt::format("  context {}, launch {} ({}), {}:\n    in the capture {}, evaluated again {}\n",
                       d.context, d.order, printable(d.kernel), printable(d.metric), value_text(d.stored),
                       value_text(d.evaluated));
  }
  auto const more = r.values - r.equal_values - static_cast<std::int64_t>(r.differences.size());
  if (more > 0) out += fmt::format("  and {}\n", text::counted(more, "more value"));
}

std::string verdict(recheck_result const& r) {
  if (r.equal()) return fmt::format("All {} values are equal.\n", grouped(r.values));
  return "\nThe values in the capture differ from its raw images: the capture was changed after recording, "
         "or another\nversion of CUPTI evaluates the images differently; compare the two versions above.\n";
}

}  // namespace

std::string recheck_text(recheck_result const& r, std::string const& file, evaluator_name const& by) {
  std::string out = r.synthetic ? made_up : "";
  out += fmt::format("capture    {}\n", printable(file));
  if (!r.complete) out += "recording  ended without being closed: what is here was recorded until then\n";
  auto const chips = joined(r.chips, [](std::string const& chip) { return printable(chip); });
  out += fmt::format("GPU        {}, chip {}\n", r.gpu.empty() ? "not recorded" : printable(r.gpu), chips);
  out += fmt::format("counted    with CUPTI {}\n", counted_with(r));
  out += fmt::format("evaluated  with CUPTI {}: {}\n", by.version, printable(by.path));
  out += fmt::format("images     {}\n", images_text(r));
  out += fmt::format("{:<10} {} compared of {} measured, {} equal, {} different\n",
                     r.by_scope ? "ranges" : "launches", grouped(r.launches), grouped(r.share.measured),
                     grouped(r.equal_launches), grouped(r.launches - r.equal_launches));
  out += fmt::format("values     {} compared, {} equal, {} different\n", grouped(r.values),
                     grouped(r.equal_values), grouped(r.values - r.equal_values));
  if (r.missing_launches > 0) {
    out += fmt::format("missing    {} of the images {} not in the capture{}\n",
                       text::counted(r.missing_launches, "launch", "launches"),
                       r.missing_launches == 1 ? "is" : "are",
                       r.complete ? "" : ", whose recording was cut short");
  }
  out += '\n';
  list_differences(out, r);
  return out + verdict(r);
}

std::string recheck_json(recheck_result const& r, std::string const& file, evaluator_name const& by) {
  auto const or_null = [](std::optional<double> const& v) { return v ? json(*v) : json(nullptr); };
  json differences = json::array();
  for (auto const& d : r.differences) {
    differences.push_back({{"chunk", d.chunk},
                           {"context", d.context},
                           {"order", d.order},
                           {"kernel", d.kernel},
                           {"metric", d.metric},
                           {"stored", or_null(d.stored)},
                           {"evaluated", or_null(d.evaluated)}});
  }
  json const out = {{"schema_version", recheck_schema_version},
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
  return out.dump(2, ' ', false, json::error_handler_t::replace) + '\n';
}

}  // namespace flopwatch::recheck
