// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/embedded.hpp"
#include "cli/output.hpp"
#include "cli/report_options.hpp"

namespace flopwatch::cli {
namespace {

constexpr char const* introduction =
    R"(This is a recording made on a CPU and kept inside flopwatch: the attention
example (samples/attention). Your own model in C++ gives the same table:

    flopwatch::session session;
    session.watch(model);
    auto result = session.count([&] { model->forward(x); });
    std::cout << result.report();
    result.save("model.flops");      // later: flopwatch report model.flops

)";

}  // namespace

void add_demo_command(CLI::App& app, action& chosen) {
  auto const options = std::make_shared<report_options>();
  auto* command = app.add_subcommand("demo");
  options->add_to(*command);
  command->callback([options, &chosen] {
    chosen = [options] {
      std::vector<unsigned char> const bytes(embedded::demo_capture,
                                             embedded::demo_capture + embedded::demo_capture_size);
      auto const a = analyse(capture_reader::from_bytes(bytes).load());
      if (options->is_text()) print(introduction);
      return print_report(a, *options, {.name = "flopwatch demo"});
    };
  });
}

}  // namespace flopwatch::cli
