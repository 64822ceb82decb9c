// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstddef>
#include <cstdlib>
#include <dlfcn.h>
#include <exception>

#include <fmt/format.h>

#include "cupti/api.hpp"
#include "cupti/chip_plan.hpp"
#include "cupti/device_checks.hpp"
#include "cupti/device_support.hpp"
#include "cupti/driver.hpp"
#include "cupti/driver_api.hpp"
#include "cupti/subscribe.hpp"
#include "doctor/doctor.hpp"
#include "doctor/files.hpp"
#include "doctor/sharing.hpp"
#include "doctor/trial.hpp"

namespace flopwatch::doctor {
using namespace cupti;
namespace {

/// Its plan is made where there is no GPU.
constexpr auto example_chip = "GH100";

template <class F>
asked ask(F const& f) {
  asked out;
  out.done = true;
  try {
    f();
  } catch (error const& e) {
    out.error = e.what();
    out.code = e.code();
  } catch (std::exception const& e) {
    out.error = e.what();
    out.code = exit_code::no_device;
  }
  return out;
}

/// "GPU-8a6b...", as nvidia-smi writes it.
std::string uuid_of(int device, bool mig) {
  void* const library = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_NOLOAD);
  if (library == nullptr) return "";
  auto* get = reinterpret_cast<CUresult (*)(CUuuid*, CUdevice)>(dlsym(library, "cuDeviceGetUuid_v2"));
  dlclose(library);
  CUuuid raw{};
  if (get == nullptr || get(&raw, device) != CUDA_SUCCESS) return "";
  std::string out = mig ? "MIG" : "GPU";
  for (std::size_t i = 0; i < sizeof raw.bytes; ++i) {
    if (i == 0 || i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += fmt::format("{:02x}", static_cast<unsigned char>(raw.bytes[i]));
  }
  return out;
}

support level_of(CUpti_Profiler_Support_Level level) {
  if (level == CUPTI_PROFILER_CONFIGURATION_UNKNOWN) return support::unknown;
  if (is_switched_off(level)) return support::disabled;
  return cupti::is_in_the_way(level) ? support::refused : support::fine;
}

void ask_levels(api const& cupti, int device, device_facts& d) {
  auto const s = support_of(cupti, device);
  d.whole = level_of(s.whole);
  d.architecture = level_of(s.architecture);
  d.sli = level_of(s.sli);
  d.vgpu = level_of(s.vgpu);
  d.confidential = level_of(s.confidential);
  d.cmp = level_of(s.cmp);
  d.wsl = level_of(s.wsl);
  d.sku = level_of(s.sku);
}

passes_of_sets passes_on(std::string const& chip, std::vector<std::uint8_t> const& availability) {
  passes_of_sets out;
  out.chip = chip;
  out.plan = ask([&] {
    std::array<metric_request, 3> const sets{
        {{.set = metric_set::cuda_core}, {.set = metric_set::tensor}, {.set = metric_set::full}}};
    auto plans = make_plans(chip, sets, availability);
    out.cuda_core = plans[0].passes();
    out.tensor = plans[1].passes();
    out.full = plans[2].passes();
    out.lacking = std::move(plans[2].lacking);
  });
  return out;
}

void ask_device(api const& cupti, int device, device_facts& d) {
  // On an error the name stays "".
  static_cast<void>(ask([&] { d.chip = chip_of(cupti, device); }));
  d.levels = ask([&] { ask_levels(cupti, device, d); });
  std::vector<std::uint8_t> availability;
  d.permission = ask([&] {
    auto const& driver = opened_driver();
    primary_context const context(driver, device);
    current_context const current(driver, context.get());
    availability = counter_availability(cupti, context.get());
  });
  if (d.chip.empty()) return;
  d.passes = passes_on(d.chip, availability);
  bool const obstacle = d.mps.value_or(false) || is_in_the_way(d.whole) || !d.permission.succeeded() ||
                        !d.passes.plan.succeeded();
  if (!obstacle) d.trial = try_counting(cupti, device, d.chip, availability);
}

void CUPTIAPI ignore_callback(void*, CUpti_CallbackDomain, CUpti_CallbackId, void const*) {}

/// Throws if another tool holds the callbacks of this process; the message names it if CUPTI does.
void try_callbacks(api const& cupti) {
  auto* const handle = subscribe(cupti, &ignore_callback, "flopwatch doctor");
  static_cast<void>(cupti.cuptiUnsubscribe(handle));
}

void ask_cupti(doctor_facts& f) {
  api const* cupti = nullptr;
  f.cupti = ask([&] {
    cupti = &library();
    f.used = *cupti;
  });
  f.copies = find_candidates(f.driver_usable);
  if (cupti == nullptr) return;
  if (!f.driver_usable) {
    f.example = passes_on(example_chip, {});
    return;
  }
  f.callbacks = ask([&] { try_callbacks(*cupti); });
  f.profiler = ask([&] { initialise_profiler(*cupti); });
  if (!f.profiler.succeeded()) return;
  for (std::size_t i = 0; i < f.devices.size(); ++i) ask_device(*cupti, static_cast<int>(i), f.devices[i]);
}

}  // namespace

doctor_facts gather_facts() {
  doctor_facts f;
  read_machine(f, "/");
  f.environment = read_environment([](char const* name) -> char const* { return std::getenv(name); }, "/");
  auto const& driver = detail::cuda_driver();
  f.driver_usable = driver.usable;
  f.driver_version = driver.version;
  f.driver_error = driver.reason;
  for (auto const& name : driver.devices) {
    auto& d = f.devices.emplace_back();
    d.name = name;
    auto const device = static_cast<int>(f.devices.size()) - 1;
    d.mig = is_slice(name);
    d.uuid = uuid_of(device, d.mig);
    static_cast<void>(ask([&] { d.mps = shared_by_mps(opened_driver(), device); }));
  }
  ask_cupti(f);
  return f;
}

}  // namespace flopwatch::doctor
