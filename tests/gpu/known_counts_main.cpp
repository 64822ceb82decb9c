// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Runs the kernels of known count; ends with 0 when every count is exact, 1 when one is not, 3 without a GPU.
#include <cstdio>
#include <iostream>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "gpu/known_counts.hpp"

namespace {

nlohmann::ordered_json as_json(known_counts::outcome const& o) {
  return {
      {"kernel", o.kernel},     {"unit", o.on_tensor_cores ? "operations" : "thread instructions"},
      {"expected", o.expected}, {"counted", o.counted ? nlohmann::json(*o.counted) : nlohmann::json(nullptr)},
      {"exact", o.exact()},     {"also_counted", o.also},
      {"counters", o.counters}};
}

void print(known_counts::outcome const& o) {
  std::printf("%-30s %14lld %14s  %s", o.kernel.c_str(), static_cast<long long>(o.expected),
              o.counted ? std::to_string(*o.counted).c_str() : "not collected",
              o.exact() ? "exact" : "NOT EXACT");
  for (auto const& [metric, value] : o.also)
    std::printf("; also %s %lld", metric.c_str(), static_cast<long long>(value));
  std::printf("\n");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Runs kernels whose counts are known, and compares their counters with the hand-computed counts."};
  std::string table_file;
  std::string cubins;
  std::string save;
  int device = 0;
  bool json = false;
  bool bare = false;
  app.add_option("--table", table_file, "known_kernels.json")->required();
  app.add_option("--cubins", cubins, "folder of the compiled kernels")->required();
  app.add_option("--device", device, "number of the GPU")
      ->check(CLI::Range(0, 1 << 16))
      ->capture_default_str();
  app.add_option("--save", save, "file for the capture");
  app.add_flag("--bare", bare, "launch each kernel once, without counting");
  app.add_flag("--json", json, "the results as JSON");
  try {
    app.parse(argc, argv);
  } catch (CLI::ParseError const& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  try {
    auto const table = known_counts::table::read(table_file);
    if (bare) {
      known_counts::program(table, cubins, device).launch_all();
      return 0;
    }
    auto const keep = [&](flopwatch::result const& result) {
      if (!save.empty()) result.save(save);
    };
    auto const outcomes = known_counts::run(table, cubins, device, keep);
    nlohmann::ordered_json list = nlohmann::json::array();
    bool exact = !outcomes.empty();
    if (!json) std::printf("%-30s %14s %14s\n", "kernel", "by hand", "counted");
    for (auto const& o : outcomes) {
      exact = exact && o.exact();
      json ? list.push_back(as_json(o)) : print(o);
    }
    if (json) std::cout << list.dump(2) << '\n';
    return exact ? 0 : 1;
  } catch (flopwatch::error const& e) {
    std::cerr << "known_counts: " << e.what() << '\n';
    return static_cast<int>(e.code());
  } catch (std::exception const& e) {
    std::cerr << "known_counts: " << e.what() << '\n';
    return 1;
  }
}
