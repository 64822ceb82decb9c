// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "unit/synthetic/unobserved_program.hpp"

#include "unit/synthetic/capture_builder.hpp"

namespace flopwatch::test {
namespace {

std::int64_t range(capture_builder& c, std::int64_t parent, std::string const& name, std::string const& type,
                   std::int64_t entries) {
  auto const id = c.scope(parent, name, 0, entries);
  c.data.scopes.back().type = type;
  return id;
}

capture_data program(bool waits) {
  capture_builder c;
  c.data.info = {{info_key::created_utc, "2026-01-31T12:00:00Z"},
                 {info_key::program, "flopwatch 0.1.0"},
                 {info_key::formula, no_formula},
                 {info_key::device, "cuda:0"},
                 {info_key::gpu, "a made-up GPU"},
                 {info_key::operators, "not collected"},
                 {info_key::measured, "collected"},
                 {info_key::tensor_metrics, "collected"},
                 {info_key::synthetic, "yes"}};
  auto const step = range(c, 0, "time step", "NVTX", 500);
  auto const assemble = range(c, step, "assemble stiffness matrix", "NVTX", 500);
  auto const solve = range(c, step, "conjugate gradient", "NVTX solver", 500);
  auto const spmv = range(c, solve, "spmv", "NVTX solver", 16000);
  auto const dot = range(c, solve, "dot products and updates", "NVTX solver", 16000);
  auto const same_name = range(c, step, "conjugate gradient", "NVTX", 500);
  auto const integrate =
      c.kernel("void fem::integrate_elements<double, 8, fem::hexahedron>(double const*, double*)");
  auto const rows = c.kernel("void spmv_csr_vector<double, 32>(int, int const*, int const*, double const*)");
  auto const axpy = c.kernel("axpy_kernel(double, double const*, double*, int)");
  auto const gemm = c.kernel("ampere_fp16_s16816gemm_fp16_128x128_ldg8_f2f_stages_32x5_tn");
  auto const setup = c.kernel("initialise(double*, int)");
  auto const launches = [&](std::int64_t scope, std::int64_t kernel, std::int64_t n, metric_sums sums) {
    sums.try_emplace(tensor_metric, 0);
    c.launch(scope, 0, kernel, std::move(sums)).launches = n;
  };
  std::string const dfma = "sm__sass_thread_inst_executed_op_dfma_pred_on.sum";
  std::string const dadd = "sm__sass_thread_inst_executed_op_dadd_pred_on.sum";
  launches(assemble, integrate, 500, {{dfma, 41'943'040'000}, {dadd, 1'048'576'000}});
  launches(spmv, rows, 16'000, {{dfma, 134'217'728'000}, {dadd, 0}});
  launches(dot, axpy, 48'000, {{dfma, 50'331'648'000}, {dadd, 16'000}});
  launches(same_name, gemm, 500, {{dfma, 0}, {dadd, 0}, {tensor_metric, 17'179'869'184'000}});
  launches(0, setup, 3, {{dfma, 0}, {dadd, 3'145'728}});
  if (waits) {
    c.launch(dot, 0, c.kernel("ncclDevKernel_AllReduce_Sum_f64_RING_LL(ncclDevKernelArgsStorage<4096>)"), {})
        .launches = 16'000;
    c.data.launch_groups.back().plan = 0;
  }
  return c.data;
}

}  // namespace

capture_data unobserved_program() { return program(true); }

capture_data unobserved_measured_program() { return program(false); }

}  // namespace flopwatch::test
