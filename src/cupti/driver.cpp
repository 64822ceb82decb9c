// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cupti/driver.hpp"

#include <array>
#include <charconv>
#include <dlfcn.h>
#include <fstream>
#include <sstream>

#include "flopwatch/error.hpp"

namespace flopwatch::detail {
namespace {

template <class Function>
Function* find(void* library, char const* name) {
  return reinterpret_cast<Function*>(dlsym(library, name));
}

driver_status ask_driver() {
  driver_status status;
  void* const library = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) {
    status.reason = "there is no NVIDIA driver here (libcuda.so.1 was not found)";
    return status;
  }
  auto* const init = find<int(unsigned)>(library, "cuInit");
  auto* const get_version = find<int(int*)>(library, "cuDriverGetVersion");
  auto* const get_count = find<int(int*)>(library, "cuDeviceGetCount");
  auto* const get_name = find<int(char*, int, int)>(library, "cuDeviceGetName");
  if (init == nullptr || get_version == nullptr || get_count == nullptr || get_name == nullptr) {
    status.reason = "libcuda.so.1 is no usable NVIDIA driver (functions are missing)";
    return status;
  }
  int version = 0;
  if (get_version(&version) == 0 && version > 0) {
    auto const own = kernel_driver_version("/proc/driver/nvidia/version");
    status.version = (own.empty() ? "" : own + ", ") + ("CUDA " + std::to_string(version / 1000)) + "." +
                     std::to_string(version % 1000 / 10);
  }
  if (int const code = init(0); code != 0) {
    status.reason =
        "the NVIDIA driver could not be initialised (cuInit answered " + std::to_string(code) + ")";
    return status;
  }
  int count = 0;
  if (get_count(&count) != 0 || count <= 0) {
    status.reason = "the NVIDIA driver lists no visible device (see CUDA_VISIBLE_DEVICES)";
    return status;
  }
  for (int i = 0; i < count; ++i) {
    std::array<char, 256> name{};
    status.devices.emplace_back(
        get_name(name.data(), static_cast<int>(name.size()) - 1, i) == 0 ? name.data() : "unknown GPU");
  }
  status.usable = true;
  return status;
}

/// The N of "cuda:N", or -1.
int device_index(std::string const& device) {
  if (device == "cuda") return 0;
  std::string_view text(device);
  if (!text.starts_with("cuda:")) return -1;
  text.remove_prefix(5);
  int index = -1;
  auto const [end, failed] = std::from_chars(text.data(), text.data() + text.size(), index);
  return failed == std::errc() && end == text.data() + text.size() ? index : -1;
}

}  // namespace

std::string kernel_driver_version(std::string const& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  std::istringstream words(line);
  for (std::string word; words >> word;) {
    auto const digits = word.find_first_not_of("0123456789.") == std::string::npos;
    if (digits && word.find('.') != std::string::npos) return word;
  }
  return "";
}

driver_status const& cuda_driver() {
  static driver_status const status = ask_driver();
  return status;
}

device_choice choose_device(std::string const& device, driver_status const& driver) {
  device_choice choice;
  choice.driver = driver.version;
  if (device.empty() || device == "cpu") {
    choice.name = device.empty() ? "none" : device;
    choice.why_not_measured =
        driver.usable ? "no device was chosen (ask for one: cuda:0, say)" : driver.reason;
    return choice;
  }
  int const index = device_index(device);
  if (index < 0) {
    throw usage_error("\"" + device + "\" names no device: write cuda:N, the N-th visible GPU, or cpu");
  }
  if (!driver.usable) {
    throw device_error(device + " was asked for, but " + driver.reason +
                       ": leave the device empty to count operators alone, or run where there is a GPU");
  }
  if (index >= static_cast<int>(driver.devices.size())) {
    std::string known;
    for (std::size_t i = 0; i < driver.devices.size(); ++i) {
      known += (i == 0 ? "" : ", ") + ("cuda:" + std::to_string(i)) + " (" + driver.devices[i] + ")";
    }
    throw device_error(device + " is not there; the visible devices are " + known);
  }
  choice.name = "cuda:" + std::to_string(index);
  choice.gpu = driver.devices[static_cast<std::size_t>(index)];
  choice.index = index;
  choice.why_not_measured = built_without_cupti;
  return choice;
}

device_choice choose_device(std::string const& device) { return choose_device(device, cuda_driver()); }

}  // namespace flopwatch::detail
