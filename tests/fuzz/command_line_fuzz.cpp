// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// The arguments of the program, one on each line: parsed, not acted on. What it says of wrong ones is safe to
// print.
#include <cstdlib>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/app.hpp"
#include "text/printable.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::vector<std::string> arguments(1);
  for (std::size_t i = 0; i < size; ++i) {
    if (data[i] == '\n') {
      arguments.emplace_back();
    } else if (data[i] != 0) {
      arguments.back() += static_cast<char>(data[i]);
    }
  }
  std::vector<char const*> argv{"flopwatch"};
  for (auto const& a : arguments) argv.push_back(a.c_str());
  flopwatch::cli::action chosen;
  auto const app = flopwatch::cli::make_app(chosen);
  try {
    app->parse(static_cast<int>(argv.size()), argv.data());
    if (!chosen) std::abort();
  } catch (CLI::ParseError const& e) {
    auto const said = flopwatch::cli::refusal_of(*app, e, arguments);
    if (said.empty() || flopwatch::text::printable_lines(said) != said) std::abort();
  }
  return 0;
}
