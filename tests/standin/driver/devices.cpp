// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "driver/driver.hpp"

namespace standin {
namespace {

std::string uuid_text(standin_device const& device) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text = device.mig != 0 ? "MIG-" : "GPU-";
  for (std::size_t i = 0; i < sizeof device.uuid; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += digits[device.uuid[i] >> 4];
    text += digits[device.uuid[i] & 15];
  }
  return text;
}

/// The device that one entry of CUDA_VISIBLE_DEVICES names, or -1: an index, or a UUID, which may be cut
/// short as long as it names one device alone.
int named(std::string_view entry, std::vector<standin_device> const& all) {
  if (entry.starts_with("GPU-") || entry.starts_with("MIG-")) {
    int found = -1;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (!uuid_text(all[i]).starts_with(entry)) continue;
      if (found >= 0) return -1;
      found = static_cast<int>(i);
    }
    return found;
  }
  int index = -1;
  auto const [end, failed] = std::from_chars(entry.data(), entry.data() + entry.size(), index);
  if (failed != std::errc() || end != entry.data() + entry.size()) return -1;
  return index < static_cast<int>(all.size()) ? index : -1;
}

}  // namespace

std::vector<standin_device> visible_devices(std::vector<standin_device> const& all) {
  char const* const variable = std::getenv("CUDA_VISIBLE_DEVICES");
  if (variable == nullptr) return all;
  std::vector<standin_device> visible;
  std::vector<int> taken;
  std::string_view text = variable;
  while (!text.empty()) {
    auto const comma = text.find(',');
    auto entry = text.substr(0, comma);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    while (entry.starts_with(' ')) entry.remove_prefix(1);
    while (entry.ends_with(' ')) entry.remove_suffix(1);
    int const index = named(entry, all);
    if (index < 0) break;  // the first one that makes no sense hides itself and all behind it
    if (std::find(taken.begin(), taken.end(), index) != taken.end()) return {};
    taken.push_back(index);
    visible.push_back(all[static_cast<std::size_t>(index)]);
  }
  return visible;
}

}  // namespace standin

using namespace standin;

namespace {

bool exists(CUdevice ordinal) { return ordinal >= 0 && ordinal < device_count(); }

CUresult uuid_of(CUuuid* uuid, CUdevice ordinal) {
  if (uuid == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (!exists(ordinal)) return CUDA_ERROR_INVALID_DEVICE;
  auto const chosen = device(ordinal);
  std::memcpy(uuid->bytes, chosen.uuid, sizeof uuid->bytes);
  return CUDA_SUCCESS;
}

}  // namespace

extern "C" {

CUresult cuDeviceGet(CUdevice* out, int ordinal) {
  STANDIN_ENTER();
  if (out == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (!exists(ordinal)) return CUDA_ERROR_INVALID_DEVICE;
  *out = ordinal;
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetCount(int* count) {
  STANDIN_ENTER();
  if (count == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *count = device_count();
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetName(char* name, int length, CUdevice ordinal) {
  STANDIN_ENTER();
  if (name == nullptr || length <= 0) return CUDA_ERROR_INVALID_VALUE;
  if (!exists(ordinal)) return CUDA_ERROR_INVALID_DEVICE;
  auto const chosen = device(ordinal);
  // As NVIDIA's MIG guide names devices: "1c." for a compute instance that is a part of its GPU instance.
  char const* const profiles[] = {"", " MIG 1g.10gb", " MIG 1c.2g.20gb"};
  std::string const text = std::string(chosen.name) + profiles[std::clamp(chosen.mig, 0, 2)];
  std::strncpy(name, text.c_str(), static_cast<std::size_t>(length) - 1);
  name[length - 1] = '\0';
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetUuid(CUuuid* uuid, CUdevice ordinal) {
  STANDIN_ENTER();
  return uuid_of(uuid, ordinal);
}

CUresult cuDeviceGetUuid_v2(CUuuid* uuid, CUdevice ordinal) {
  STANDIN_ENTER();
  return uuid_of(uuid, ordinal);
}

CUresult cuDeviceTotalMem_v2(size_t* bytes, CUdevice ordinal) {
  STANDIN_ENTER();
  if (bytes == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (!exists(ordinal)) return CUDA_ERROR_INVALID_DEVICE;
  *bytes = device(ordinal).memory_bytes;
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetPCIBusId(char* text, int length, CUdevice ordinal) {
  STANDIN_ENTER();
  if (text == nullptr || length < 13) return CUDA_ERROR_INVALID_VALUE;
  if (!exists(ordinal)) return CUDA_ERROR_INVALID_DEVICE;
  std::snprintf(text, static_cast<std::size_t>(length), "0000:%02x:00.0",
                0x10U + static_cast<unsigned>(ordinal));
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetAttribute(int* value, CUdevice_attribute attribute, CUdevice ordinal) {
  STANDIN_ENTER();
  if (value == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (!exists(ordinal)) return CUDA_ERROR_INVALID_DEVICE;
  auto const chosen = device(ordinal);
  switch (attribute) {
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR:
      *value = chosen.major;
      break;
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR:
      *value = chosen.minor;
      break;
    case CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT:
      *value = chosen.multiprocessors;
      break;
    case CU_DEVICE_ATTRIBUTE_WARP_SIZE:
      *value = 32;
      break;
    case CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK:
      *value = 1024;
      break;
    case CU_DEVICE_ATTRIBUTE_COOPERATIVE_LAUNCH:
    case CU_DEVICE_ATTRIBUTE_UNIFIED_ADDRESSING:
      *value = 1;
      break;
    case CU_DEVICE_ATTRIBUTE_MPS_ENABLED:  // "if contexts created on this device will be shared via MPS"
                                           // (cuda.h)
      *value = chosen.mps;
      break;
    case CU_DEVICE_ATTRIBUTE_CLOCK_RATE:
      *value = 1000000;
      break;
    default:
      *value = 0;
      break;
  }
  return CUDA_SUCCESS;
}

}  // extern "C"
