// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Pages of synthetic captures, each with the JSON report of the same analysis:
//   synthetic_pages FOLDER [LAYERS]
// With LAYERS only a transformer of so many unequal layers, and how long its reports take.

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "flopwatch/html.hpp"
#include "unit/synthetic/analyses.hpp"
#include "unit/synthetic/nested_modules.hpp"
#include "unit/synthetic/page_captures.hpp"
#include "unit/synthetic/training_step.hpp"
#include "unit/synthetic/training_transformer.hpp"
#include "unit/synthetic/unobserved_program.hpp"

namespace {

using namespace flopwatch;
namespace fs = std::filesystem;

void write(fs::path const& file, std::string const& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  if (!out) throw std::runtime_error("cannot write " + file.string());
}

void write_both(fs::path const& folder, std::string const& name, analysis const& a) {
  write(folder / (name + ".html"), html_report(a, {.name = "synthetic-" + name + ".flops"}));
  write(folder / (name + ".json"), json_report(a));
}

double milliseconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

void write_large(fs::path const& folder, int layers) {
  auto const a =
      analyse(test::training_transformer({.layers = layers, .equal_layers = false, .launches = 6}));
  auto begin = std::chrono::steady_clock::now();
  auto const text = text_report(a);
  auto const text_ms = milliseconds_since(begin);
  begin = std::chrono::steady_clock::now();
  auto const page = html_report(a, {.name = "synthetic-large.flops"});
  auto const html_ms = milliseconds_since(begin);
  write(folder / "large.html", page);
  std::printf(
      "{\"scopes\": %zu, \"launches\": %lld, \"text_ms\": %.0f, \"html_ms\": %.0f, \"html_bytes\": %zu}\n",
      a.tree.rows.size(), static_cast<long long>(a.tree.measured_total.launches), text_ms, html_ms,
      page.size());
}

/// Pages of two captures, the JSON report that of the second.
void write_against(fs::path const& folder, std::string const& name, analysis const& a, analysis const& b) {
  write(folder / (name + ".html"),
        html_report(
            a, {.name = "synthetic-before.flops", .against = &b, .against_name = "synthetic-after.flops"}));
  write(folder / (name + ".json"), json_report(b));
}

void write_all(fs::path const& folder) {
  for (auto const& [name, a] : test::all_analyses()) write_both(folder, name, a);
  write_both(folder, "training_step", analyse(test::training_step()));
  write_both(folder, "unobserved_program", analyse(test::unobserved_program()));
  auto const equal = analyse(test::training_transformer());
  write_both(folder, "transformer", equal);
  auto const other =
      analyse(test::training_transformer({.layers = 22, .equal_layers = false, .flawed = false}));
  write_against(folder, "against", equal, other);
  auto const unobserved = analyse(test::unobserved_program());
  write_against(folder, "without_operators", equal, unobserved);
  write_against(folder, "nothing_in_common", analyse(test::formula_alone()), unobserved);
  write_both(folder, "backward", of_phase(analyse(test::training_step()), phase::backward));
  write_both(folder, "scope_around_root", analyse(test::scope_around_root()));
  write_both(folder, "launches_without_counts", analyse(test::launches_without_counts()));
  write_both(folder, "deep", analyse(test::nested_modules(20, true)));
}

}  // namespace

int main(int count, char** arguments) try {
  if (count < 2 || count > 3) {
    std::fputs("usage: synthetic_pages FOLDER [LAYERS]\n", stderr);
    return 2;
  }
  fs::path const folder = arguments[1];
  fs::create_directories(folder);
  if (count == 3) {
    write_large(folder, std::stoi(arguments[2]));
  } else {
    write_all(folder);
  }
  return 0;
} catch (std::exception const& e) {
  std::fprintf(stderr, "synthetic_pages: %s\n", e.what());
  return 1;
}
