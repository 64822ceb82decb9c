// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include <CLI/CLI.hpp>

#include "flopwatch/capture.hpp"

namespace sample {

/// --raw none, sample or all: how much of the raw counter data a saved capture keeps.
inline void add_raw_option(CLI::App& app, flopwatch::raw_choice& raw) {
  static std::map<std::string, flopwatch::raw_choice> const choices{{"none", flopwatch::raw_choice::none},
                                                                    {"sample", flopwatch::raw_choice::sample},
                                                                    {"all", flopwatch::raw_choice::all}};
  app.add_option_function<std::string>(
         "--raw", [&raw](std::string const& word) { raw = choices.at(word); },
         "raw counter images that a saved capture keeps: none, sample or all")
      ->check(CLI::IsMember({"none", "sample", "all"}));
}

}  // namespace sample
