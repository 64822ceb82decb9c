// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "control.hpp"
#include "driver/captures.hpp"
#include "driver/driver.hpp"
#include "driver/functions.hpp"

using namespace standin;

extern "C" {

driver_link const* standin_driver_link(void) {
  static driver_link const link{&state(), attach,       initialised, current,
                                info,     device_count, device,      break_captures};
  return &link;
}

void standin_reset(void) {
  if (auto const* const cupti = hooks()) cupti->reset();
  forget_captures();
  forget_functions();
  forget_contexts();
  forget_devices();
  state().reset();
}

void standin_default_device(standin_device* out, int index) { *out = default_device(index); }

int standin_set_devices(standin_device const* list, int count) {
  if (count < 0 || (count > 0 && list == nullptr)) return -1;
  std::vector<standin_device> chosen;
  for (int i = 0; i < count; ++i) {
    auto one = list[i];
    if (std::all_of(one.uuid, one.uuid + sizeof one.uuid, [](unsigned char byte) { return byte == 0; })) {
      auto const usual = default_device(i);
      std::copy(usual.uuid, usual.uuid + sizeof usual.uuid, one.uuid);
    }
    chosen.push_back(one);
  }
  return state().set_devices(std::move(chosen)) ? 0 : -1;
}

int standin_set_device_count(int count) {
  if (count < 0) return -1;
  std::vector<standin_device> chosen;
  for (int i = 0; i < count; ++i) chosen.push_back(default_device(i));
  return state().set_devices(std::move(chosen)) ? 0 : -1;
}

int standin_set_profile(char const* profile) { return state().set_profile(profile) ? 0 : -1; }

void standin_kernel_value(char const* kernel, char const* metric, double per_launch, double per_thread) {
  state().set_value(kernel, metric, {.per_launch = per_launch, .per_thread = per_thread});
}

int standin_kernel_values(char const* kernel, char const* metric, double const* values, int count) {
  return state().set_values(kernel, metric, values, count) ? 0 : -1;
}

int standin_kernel_value_by_parameter(char const* kernel, char const* metric, int parameter_index,
                                      double per_unit) {
  if (parameter_index < 0) return -1;
  state().set_value(kernel, metric, {.per_launch = per_unit, .parameter = parameter_index});
  return 0;
}

void standin_kernel_value_in_image(char const* kernel, char const* text, char const* metric,
                                   double per_launch) {
  state().set_value_in_image(kernel, text, metric, per_launch);
}

int standin_kernel_parameter_bytes(char const* kernel, int parameter_index, int bytes) {
  return state().set_parameter_bytes(kernel, parameter_index, bytes) ? 0 : -1;
}

void standin_kernel_sleep(char const* kernel, unsigned microseconds) {
  state().kernel(kernel)->sleep_us = microseconds;
}

void standin_kernel_action(char const* kernel, void (*action)(void*), void* user) {
  auto* const definition = state().kernel(kernel);
  definition->action_user = user;
  definition->action = action;
}

void standin_call_action(char const* function, void (*action)(void*), void* user) {
  state().set_action(function, action, user);
}

void standin_set_nan(char const* metric, int on) { state().set_nan(metric, on != 0); }
void standin_set_lacking(char const* metric, int on) { state().set_lacking(metric, on != 0); }
void standin_set_new_sizes_alone(int on) { state().new_sizes_alone = on != 0; }
void standin_set_late_streams(int on) { state().late_streams = on != 0; }
void standin_set_one_thread_ranges(int on) { state().one_thread_ranges = on != 0; }
void standin_reuse_function_handles(int on) { state().reuse_functions = on != 0; }
void standin_set_costs(standin_costs const* costs) {
  state().clock.set(costs == nullptr ? standin_costs{} : *costs);
}
unsigned long long standin_clock_ns(void) { return state().clock.now_ns(); }
void standin_set_serial_launches(int on) { state().serial_launches = on != 0; }
unsigned long long standin_kernels_run(void) { return state().kernels_run; }
void standin_set_permission(int allowed) { state().permission = allowed != 0; }
void standin_set_counters_busy(int on) { state().busy = on != 0; }
void standin_hide_nvperf(int on) { state().nvperf_hidden = on != 0; }
void standin_set_holder(char const* name) { state().set_holder(name); }
void standin_drop_ranges(unsigned count) { state().dropped = count; }
void standin_set_max_ranges_limit(unsigned long long limit) { state().max_ranges_limit = limit; }
void standin_set_callback_limit_ms(unsigned limit) { state().callback_limit_ms = limit; }
void standin_set_deadly(int on) { state().deadly = on != 0; }

int standin_add_faults(char const* faults) { return state().faults.add(faults) ? 0 : -1; }
void standin_clear_faults(void) { state().faults.clear(); }
unsigned long long standin_fault_hits(void) { return state().faults.hits(); }

unsigned long long standin_violations(void) { return state().violations().size(); }

unsigned long long standin_violations_of(int rule) {
  auto const all = state().violations();
  return static_cast<unsigned long long>(
      std::count_if(all.begin(), all.end(), [rule](auto const& one) { return one.rule == rule; }));
}

int standin_violation_at(unsigned long long index, standin_violation* violation) {
  auto const all = state().violations();
  if (index >= all.size() || violation == nullptr) return -1;
  *violation = all[index];
  return 0;
}

void standin_clear_violations(void) { state().clear_violations(); }

}  // extern "C"
