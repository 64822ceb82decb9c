// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Matrix products of each number format, as PyTorch gives them to cuBLAS, each in a scope that says what it
// is: "bf16 4096x2048x1024" is M, N and K. Sizes that fit the tiles, and odd ones, where padding must show.
#include <array>
#include <functional>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>
#include <torch/torch.h>

#include "flopwatch/torch.hpp"
#include "raw_option.hpp"
#include "run_program.hpp"

namespace {

using torch::Tensor;

struct product {
  std::string format;
  std::function<Tensor(Tensor const&, Tensor const&)> multiply;  ///< of fp32 (M, K) and (K, N)
};

std::array<std::array<std::int64_t, 3>, 2> constexpr sizes{{{1024, 2048, 512}, {1000, 528, 272}}};

Tensor as(Tensor const& a, Tensor const& b, torch::ScalarType type) {
  return torch::mm(a.to(type), b.to(type));
}

Tensor in_fp8(Tensor const& a, Tensor const& b) {
  auto const one = torch::ones({}, a.options());
  // cuBLAS wants the second one column by column.
  auto const second = b.t().contiguous().to(torch::kFloat8_e4m3fn).t();
  return at::_scaled_mm(a.to(torch::kFloat8_e4m3fn), second, one, one, {}, {}, torch::kBFloat16);
}

std::vector<product> products() {
  return {{"fp64", [](Tensor const& a, Tensor const& b) { return as(a, b, torch::kDouble); }},
          {"fp32", [](Tensor const& a, Tensor const& b) { return torch::mm(a, b); }},
          {"tf32",
           [](Tensor const& a, Tensor const& b) {
             at::globalContext().setFloat32MatmulPrecision("high");
             auto out = torch::mm(a, b);
             at::globalContext().setFloat32MatmulPrecision("highest");
             return out;
           }},
          {"fp16", [](Tensor const& a, Tensor const& b) { return as(a, b, torch::kHalf); }},
          {"bf16", [](Tensor const& a, Tensor const& b) { return as(a, b, torch::kBFloat16); }},
          {"fp8", in_fp8},
          {"int8", [](Tensor const& a, Tensor const& b) {
             return at::_int_mm(a.to(torch::kChar), b.to(torch::kChar).t().contiguous().t());
           }}};
}

std::string scope_name(product const& p, std::array<std::int64_t, 3> const& s) {
  return p.format + " " + std::to_string(s[0]) + "x" + std::to_string(s[1]) + "x" + std::to_string(s[2]);
}

/// Names of products that the device or this PyTorch cannot do, found out before anything is counted.
std::vector<std::string> impossible(std::vector<product> const& all, torch::Device const& device) {
  std::vector<std::string> out;
  for (auto const& p : all) {
    try {
      for (auto const& s : sizes) {
        p.multiply(torch::ones({s[0], s[2]}, device), torch::ones({s[2], s[1]}, device)).sum().item();
      }
    } catch (c10::Error const& e) {
      std::cerr << "torch_products: no " << p.format << " here: " << e.what_without_backtrace() << '\n';
      out.push_back(p.format);
    }
  }
  return out;
}

void multiply_all(std::vector<product> const& all, std::vector<std::string> const& left_out,
                  torch::Device const& device) {
  for (auto const& p : all) {
    if (std::find(left_out.begin(), left_out.end(), p.format) != left_out.end()) continue;
    for (auto const& s : sizes) {
      auto const a = torch::ones({s[0], s[2]}, device);
      auto const b = torch::ones({s[2], s[1]}, device);
      flopwatch::scope const named(scope_name(p, s));
      p.multiply(a, b);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Counts matrix products of each number format that the device has; prints the report as JSON."};
  std::string name;
  std::string save;
  app.add_option("--device", name, "cuda:N, or cpu");
  app.add_option("--save", save, "file for the capture");
  auto raw = flopwatch::raw_choice::sample;
  sample::add_raw_option(app, raw);
  return sample::run_program("torch_products", app, argc, argv, [&] {
    torch::NoGradGuard const no_grad;
    flopwatch::session session{{.device = name, .raw = raw}};
    torch::Device const device(name.empty() ? "cpu" : name);
    auto const all = products();
    auto const left_out = impossible(all, device);
    auto const result = session.count([&] { multiply_all(all, left_out, device); });
    std::cout << result.json();
    if (!save.empty()) result.save(save);
    return static_cast<int>(result.outcome());
  });
}
