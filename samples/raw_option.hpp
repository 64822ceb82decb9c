// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "flopwatch/capture.hpp"

namespace sample {

/// --raw none, sample or all: how much of the raw counter data a saved capture keeps.
inline void add_raw_option(CLI::App& app, flopwatch::raw_choice& raw) {
  app.add_option_function<std::string>(
         "--raw", [&raw](std::string const& word) { raw = flopwatch::parse_raw_choice(word).value_or(raw); },
         "raw counter images that a saved capture keeps: none, sample or all")
      ->check(CLI::IsMember({"none", "sample", "all"}));
}

}  // namespace sample
