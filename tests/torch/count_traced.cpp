// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0

// count_traced MODEL.pt...: loads TorchScript models, each with its inputs under the attribute
// `example_inputs` (a list of tensors), counts one forward of each without gradients, and prints
// {"MODEL.pt": {"macs", "useful_macs", "other_flops", "operators": {name: {"calls", "macs", "status"}}}}.

#include <iostream>

#include <nlohmann/json.hpp>
#include <torch/script.h>

#include "torch/support.hpp"

namespace {

nlohmann::json count(std::string const& file) {
  auto model = torch::jit::load(file);
  std::vector<c10::IValue> inputs;
  for (auto const& t : model.attr("example_inputs").toTensorVector()) inputs.emplace_back(t);
  torch::NoGradGuard const no_grad;
  flopwatch::session session;
  auto const result = session.count([&] { model.forward(inputs); });
  auto const& analysis = result.analysis();
  nlohmann::json operators = nlohmann::json::object();
  for (auto const& c : analysis.capture.operator_calls) {
    auto& o = operators[c.name + "/" + std::string(to_string(c.status))];
    if (o.is_null()) o = {{"calls", 0}, {"macs", 0}};
    o["calls"] = o["calls"].get<std::int64_t>() + c.calls;
    o["macs"] = o["macs"].get<std::int64_t>() + c.total.macs;
  }
  auto const& total = analysis.tree.operator_total;
  return {{"macs", total.macs},
          {"useful_macs", total.useful_macs},
          {"other_flops", total.other_flops},
          {"operators", operators}};
}

}  // namespace

int main(int argc, char** argv) {
  nlohmann::json all;
  for (int i = 1; i < argc; ++i) all[argv[i]] = count(argv[i]);
  std::cout << all.dump(1) << '\n';
  return 0;
}
