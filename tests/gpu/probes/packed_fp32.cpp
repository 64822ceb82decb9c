// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "gpu/probes/counting.hpp"
#include "gpu/probes/probes.hpp"

namespace gpu_probes {
namespace {

constexpr int instructions_per_trip = 4;

/// Four instructions in a loop of `trips`, on two numbers of each thread. As PTX, which the driver compiles
/// for the chip: few chips have these instructions.
std::string kernel_text(std::string const& name, std::string const& instruction) {
  std::string body;
  for (int i = 0; i < instructions_per_trip; ++i) body += "  " + instruction + ";\n";
  return ".visible .entry " + name + R"((.param .u64 memory, .param .u32 trips)
{
  .reg .pred %again;
  .reg .b32 %left, %block, %size, %thread;
  .reg .b64 %at, %offset, %x, %a, %b;
  ld.param.u64 %at, [memory];
  ld.param.u32 %left, [trips];
  mov.u32 %block, %ctaid.x;
  mov.u32 %size, %ntid.x;
  mov.u32 %thread, %tid.x;
  mad.lo.s32 %thread, %block, %size, %thread;
  mul.wide.u32 %offset, %thread, 64;
  cvta.to.global.u64 %at, %at;
  add.s64 %at, %at, %offset;
  ld.global.v2.b64 {%x, %a}, [%at];
  ld.global.b64 %b, [%at+16];
trip:
)" + body +
         R"(  sub.s32 %left, %left, 1;
  setp.ne.s32 %again, %left, 0;
  @%again bra trip;
  st.global.b64 [%at], %x;
  ret;
}
)";
}

struct packed {
  char const* kernel;
  char const* instruction;
  char const* operation;
};
constexpr std::array packed_kernels{packed{"packed_ffma2", "fma.rn.f32x2 %x, %x, %a, %b", "op_ffma2"},
                                    packed{"packed_fadd2", "add.rn.f32x2 %x, %x, %a", "op_fadd2"},
                                    packed{"packed_fmul2", "mul.rn.f32x2 %x, %x, %a", "op_fmul2"}};

/// Those of packed and of scalar fp32 arithmetic.
std::vector<std::string> fp32_metrics(gpu const& device, std::size_t& of_packed) {
  std::vector<std::string> out;
  for (auto const& name : device.counters()) {
    if (!name.starts_with("sm__sass_thread_inst_executed_op_f")) continue;
    bool const is_packed = std::any_of(packed_kernels.begin(), packed_kernels.end(), [&](packed const& p) {
      return name.find(p.operation) != std::string::npos;
    });
    if (is_packed) ++of_packed;
    bool const is_scalar = name.find("op_fadd_") != std::string::npos ||
                           name.find("op_fmul_") != std::string::npos ||
                           name.find("op_ffma_") != std::string::npos;
    if (is_packed || is_scalar) out.push_back(name + ".sum");
  }
  return out;
}

}  // namespace

finding packed_fp32(setting const& s) {
  gpu const device(s);
  finding out;
  std::size_t of_packed = 0;
  auto const names = fp32_metrics(device, of_packed);
  out.facts["chip"] = device.chip();
  out.facts["packed_metrics"] = of_packed;
  if (of_packed == 0) {
    out.answer = "The chip " + device.chip() + " has no counters of packed fp32 instructions.";
    return out;
  }
  std::string text = ".version 8.6\n.target sm_100\n.address_size 64\n";
  for (auto const& one : packed_kernels) text += kernel_text(one.kernel, one.instruction);
  known_counts::loaded loaded(s.device, text, std::size_t{64} * s.table.blocks * s.table.threads);
  auto const metrics = metrics_of(device, names);
  auto const instructions = static_cast<double>(instructions_per_trip) * s.table.trips *
                            static_cast<double>(s.table.blocks) * s.table.threads;
  for (auto const& one : packed_kernels) {
    auto const result = count(device, metrics, {}, [&](json&) { loaded.launch(one.kernel, s.table); });
    json facts{{"expected_thread_instructions", number(instructions)}, {"codes", result.codes}};
    for (std::size_t i = 0; result.values.size() == 1 && i < names.size(); ++i) {
      auto const value = result.values[0][i];
      if (value == 0) continue;
      facts["counted"][names[i]] = number(value);
      out.answer += (out.answer.empty() ? "For one instruction of a thread " : "; ") +
                    std::string(one.kernel) + " counts " + number(value / instructions).dump() + " in " +
                    names[i];
    }
    out.facts[one.kernel] = facts;
  }
  out.answer += out.answer.empty() ? "None of the counters counted a packed instruction." : ".";
  return out;
}

}  // namespace gpu_probes
