// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

/// \file
/// Text of synthetic traces of torch.profiler.

namespace flopwatch::test {

inline std::string event(std::string const& cat, std::string const& name, int begin, int duration,
                         std::string const& args = "", int on_thread = 1) {
  return R"({"ph":"X","cat":")" + cat + R"(","name":")" + name + R"(","pid":5,"tid":)" +
         std::to_string(on_thread) + R"(,"ts":)" + std::to_string(begin) + R"(.5,"dur":)" +
         std::to_string(duration) + R"(,"args":{)" + args + "}}";
}

inline std::string launch(int begin, int correlation, int on_thread = 1) {
  return event("cuda_runtime", "cudaLaunchKernel", begin, 1,
               R"("correlation":)" + std::to_string(correlation), on_thread);
}

inline std::string kernel(int begin, int correlation) {
  return event("kernel", "k" + std::to_string(correlation), begin, 5,
               R"("device":0,"context":1,"stream":7,"grid":[2,3,4],"block":[32,1,1],"correlation":)" +
                   std::to_string(correlation),
               7);
}

inline std::string module(std::string const& name, int begin, int duration) {
  return event("python_function", "nn.Module: " + name, begin, duration);
}

inline std::string mm(int begin, int duration) {
  return event("cpu_op", "aten::mm", begin, duration,
               R"("Input Dims":[[2,3],[3,5]],"Input type":["float","float"],"Concrete Inputs":["",""])");
}

inline std::string trace(std::vector<std::string> const& events) {
  std::string out =
      R"({"schemaVersion":1,"deviceProperties":[{"id":0,"name":"Synthetic GPU","computeMajor":9,"computeMinor":0}],"traceEvents":[)";
  for (auto const& e : events) out += (out.back() == '[' ? "" : ",\n") + e;
  return out + "]}";
}

}  // namespace flopwatch::test
