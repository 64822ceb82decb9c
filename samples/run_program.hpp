// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iostream>

#include <CLI/CLI.hpp>
#include <c10/util/Exception.h>

#include "flopwatch/error.hpp"

namespace sample {

/// Parses the arguments and runs `f`, which gives the exit code. An error becomes one line on standard error
/// and the exit code that the command line program would have.
template <class F>
int run_program(char const* name, CLI::App& app, int argc, char** argv, F f) {
  try {
    app.parse(argc, argv);
    return f();
  } catch (CLI::ParseError const& e) {
    return app.exit(e) == 0 ? 0 : static_cast<int>(flopwatch::exit_code::usage);
  } catch (flopwatch::error const& e) {
    std::cerr << name << ": " << e.what() << '\n';
    return static_cast<int>(e.code());
  } catch (c10::Error const& e) {
    std::cerr << name << ": " << e.what_without_backtrace() << '\n';
    return 1;
  } catch (std::exception const& e) {
    std::cerr << name << ": " << e.what() << '\n';
    return 1;
  }
}

}  // namespace sample
