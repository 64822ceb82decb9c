// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <string_view>

#include <fmt/format.h>

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
  if (r.reuse && r.reuse->chunks_without_checks > 0) {
    out += fmt::format("; {} not compared: the capture lists no check of them",
                       grouped(r.reuse->chunks_without_checks));
  }
  return out;
}

std::string place_text(value_difference const& d) {
  auto const kernel = printable(d.kernel);
  if (!d.range) return fmt::format("context {}, launch {} ({})", d.context, d.order, kernel);
  if (d.key == 0) return fmt::format("chunk {}, range {} (a whole step)", d.chunk, *d.range);
  return fmt::format("chunk {}, range {} (launch {} of key {}, {})", d.chunk, *d.range, d.order,
                     d.key.value_or(0), kernel);
}

void list_differences(std::string& out, recheck_result const& r) {
  for (auto const& sentence : r.wrong_chunks) out += "  " + sentence + '\n';
  for (auto const& d : r.differences) {
    out += fmt::format("  {}, {}:\n    in the capture {}, evaluated again {}\n", place_text(d),
                       printable(d.metric), value_text(d.stored), value_text(d.evaluated));
  }
  auto const more = r.values - r.equal_values - static_cast<std::int64_t>(r.differences.size());
  if (more > 0) out += fmt::format("  and {}\n", text::counted(more, "more value"));
  if (!r.reuse) return;
  auto const& sums = r.reuse->sums;
  for (auto const& sentence : sums.sentences) out += "  " + printable(sentence) + '\n';
  auto const unlisted = sums.wrong - static_cast<std::int64_t>(sums.sentences.size());
  if (unlisted > 0) out += fmt::format("  and {}\n", text::counted(unlisted, "more difference"));
}

/// Averages can be derived only from all of their checks.
std::string reuse_text(recheck_of_reuse const& r) {
  auto const& s = r.sums;
  auto out = fmt::format("steps      {} of the compared checks\n", grouped(r.steps));
  if (r.without_value > 0)
    out += fmt::format("no value   {}: measuring came to nothing\n", text::counted(r.without_value, "check"));
  out += fmt::format("keys       {} of {} follow from kept checks", grouped(s.confirmed), grouped(s.keys));
  if (s.partly > 0) out += fmt::format("; {} in some metrics alone", grouped(s.partly));
  if (s.unconfirmed > 0) out += fmt::format("; {} have too few kept checks", grouped(s.unconfirmed));
  return out + fmt::format("\nsums       {} over {}, added up again from the keys\n", grouped(s.sums),
                           text::counted(s.launches, "launch", "launches"));
}

std::string verdict(recheck_result const& r) {
  if (r.equal() && r.reuse)
    return fmt::format("All {} values are equal, and the sums add up.\n", grouped(r.values));
  if (r.equal()) return fmt::format("All {} values are equal.\n", grouped(r.values));
  if (r.reuse && r.values == r.equal_values && r.wrong_chunks.empty()) {
    return r.reuse->sums.equal()
               ? "\nThe capture lacks checks of its raw images: it was changed after recording, or measuring "
                 "failed in\nbetween; see its data losses.\n"
               : "\nThe checks are equal, but the capture's keys or sums do not follow from them: the capture was "
                 "changed\nafter recording.\n";
  }
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
                     r.reuse      ? "checks"
                     : r.by_scope ? "ranges"
                                  : "launches",
                     grouped(r.launches), grouped(r.share.measured), grouped(r.equal_launches),
                     grouped(r.launches - r.equal_launches));
  out += fmt::format("values     {} compared, {} equal, {} different\n", grouped(r.values),
                     grouped(r.equal_values), grouped(r.values - r.equal_values));
  if (r.missing_launches > 0) {
    out += fmt::format("missing    {} of the images {} not in the capture{}\n",
                       r.reuse ? text::counted(r.missing_launches, "check")
                               : text::counted(r.missing_launches, "launch", "launches"),
                       r.missing_launches == 1 ? "is" : "are",
                       r.complete ? "" : ", whose recording was cut short");
  }
  if (r.reuse) out += reuse_text(*r.reuse);
  out += '\n';
  list_differences(out, r);
  return out + verdict(r);
}

}  // namespace flopwatch::recheck
