// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

namespace CLI {
class App;
}

/// \file
/// Each command adds itself to the program, and stores in `chosen` what to do if the user gives it.

namespace flopwatch::cli {

using action = std::function<int()>;

void add_run_command(CLI::App& app, action& chosen);
void add_report_command(CLI::App& app, action& chosen);
void add_demo_command(CLI::App& app, action& chosen);
void add_metrics_command(CLI::App& app, action& chosen);
void add_doctor_command(CLI::App& app, action& chosen);
void add_diff_command(CLI::App& app, action& chosen);
void add_merge_command(CLI::App& app, action& chosen);
void add_recheck_command(CLI::App& app, action& chosen);
void add_roofline_command(CLI::App& app, action& chosen);
void add_audit_command(CLI::App& app, action& chosen);
void add_import_command(CLI::App& app, action& chosen);
/// After all others: it completes those that `app` has when it runs.
void add_completion_command(CLI::App& app, action& chosen);
void add_export_command(CLI::App& app, action& chosen);

}  // namespace flopwatch::cli
