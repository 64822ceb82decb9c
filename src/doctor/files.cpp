// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "doctor/files.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

#include "cupti/driver.hpp"

namespace flopwatch::doctor {
namespace {

namespace fs = std::filesystem;

constexpr unsigned cap_sys_admin = 21;  // linux/capability.h
constexpr unsigned cap_perfmon = 38;

std::vector<fs::path> entries(fs::path const& folder) {
  std::vector<fs::path> out;
  std::error_code failed;
  for (fs::directory_iterator i(folder, failed), end; !failed && i != end; i.increment(failed)) {
    out.push_back(i->path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

/// The value after "key:" in a file of such lines; "" if there is no such line.
std::string value_of(fs::path const& file, std::string_view key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(key) || line.size() <= key.size() || line[key.size()] != ':') continue;
    auto const first = line.find_first_not_of(" \t", key.size() + 1);
    return first == std::string::npos ? "" : line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
  }
  return "";
}

std::string first_line(fs::path const& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

bool is_wsl(fs::path const& root) {
  auto kernel = first_line(root / "proc/version");
  std::transform(kernel.begin(), kernel.end(), kernel.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return kernel.find("microsoft") != std::string::npos;
}

std::uint64_t capabilities(fs::path const& root) {
  auto const text = value_of(root / "proc/self/status", "CapEff");
  std::uint64_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out, 16);
  return out;
}

/// Of the kernel's driver, which grants counters; libcuda.so may be newer (forward compatibility).
std::optional<int> driver_release(fs::path const& root) {
  auto const version = detail::kernel_driver_version((root / "proc/driver/nvidia/version").string());
  int release = 0;
  std::from_chars(version.data(), version.data() + version.size(), release);
  return release > 0 ? std::optional(release) : std::nullopt;
}

std::string tracer(fs::path const& root) {
  auto const process = value_of(root / "proc/self/status", "TracerPid");
  if (process.empty() || process == "0") return "";
  auto const name = first_line(root / "proc" / process / "comm");
  return name.empty() ? "process " + process : name;
}

bool has_mig_instances(fs::path const& nvidia) {
  for (auto const& gpu : entries(nvidia / "capabilities")) {
    for (auto const& entry : entries(gpu / "mig")) {
      if (entry.filename().string().starts_with("gi")) return true;
    }
  }
  return false;
}

/// The tool that a process of this name is; "" for another program. The kernel cuts names at 15 characters.
std::string tool_named(std::string const& process) {
  static constexpr std::array exact{"nsys", "ncu", "nv-nsight-cu-cl", "nvprof"};
  if (std::find(exact.begin(), exact.end(), process) != exact.end()) return process;
  if (process.starts_with("cuda-gdb")) return "cuda-gdb";  // cuda-gdb-minimal, cuda-gdb-python3.12-tui
  return process == "compute-sanitiz" ? "compute-sanitizer" : "";
}

process_facts processes(fs::path const& root) {
  process_facts out;
  for (auto const& process : entries(root / "proc")) {
    auto const number = process.filename().string();
    if (number.find_first_not_of("0123456789") != std::string::npos) continue;
    auto const name = first_line(process / "comm");
    out.dcgm = out.dcgm || name == "nv-hostengine";
    out.mps = out.mps || name.starts_with("nvidia-cuda-mps");
    auto const tool = tool_named(name);
    bool const seen = std::find(out.profilers.begin(), out.profilers.end(), tool) != out.profilers.end();
    if (!tool.empty() && !seen) out.profilers.push_back(tool);
  }
  return out;
}

}  // namespace

void read_machine(doctor_facts& f, fs::path const& root) {
  auto const nvidia = root / "proc/driver/nvidia";
  std::error_code failed;
  f.kernel_module = fs::exists(nvidia, failed);
  for (auto const& gpu : entries(nvidia / "gpus")) {
    auto const file = gpu / "information";
    f.gpus.push_back({value_of(file, "Model"), value_of(file, "GPU UUID")});
  }
  f.mig_instances = has_mig_instances(nvidia);
  if (auto const rule = value_of(nvidia / "params", "RmProfilingAdminOnly"); !rule.empty())
    f.admin_only = rule != "0";
  auto const held = capabilities(root);
  f.administrator = (held >> cap_sys_admin & 1U) != 0;
  f.perfmon = (held >> cap_perfmon & 1U) != 0;
  f.driver_release = driver_release(root);
  f.tracer = tracer(root);
  f.wsl = is_wsl(root);
  f.processes = processes(root);
}

environment_facts read_environment(std::function<char const*(char const*)> const& variable,
                                   fs::path const& root) {
  auto const text = [&](char const* name) {
    auto const* const value = variable(name);
    return std::string(value == nullptr ? "" : value);
  };
  environment_facts out;
  if (variable("CUDA_VISIBLE_DEVICES") != nullptr) out.visible_devices = text("CUDA_VISIBLE_DEVICES");
  out.cuda_injection = text("CUDA_INJECTION64_PATH");
  out.nvtx_injection = text("NVTX_INJECTION64_PATH");
  out.preload = text("LD_PRELOAD");
  out.sanitizer_port = !text("NV_SANITIZER_INJECTION_PORT_BASE").empty();
  for (auto const* name : {"CUDBG_USE_LEGACY_DEBUGGER", "CUDA_DEBUGGER_SOFTWARE_PREEMPTION"}) {
    if (!text(name).empty()) out.debugger_setting = name;
  }
  auto const kineto = text("KINETO_USE_DAEMON");
  out.kineto_daemon = !kineto.empty() && kineto != "0";
  auto const pipe = text("CUDA_MPS_PIPE_DIRECTORY");
  std::error_code failed;
  out.mps_pipe = fs::exists((pipe.empty() ? root / "tmp/nvidia-mps" : fs::path(pipe)) / "control", failed);
  return out;
}

}  // namespace flopwatch::doctor
