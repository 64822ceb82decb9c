// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "gpu/probes/gpu.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "cupti/device_checks.hpp"
#include "cupti/host.hpp"
#include "flopwatch/error.hpp"

namespace gpu_probes {
namespace {

namespace cupti = flopwatch::cupti;
using known_counts::must;

constexpr std::size_t memory_of_thread = 64;  // kernels.cuh

cupti::driver_api const& driver_with(int device) {
  auto const& driver = cupti::opened_driver();
  int devices = 0;
  must(cuDeviceGetCount(&devices), "cuDeviceGetCount");
  if (device >= devices)
    throw flopwatch::device_error("There is no GPU " + std::to_string(device) + " among the " +
                                  std::to_string(devices) + " visible ones; choose another one by --device.");
  return driver;
}

known_counts::kernel kernel_named(known_counts::table const& table, std::string const& name,
                                  std::string const& architecture) {
  auto const found = std::find_if(table.kernels.begin(), table.kernels.end(),
                                  [&](auto const& kernel) { return kernel.name == name; });
  if (found == table.kernels.end() || !found->is_for(architecture))
    throw std::runtime_error("the table has no kernel " + name + " for sm_" + architecture);
  return *found;
}

std::string read_cubin(std::filesystem::path const& folder, known_counts::kernel const& kernel,
                       std::string const& architecture) {
  auto const file =
      folder / (std::filesystem::path(kernel.source).stem().string() + "_" + architecture + ".cubin");
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

bare_gpu::bare_gpu(setting const& s)
    : setting_(&s), cupti_(nullptr), context_(driver_with(s.device), s.device) {
  cupti_ = &cupti::library();
  must(cuCtxSetCurrent(context()), "cuCtxSetCurrent");
}

gpu::gpu(setting const& s) : bare_gpu(s) {
  cupti::initialise_profiler(cupti());
  chip_ = cupti::chip_of(cupti(), s.device);
}

std::string gpu::architecture() const {
  return known_counts::architecture_of(its_setting().device, its_setting().table);
}

std::vector<std::string> gpu::counters() const {
  return cupti::host(chip_).base_metrics(cupti::metric_kind::counter);
}

program::program(gpu const& device, std::string const& kernel, unsigned most_blocks)
    : table_(&device.its_setting().table),
      kernel_(kernel_named(*table_, kernel, device.architecture())),
      loaded_(device.its_setting().device,
              read_cubin(device.its_setting().cubins, kernel_, device.architecture()),
              memory_of_thread * std::max(most_blocks, table_->blocks) * table_->threads) {}

grid program::usual() const noexcept { return {table_->blocks, table_->threads, table_->trips}; }

std::int64_t program::expected(grid const& g) const {
  return kernel_.per_trip * g.trips *
         (static_cast<std::int64_t>(g.blocks) * g.threads / kernel_.threads_together);
}

CUresult program::launch(grid const& g, CUstream stream) const {
  auto address = memory();
  int trips = g.trips;
  void* arguments[] = {&address, &trips};
  return cuLaunchKernel(function(), g.blocks, 1, 1, g.threads, 1, 1, 0, stream, arguments, nullptr);
}

}  // namespace gpu_probes
