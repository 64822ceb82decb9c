// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "control_state.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

namespace standin {
namespace {

/// Keeps a device list read from a shell variable within reason.
constexpr int most_devices = 64;

struct known_profile {
  char const* text;
  int version;
};
constexpr known_profile profiles[] = {
    {"12.6.68", 120668}, {"12.6.80", 120680}, {"12.6", 120680}, {"12.8", 120800},
    {"12.9", 120900},    {"13.0", 130000},    {"13.1", 130100}, {"13.2", 130200},
    {"13.3", 130300},    {"13.4", 130400},    {"13.5", 130500},
};

char const* variable(char const* name) {
  char const* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

standin_device default_device(int index) {
  standin_device device{};
  std::snprintf(device.chip, sizeof device.chip, "GH100");
  std::snprintf(device.name, sizeof device.name, "Stand-in GH100");
  for (std::size_t i = 0; i < sizeof device.uuid; ++i) {
    device.uuid[i] = static_cast<unsigned char>(0x10U * (static_cast<unsigned>(index) + 1) + i);
  }
  device.major = 9;
  device.multiprocessors = 132;
  device.memory_bytes = 80ULL << 30;
  device.architecture = device.sli = device.vgpu = device.confidential_compute = device.cmp = device.wsl = 3;
  device.sku = 3;
  return device;
}

void control::reset() {
  {
    std::lock_guard const lock(mutex_);
    for (auto& [name, definition] : kernels_) {
      definition->values.clear();
      definition->parameter_bytes.clear();
      definition->launches = 0;
      definition->sleep_us = 0;
      definition->action = nullptr;
    }
    for (auto& [name, of_name] : in_images_) {
      for (auto& [text, definition] : of_name) definition->values.clear(), definition->launches = 0;
    }
    nan_.clear();
    lacking_.clear();
    actions_.clear();
    any_nan_ = any_parameter_ = any_action_ = false;
    holder_.clear();
    violations_.clear();
    profile_chosen_ = false;
  }
  ++generation;
  faults.clear();
  version = 130000;
  driver = permission = deadly = true;
  busy = nvperf_hidden = serial_launches = late_streams = new_sizes_alone = false;
  one_thread_ranges = reuse_functions = false;
  dropped = 0;
  max_ranges_limit = 2000;
  callback_limit_ms = 1000;
  kernels_run = 0;
  clock.reset();
  read_environment();
}

void control::read_environment() {
  // STANDIN_DEVICES: a number, or chips: "GH100,GA100".
  std::vector<standin_device> devices;
  std::string chips = variable("STANDIN_DEVICES");
  if (!chips.empty() && chips.find_first_not_of("0123456789") == std::string::npos) {
    int const count = std::min(std::atoi(chips.c_str()), most_devices);
    for (int i = 0; i < count; ++i) devices.push_back(default_device(i));
  } else if (chips.empty()) {
    devices.push_back(default_device(0));
  } else {
    for (std::size_t at = 0; at <= chips.size() && devices.size() < most_devices;) {
      auto const end = std::min(chips.find(',', at), chips.size());
      auto device = default_device(static_cast<int>(devices.size()));
      auto const chip = chips.substr(at, end - at);
      std::snprintf(device.chip, sizeof device.chip, "%s", chip.c_str());
      std::snprintf(device.name, sizeof device.name, "Stand-in %.64s", chip.c_str());
      devices.push_back(device);
      at = end + 1;
    }
  }
  if (*variable("STANDIN_PROFILE") != '\0') set_profile(variable("STANDIN_PROFILE"));
  if (*variable("STANDIN_FAULTS") != '\0' && !faults.add(variable("STANDIN_FAULTS"))) {
    std::fprintf(stderr, "stand-in: STANDIN_FAULTS makes no sense: %s\n", variable("STANDIN_FAULTS"));
    std::abort();
  }
  permission = std::strcmp(variable("STANDIN_PERMISSION"), "0") != 0;
  sleep_us = static_cast<unsigned>(std::atoi(variable("STANDIN_SLEEP_US")));
  if (*variable("STANDIN_KERNELS") != '\0') read_kernels(variable("STANDIN_KERNELS"));
  for (auto& device : devices) device.mps = std::atoi(variable("STANDIN_MPS"));
  std::lock_guard const lock(mutex_);
  devices_ = std::move(devices);
  holder_ = variable("STANDIN_HOLDER");
  log_file_ = variable("STANDIN_LOG");
}

void control::read_kernels(char const* file) {
  std::ifstream in(file);
  std::string kernel;
  std::string metric;
  double per_launch = 0;
  bool good = static_cast<bool>(in);
  while (good && in >> kernel) {
    good = static_cast<bool>(in >> metric >> per_launch);
    if (good) set_value(kernel.c_str(), metric.c_str(), {.per_launch = per_launch});
  }
  if (good) return;
  std::fprintf(stderr, "stand-in: STANDIN_KERNELS makes no sense: %s\n", file);
  std::abort();
}

std::vector<standin_device> control::devices() {
  std::lock_guard const lock(mutex_);
  return devices_;
}

bool control::set_devices(std::vector<standin_device> devices) {
  if (devices.size() > most_devices) return false;
  std::lock_guard const lock(mutex_);
  devices_ = std::move(devices);
  return true;
}

bool control::set_profile(std::string text) {
  std::string const suffix = "no driver";
  bool const without = text.ends_with(suffix);
  if (without) text.resize(text.size() - suffix.size());
  while (text.ends_with(' ')) text.pop_back();
  if (without && text.empty()) text = "13.0";
  for (auto const& known : profiles) {
    if (text != known.text) continue;
    version = known.version;
    driver = !without;
    std::lock_guard const lock(mutex_);
    profile_chosen_ = true;
    return true;
  }
  return false;
}

void control::suggest_profile(char const* text) {
  {
    std::lock_guard const lock(mutex_);
    if (profile_chosen_) return;
  }
  set_profile(text);
}

kernel_definition* control::kernel(std::string const& name) {
  std::lock_guard const lock(mutex_);
  auto& definition = kernels_[name];
  if (definition == nullptr) {
    definition = std::make_unique<kernel_definition>();
    definition->name = name;
  }
  return definition.get();
}

void control::set_value(char const* name, char const* metric, metric_value value) {
  auto* const definition = kernel(name);
  {
    std::lock_guard const lock(mutex_);
    if (value.by_number != nullptr) value.first_number = definition->launches;
    if (value.parameter >= 0) any_parameter_ = true;
    definition->values[metric] = std::move(value);
  }
  ++generation;
}

void control::set_value_in_image(char const* name, char const* text, char const* metric, double per_launch) {
  {
    std::lock_guard const lock(mutex_);
    auto& definition = in_images_[name][text];
    if (definition == nullptr) definition = std::make_unique<kernel_definition>();
    definition->name = name;
    definition->values[metric] = {.per_launch = per_launch};
  }
  ++generation;
}

kernel_definition* control::kernel_in(std::string const& image, std::string const& name) {
  {
    std::lock_guard const lock(mutex_);
    if (auto const found = in_images_.find(name); found != in_images_.end()) {
      for (auto const& [text, definition] : found->second) {
        if (image.find(text) != std::string::npos) return definition.get();
      }
    }
  }
  return kernel(name);
}

bool control::set_values(char const* name, char const* metric, double const* values, int count) {
  if (values == nullptr || count <= 0 || std::strcmp(name, "*") == 0) return false;
  metric_value list;
  list.by_number = std::make_shared<std::vector<double> const>(values, values + count);
  set_value(name, metric, std::move(list));
  return true;
}

bool control::set_parameter_bytes(char const* name, int index, int bytes) {
  if (index < 0 || (bytes != 4 && bytes != 8)) return false;
  auto* const definition = kernel(name);
  std::lock_guard const lock(mutex_);
  definition->parameter_bytes[index] = bytes;
  return true;
}

parameter_values control::parameters_of(kernel_definition const& own, void* const* arguments) {
  parameter_values found;
  if (!any_parameter_.load(std::memory_order_relaxed) || arguments == nullptr) return found;
  kernel_definition const* const any = kernel("*");
  std::lock_guard const lock(mutex_);
  for (auto const* definition : {any, &own}) read_parameters(*definition, own, *any, arguments, found);
  return found;
}

std::vector<metric_value> control::resolve(kernel_definition const& own,
                                           std::vector<std::string> const& metrics) {
  kernel_definition const* const any = kernel("*");
  std::lock_guard const lock(mutex_);
  std::vector<metric_value> values;
  for (auto const& metric : metrics) {
    auto& value = values.emplace_back();
    for (auto const* definition : {any, &own}) {
      auto const found = definition->values.find(metric);
      if (found != definition->values.end()) value = found->second;
    }
  }
  return values;
}

void control::set_nan(char const* metric, bool on) {
  std::lock_guard const lock(mutex_);
  if (on) {
    nan_.insert(metric);
  } else {
    nan_.erase(metric);
  }
  any_nan_ = !nan_.empty() || !lacking_.empty();
}

void control::set_lacking(char const* metric, bool on) {
  std::lock_guard const lock(mutex_);
  if (on) {
    lacking_.insert(metric);
  } else {
    lacking_.erase(metric);
  }
  any_nan_ = !nan_.empty() || !lacking_.empty();
}

std::uint64_t control::hash_of_lacking() {
  std::lock_guard const lock(mutex_);
  std::uint64_t sum = 0;
  for (auto const& metric : lacking_) sum += std::hash<std::string>()(metric);
  return sum;
}

bool control::is_lacking(char const* metric) {
  std::lock_guard const lock(mutex_);
  return lacking_.contains(std::string_view(metric));
}

bool control::is_nan(char const* metric) {
  if (!any_nan_) return false;
  std::lock_guard const lock(mutex_);
  return nan_.contains(std::string_view(metric)) || lacking_.contains(std::string_view(metric));
}

void control::set_action(char const* function, void (*action)(void*), void* user) {
  std::lock_guard const lock(mutex_);
  actions_[function] = {action, user};
  any_action_ = true;
}

void control::act(char const* function) {
  if (!any_action_) return;
  std::pair<void (*)(void*), void*> found{};
  {
    std::lock_guard const lock(mutex_);
    auto const at = actions_.find(std::string_view(function));
    if (at != actions_.end()) found = at->second;
  }
  if (found.first != nullptr) found.first(found.second);
}

void control::set_holder(char const* name) {
  std::lock_guard const lock(mutex_);
  holder_ = name == nullptr ? "" : name;
}

std::string control::holder() {
  std::lock_guard const lock(mutex_);
  return holder_;
}

void control::log(int rule, char const* function, std::string const& text) {
  standin_violation one{};
  one.rule = rule;
  std::snprintf(one.function, sizeof one.function, "%s", function);
  std::snprintf(one.text, sizeof one.text, "%s", text.c_str());
  std::lock_guard const lock(mutex_);
  violations_.push_back(one);
  if (!log_file_.empty()) {
    std::ofstream(log_file_, std::ios::app) << "rule " << rule << ": " << function << ": " << text << '\n';
  }
}

std::vector<standin_violation> control::violations() {
  std::lock_guard const lock(mutex_);
  return violations_;
}

void control::clear_violations() {
  std::lock_guard const lock(mutex_);
  violations_.clear();
}

}  // namespace standin
