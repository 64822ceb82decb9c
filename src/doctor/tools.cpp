// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Checks of other tools: those that may hold the counters, and those loaded into the program.
#include <array>
#include <string>
#include <string_view>

#include "doctor/devices.hpp"
#include "doctor/doctor.hpp"

namespace flopwatch::doctor {
namespace {

bool has(std::string const& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// Our own injection library is not another tool.
bool is_own(std::string const& path) { return has(path, "flopwatch"); }

void append(std::string& list, std::string_view name) {
  if (!list.empty()) list += " and ";
  list += name;
}

struct variable {
  char const* name;
  std::string const& value;
};

std::array<variable, 3> variables_of(environment_facts const& e) {
  return {{{"CUDA_INJECTION64_PATH", e.cuda_injection},
           {"NVTX_INJECTION64_PATH", e.nvtx_injection},
           {"LD_PRELOAD", e.preload}}};
}

/// The variables by which compute-sanitizer gets into a program (seen in those that it starts).
std::string sanitizer_in(environment_facts const& e) {
  std::string found;
  for (auto const& v : variables_of(e)) {
    if (has(v.value, "libsanitizer-collection")) append(found, v.name);
  }
  if (e.sanitizer_port) append(found, "NV_SANITIZER_INJECTION_PORT_BASE");
  return found;
}

/// The variables that load another tool than flopwatch.
std::string foreign_in(environment_facts const& e) {
  std::string found;
  for (auto const& v : variables_of(e)) {
    // Any library may be preloaded; these are of the launcher that ncu, nsys and compute-sanitizer have.
    bool const tool = v.name == std::string_view("LD_PRELOAD")
                          ? has(v.value, "libTreeLauncher") || has(v.value, "libInterceptorInjection")
                          : !v.value.empty() && !is_own(v.value);
    if (tool) append(found, v.name);
  }
  return found;
}

/// The state that `line` has already stays where it is worse; then the rest becomes a detail.
void add(doctor_line& line, finding state, std::string const& text, std::string const& remedy) {
  if (line.state == finding::good) {
    line.state = state;
    line.text = text;
    line.remedy = remedy;
    if (state == finding::bad) line.code = exit_code::no_device;
  } else {
    line.details.push_back(text + "; " + remedy);
  }
}

void add_tracer(doctor_line& line, std::string const& tracer) {
  if (tracer.empty()) return;
  if (tracer.starts_with("cuda-gdb")) {
    add(line, finding::bad, tracer + " debugs this program, and CUPTI does not count under it",
        "count without the debugger");
  } else {
    add(line, finding::note, tracer + " traces this program", "if counting fails, count without it");
  }
}

}  // namespace

doctor_line check_holders(doctor_facts const& f) {
  doctor_line line{"profilers", finding::good, "no other profiler was found", "", {}, {}};
  if (f.callbacks.done && !f.callbacks.error.empty()) line = from_error("profilers", f.callbacks);
  add_tracer(line, f.tracer);
  if (f.processes.dcgm) {
    add(line, finding::note, "DCGM (nv-hostengine) is running and may hold the counters",
        "if counting is refused as busy: `dcgmi profile --pause`, and `--resume` afterwards");
  }
  for (auto const& name : f.processes.profilers) {
    add(line, finding::note, name + " is running and may hold the counters",
        "if counting is refused as busy, wait until it has ended");
  }
  if (f.environment.kineto_daemon) {
    add(line, finding::note, "KINETO_USE_DAEMON is set: torch's profiler attaches to every PyTorch program",
        "unset it for the program that is counted");
  }
  return line;
}

doctor_line check_injection(doctor_facts const& f) {
  auto const& e = f.environment;
  doctor_line line{"injection", finding::good, "no tool is loaded into CUDA programs", "", {}, {}};
  if (auto const by = sanitizer_in(e); !by.empty()) {
    add(line, finding::bad,
        "compute-sanitizer is loaded into this program, by " + by +
            ": it changes the kernels that are counted",
        "count without compute-sanitizer");
  } else if (auto const others = foreign_in(e); !others.empty()) {
    add(line, finding::note, "another tool is loaded into CUDA programs, by " + others,
        "unset it for the program that is counted: two tools cannot share the counters");
  } else if (!e.cuda_injection.empty() || !e.nvtx_injection.empty()) {
    line.text = "flopwatch itself is loaded into CUDA programs";
  }
  if (!e.debugger_setting.empty()) {
    add(line, finding::note, e.debugger_setting + " is set, for cuda-gdb", "count without the debugger");
  }
  for (auto const& v : variables_of(e)) {
    if (!v.value.empty()) line.details.push_back(std::string(v.name) + "=" + v.value);
  }
  return line;
}

}  // namespace flopwatch::doctor
