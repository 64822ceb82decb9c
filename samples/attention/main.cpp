// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0

// Counts one attention block in the ways people count it, and says what goes wrong in each.

#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "attention/cases.hpp"
#include "raw_option.hpp"
#include "run_program.hpp"

namespace {

void print_row(sample::case_description const& c, flopwatch::result const& result) {
  auto const& a = result.analysis();
  auto const thop = flopwatch::clever_format(static_cast<double>(a.tree.formula_total), 3);
  auto const ran = flopwatch::clever_format(static_cast<double>(a.tree.operator_total.macs), 3);
  std::printf("%-35s  %-24s  %5lld  %8s  %8s  ", c.model_text().c_str(), c.rules_text().c_str(),
              static_cast<long long>(c.size.calls), thop.c_str(), ran.c_str());
  bool first = true;
  for (auto const& v : a.differences.rows.at(0).verdicts) {
    if (v.between != flopwatch::columns::formula_operator) continue;
    auto const text = std::string(flopwatch::short_text(v.kind));
    auto const amount = flopwatch::clever_format(static_cast<double>(std::llabs(v.amount)), 3);
    std::printf("%s%s", first ? "" : ", ", text.c_str());
    if (v.amount != 0) std::printf(" %s%s", v.amount > 0 ? "+" : "-", amount.c_str());
    first = false;
  }
  std::printf("\n");
}

void print_all(sample::sizes const& size, std::string const& device) {
  std::printf("Attention(dim=%lld, heads=%lld), input (%lld, %lld, %lld), in MACs\n\n",
              static_cast<long long>(size.dim), static_cast<long long>(size.heads),
              static_cast<long long>(size.batch), static_cast<long long>(size.seq),
              static_cast<long long>(size.dim));
  std::printf("%-35s  %-24s  %5s  %8s  %8s  %s\n", "model", "custom_ops", "calls", "thop", "ran",
              "why thop's total differs from what ran");
  for (auto const& c : sample::all_cases(size)) {
    if (c.starts_table) std::printf("\n");
    print_row(c, sample::run_case(c, {.device = device}));
  }
  std::printf("\nOne case whole: CustomModule, attn called twice, rule on CustomModule\n\n");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Counts one attention block in the ways people count it. Without --model or --rules: all of them."};
  sample::case_description c;
  std::string model = "custom";
  std::string rules = "none";
  std::string device;
  std::string save;
  auto raw = flopwatch::raw_choice::sample;
  bool json = false;
  bool no_clobber = false;
  bool outer = false;
  app.add_option("--batch", c.size.batch)->check(CLI::Range(1, 1 << 20))->capture_default_str();
  app.add_option("--seq", c.size.seq, "tokens")->check(CLI::Range(1, 1 << 20))->capture_default_str();
  app.add_option("--dim", c.size.dim, "a multiple of the heads")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  app.add_option("--heads", c.size.heads)->check(CLI::Range(1, 1 << 20))->capture_default_str();
  auto* const calls = app.add_option("--calls", c.size.calls, "calls of attn in one forward of CustomModule")
                          ->check(CLI::Range(1, 1 << 20))
                          ->capture_default_str();
  auto* const model_option = app.add_option("--model", model,
                                            "custom: CustomModule holding attn; stack: a Sequential subclass "
                                            "holding attn; attention: Attention itself")
                                 ->check(CLI::IsMember({"custom", "stack", "attention"}))
                                 ->capture_default_str();
  auto* const outer_option =
      app.add_flag("--outer", outer, "put the model into an Outer module that only calls it");
  auto* const rules_option =
      app.add_option("--rules", rules, "custom_ops: none, or of custom, stack, attention, joined by commas")
          ->capture_default_str();
  app.add_option("--device", device, "cuda:N, or cpu");
  app.add_option("--save", save, "write the capture of the case to this file");
  app.add_flag("--no-clobber", no_clobber, "with --save: leave a capture alone that is there");
  sample::add_raw_option(app, raw);
  app.add_flag("--json", json, "the report of the case as JSON");
  return sample::run_program("attention", app, argc, argv, [&] {
    bool const one_case =
        model_option->count() + outer_option->count() + rules_option->count() + calls->count() > 0 || json ||
        !save.empty();
    if (one_case) {
      c.set(model, outer, rules);
    } else {
      sample::check(c.size);
      print_all(c.size, device);
      c = sample::case_to_show(c.size);
    }
    auto const result = sample::run_case(c, {.device = device, .raw = raw});
    std::cout << (json ? result.json() : result.report());
    if (!save.empty()) result.save(save, !no_clobber);
    return static_cast<int>(result.outcome());
  });
}
