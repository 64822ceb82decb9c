// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cupti/device_support.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "cupti/result_text.hpp"
#include "cupti/struct_sizes.hpp"

namespace flopwatch::cupti {
namespace {

using supported_params = CUpti_Profiler_DeviceSupported_Params;

/// 13.1 put the level of the SKU behind the last field of 12.6.80; the headers of this build may lack it.
constexpr std::uint32_t first_with_sku = 130100;
constexpr std::size_t sku_at = first_size<supported_params>::value;
constexpr std::size_t size_with_sku = sku_at + sizeof(CUpti_Profiler_Support_Level);
static_assert(sizeof(supported_params) >= size_with_sku);

CUptiResult ask(api const& cupti, int device, std::size_t size, supported_params& p) {
  p = params<supported_params>();
  p.structSize = size;
  p.cuDevice = device;
  p.api = CUPTI_PROFILER_RANGE_PROFILING;
  return cupti.cuptiProfilerDeviceSupported(&p);
}

}  // namespace

device_support support_of(api const& cupti, int device) {
  supported_params p{};
  constexpr auto first = first_size<supported_params>::value;
  bool const has_sku = cupti.version >= first_with_sku;
  auto code = ask(cupti, device, has_sku ? size_with_sku : first, p);
  if (code == CUPTI_ERROR_INVALID_PARAMETER) code = ask(cupti, device, has_sku ? first : size_with_sku, p);
  check(code, "cuptiProfilerDeviceSupported");
  device_support out{p.isSupported, p.architecture, p.sli, p.vGpu, p.confidentialCompute, p.cmp, p.wsl};
  if (p.structSize == size_with_sku)
    std::memcpy(&out.sku, reinterpret_cast<unsigned char const*>(&p) + sku_at, sizeof out.sku);
  return out;
}

}  // namespace flopwatch::cupti
