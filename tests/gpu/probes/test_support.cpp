// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "gpu/probes/test_support.hpp"

#include <array>
#include <fstream>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

#include "gpu/probes/program.hpp"

namespace flopwatch::test {
namespace {

std::string written_by_child(int from) {
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t n = 0; (n = read(from, buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<std::size_t>(n));
  close(from);
  return text;
}

}  // namespace

ended run(std::vector<std::string> const& arguments) {
  std::array<int, 2> out{};
  std::array<int, 2> err{};
  if (pipe(out.data()) != 0 || pipe(err.data()) != 0) return {};
  auto const child = fork();
  if (child == 0) {
    std::vector<char const*> argv{"gpu_probes"};
    for (auto const& one : arguments) argv.push_back(one.c_str());
    std::ostringstream said;
    std::ostringstream cause;
    auto const code = gpu_probes::run_program(static_cast<int>(argv.size()), argv.data(), said, cause);
    auto const text = said.str();
    auto const error = cause.str();
    bool const sent = write(out[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                      write(err[1], error.data(), error.size()) == static_cast<ssize_t>(error.size());
    _exit(sent ? code : 99);
  }
  close(out[1]);
  close(err[1]);
  ended result;
  result.out = written_by_child(out[0]);
  result.err = written_by_child(err[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status)) result.code = WEXITSTATUS(status);
  return result;
}

void gpu_probe::SetUp() {
  standin_reset();
  folder_ = std::filesystem::path(testing::TempDir()) / "gpu-probes";
  std::filesystem::create_directories(folder_);
  for (auto const* source : {"cuda_core_kernels", "packed_kernels", "tensor_kernels"}) {
    for (auto const* architecture : {"90a", "100"})
      std::ofstream(folder_ / (std::string(source) + "_" + architecture + ".cubin")) << "stand-in";
  }
  // 8 instructions in each of 1,000 trips.
  standin_kernel_value("known_ffma", "sm__sass_thread_inst_executed_op_ffma_pred_on.sum", 0, 8000);
}

json gpu_probe::facts_of(std::string const& probe) const {
  auto const result = ask(probe);
  EXPECT_EQ(result.code, 0) << result.err;
  auto const found = result.found();
  return found.is_object() ? found.value("facts", json::object()) : json::object();
}

}  // namespace flopwatch::test
