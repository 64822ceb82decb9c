// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/merge.hpp"

#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "capture/failure.hpp"
#include "capture/merge/merged_info.hpp"
#include "capture/merge/merged_losses.hpp"
#include "capture/merge/merged_plans.hpp"
#include "capture/merge/merged_tree.hpp"
#include "capture/merge/row_copier.hpp"
#include "capture/writer.hpp"
#include "flopwatch/diagnostics.hpp"
#include "text/printable.hpp"

namespace flopwatch {

using namespace capture_detail;
namespace fs = std::filesystem;

namespace {

void need_another_file(std::vector<fs::path> const& captures, fs::path const& to) {
  for (auto const& path : captures) {
    std::error_code ec;
    if (!fs::equivalent(path, to, ec)) continue;
    throw capture_error(
        fmt::format("'{}' is one of the captures to merge, and would be replaced; give another path.",
                    text::printable(to.string())));
  }
}

merge_summary write_all(std::vector<fs::path> const& captures, merge_plan plan, capture_writer& to) {
  merged_tree tree(plan.side_by_side);
  merged_plans plans(to);
  row_copier rows(to, tree, plans);
  merged_info info;
  merged_losses losses;
  auto next = plan.processes.begin();
  for (auto const& path : captures) {
    merge_input const input(path);
    auto processes = input.processes();
    if (std::cmp_greater(processes.size(), plan.processes.end() - next)) {
      throw capture_error(fmt::format("{} changed while it was merged; try again.", input.label()));
    }
    for (auto& p : processes) p.record.id = (next++)->id;
    reading(input.label(), [&] {
      tree.take(input, roots_of(input));
      plans.take(input);
      auto const left_out = rows.copy(input, processes);
      if (left_out == 0) return;
      auto const lost = make_loss(loss::raw_not_kept, left_out, "An older flopwatch packed them.");
      processes.front().losses.push_back(lost);
      to.add(process_loss_record{processes.front().record.id, lost});
    });
    for (auto const& p : processes) {
      info.add(p.record, p.info);
      losses.add(p.record, p.losses);
    }
  }
  tree.write(to);
  info.write(to);
  merge_summary out{std::move(plan.processes), losses.finish(info, tree.resized_modules())};
  for (auto const& l : out.losses) to.add(l);
  return out;
}

}  // namespace

merge_summary merge(std::vector<fs::path> const& captures, fs::path const& to, bool overwrite) {
  need_another_file(captures, to);
  auto plan = plan_merge(captures);
  capture_writer writer(to, overwrite);
  try {
    auto out = write_all(captures, std::move(plan), writer);
    writer.close();
    return out;
  } catch (...) {
    writer.discard();
    throw;
  }
}

}  // namespace flopwatch
