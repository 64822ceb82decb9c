// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/terminal.hpp"
#include "flopwatch/error.hpp"

#ifdef FLOPWATCH_HAS_CUPTI
#include "doctor/doctor.hpp"
#endif

namespace flopwatch::cli {
namespace {

#ifdef FLOPWATCH_HAS_CUPTI

int doctor(bool as_json) {
  auto const lines = doctor::examine(doctor::gather_facts());
  print(as_json ? doctor::doctor_json(lines) : readable(doctor::doctor_text(lines)));
  return static_cast<int>(doctor::exit_code_of(lines));
}

#else

int doctor(bool) { throw cupti_error(built_without_cupti, exit_code::no_device); }

#endif

}  // namespace

void add_doctor_command(CLI::App& app, action& chosen) {
  auto const as_json = std::make_shared<bool>(false);
  auto* command = app.add_subcommand("doctor");
  command->add_flag("--json", *as_json);
  command->callback([as_json, &chosen] { chosen = [as_json] { return doctor(*as_json); }; });
}

}  // namespace flopwatch::cli
