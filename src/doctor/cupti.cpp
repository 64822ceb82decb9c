// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Checks of the copies of CUPTI, and of what the loaded one can do here.
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>

#include <fmt/format.h>

#include "cupti/locate/candidates.hpp"
#include "doctor/devices.hpp"
#include "doctor/doctor.hpp"
#include "text/count_text.hpp"

namespace flopwatch::doctor {
using namespace cupti;
namespace {

std::string passes_text(passes_of_sets const& p) {
  if (p.full == 0) return "it has no counter of FLOPs";
  return "cuda-core " + std::to_string(p.cuda_core) + ", tensor " + std::to_string(p.tensor) + ", full " +
         std::to_string(p.full);
}

}  // namespace

doctor_line check_cupti(doctor_facts const& f) {
  auto line = f.cupti.succeeded() ? doctor_line{"CUPTI", finding::good, "", "", {}, {}}
                                  : from_error("CUPTI", f.cupti);
  if (f.used) {
    line.text = version_text(f.used->version) + ", " + f.used->source;
    line.details.push_back(f.used->path);
    if (!f.used->passed_over.empty()) {
      line.state = finding::note;
      line.details.push_back(f.used->passed_over);
    }
  }
  std::string last;
  for (auto const& copy : f.copies) {
    if (f.used && copy.path == f.used->path) continue;
    auto const why = copy.reason.empty() ? "another copy is used" : copy.reason;
    auto const said = fmt::format("not used: {}{}{} ({}): ", copy.release, copy.release.empty() ? "" : ", ",
                                  copy.source, why);
    // A wheel has the same library under several names.
    auto const folder = said + std::filesystem::path(copy.path).parent_path().string();
    if (folder == last) {
      line.details.back() += ", " + std::filesystem::path(copy.path).filename().string();
    } else {
      line.details.push_back(said + copy.path);
    }
    last = folder;
  }
  return line;
}

doctor_line check_profiler(doctor_facts const& f) {
  if (!f.profiler.done) return {"profiler", finding::unchecked, no_device_text(f), "", {}, {}};
  if (!f.profiler.error.empty()) return from_error("profiler", f.profiler);
  return {"profiler", finding::good, "CUPTI works with this driver", "", {}, {}};
}

doctor_line check_chip(doctor_facts const& f) {
  return for_each_device(f, "chip", [&](device_facts const& d) -> doctor_line {
    if (d.chip.empty()) return {"", finding::unchecked, no_device_text(f), "", {}, {}};
    if (!d.passes.plan.done) return {"", finding::unchecked, d.chip + ": not checked", "", {}, {}};
    if (!d.passes.plan.error.empty()) return from_error("", d.passes.plan);
    return {"", finding::good, d.chip + ", known to this CUPTI", "", {}, {}};
  });
}

doctor_line check_passes(doctor_facts const& f) {
  if (f.devices.empty() && f.example.plan.done) {
    if (!f.example.plan.error.empty()) return from_error("passes", f.example.plan);
    return {"passes",
            finding::good,
            "CUPTI's host library works; passes on a " + f.example.chip + ": " + passes_text(f.example),
            "",
            {},
            {}};
  }
  if (f.devices.empty())
    return {"passes", finding::unchecked, "not checked: CUPTI is not loaded", "", {}, {}};
  return for_each_device(f, "passes", [&](device_facts const& d) -> doctor_line {
    if (!d.passes.plan.succeeded()) return {"", finding::unchecked, "no plan could be made", "", {}, {}};
    auto const& lacking = d.passes.lacking;
    auto const n = static_cast<std::int64_t>(lacking.size());
    if (n == 0) return {"", finding::good, passes_text(d.passes), "", {}, {}};
    return {"",
            finding::note,
            passes_text(d.passes) + "; this device cannot count " + text::counted(n, "metric") +
                " of its chip" + (n == 1 ? ": " : ", the first: ") + lacking.front(),
            "a MIG slice lacks the counters of units that it shares: use a whole GPU, or an isolated slice",
            {},
            {}};
  });
}

doctor_line check_counting(doctor_facts const& f) {
  return for_each_device(f, "counting", [&](device_facts const& d) -> doctor_line {
    auto const& trial = d.trial;
    if (!trial.counting.done) return {"", finding::unchecked, "no kernel was counted", "", {}, {}};
    if (!trial.counting.error.empty()) return from_error("", trial.counting);
    if (trial.read == trial.expected) {
      return {"",
              finding::good,
              fmt::format("a kernel of {:.0f} fused multiply-adds was counted, exactly", trial.expected),
              "",
              {},
              {}};
    }
    return {"",
            finding::bad,
            fmt::format("a kernel of {:.0f} fused multiply-adds was counted as {}", trial.expected,
                        std::isnan(trial.read) ? "nothing" : fmt::format("{:.0f}", trial.read)),
            "end other programs that use or profile this GPU (MPS clients, DCGM, debuggers), and try again",
            {},
            exit_code::no_device};
  });
}

}  // namespace flopwatch::doctor
