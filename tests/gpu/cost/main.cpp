// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Times what counting costs, part by part, and prints one line of JSON for each.
#include <iostream>

#include <CLI/CLI.hpp>

#include "flopwatch/error.hpp"
#include "gpu/cost/cases.hpp"

int main(int argc, char** argv) {
  CLI::App app{"Times a session's parts, and launches in each way that they can be looked at."};
  std::string table;
  std::string cubins;
  gpu_cost::cost_setting s;
  app.add_option("--table", table, "known_kernels.json")->required();
  app.add_option("--cubins", cubins, "folder of the compiled kernels")->required();
  app.add_option("--device", s.gpu.device, "number of the GPU")->check(CLI::Range(0, 1 << 16));
  app.add_option("--long-trips", s.long_trips, "of the loop in the long kernel")
      ->check(CLI::Range(1, 1 << 24))
      ->capture_default_str();
  app.add_option("--limit", s.limit_s, "seconds, after which nothing more is begun")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (CLI::ParseError const& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  try {
    s.gpu.cubins = cubins;
    s.gpu.table = known_counts::table::read(table);
    gpu_cost::print_costs(s, std::cout);
    return 0;
  } catch (flopwatch::error const& e) {
    std::cerr << "cost_program: " << e.what() << '\n';
    return static_cast<int>(e.code());
  } catch (std::exception const& e) {
    std::cerr << "cost_program: " << e.what() << '\n';
    return 1;
  }
}
