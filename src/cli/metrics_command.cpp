// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/terminal.hpp"
#include "flopwatch/error.hpp"
#include "flopwatch/plan.hpp"

#ifdef FLOPWATCH_HAS_CUPTI
#include "cli/metrics_output.hpp"
#include "cupti/chip_plan.hpp"
#include "cupti/locate/candidates.hpp"
#endif

namespace flopwatch::cli {
namespace {

struct metrics_arguments {
  std::optional<std::string> chip;
  std::string set = "full";
  bool list = false;
  bool json = false;
  metric_request request;
};

#ifdef FLOPWATCH_HAS_CUPTI

int show(metrics_arguments const& given) {
  auto const& copy = cupti::load_library();
  if (!given.chip) {
    if (given.list) throw usage_error("--list needs a chip: flopwatch metrics --chip GH100 --list");
    auto const chips = chips_of_cupti(given.request);
    print(given.json ? chips_json(copy, chips) : readable(chips_text(copy, chips, given.request)));
    return 0;
  }
  auto const chip = cupti::chip_named(*given.chip);
  if (given.list) {
    auto const metrics = cupti::list_metrics(chip);
    print(given.json ? list_json(copy, chip, metrics) : readable(list_text(copy, chip, metrics)));
    return 0;
  }
  auto const plan = cupti::make_plan(chip, given.request);
  print(given.json ? plan_json(copy, plan, given.request) : readable(plan_text(copy, plan, given.request)));
  return 0;
}

#else

int show(metrics_arguments const&) { throw cupti_error(built_without_cupti, exit_code::no_device); }

#endif

}  // namespace

void add_metrics_command(CLI::App& app, action& chosen) {
  auto const given = std::make_shared<metrics_arguments>();
  auto* command = app.add_subcommand("metrics");
  command->add_option("--chip", given->chip);
  auto* set = command->add_option("--set", given->set)
                  ->check(CLI::IsMember({"cuda-core", "tensor", "full", "roofline"}));
  auto* types = command->add_option("--types", given->request.types)->delimiter(',');
  auto* metrics = command->add_option("--metrics", given->request.metrics)->delimiter(',');
  metrics->excludes(set)->excludes(types);
  command->add_flag("--list", given->list)->excludes(set)->excludes(types)->excludes(metrics);
  command->add_flag("--json", given->json);
  command->callback([given, &chosen] {
    given->request.set = *parse_metric_set(given->set);
    chosen = [given] { return show(*given); };
  });
}

}  // namespace flopwatch::cli
