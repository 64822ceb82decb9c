// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "gpu/probes/program.hpp"

#include <algorithm>
#include <ostream>

#include <CLI/CLI.hpp>

#include "flopwatch/error.hpp"
#include "gpu/probes/own_child.hpp"
#include "gpu/probes/probe.hpp"

namespace gpu_probes {
namespace {

constexpr int not_asked = 1;
constexpr int wrong_usage = 2;
constexpr int no_gpu = 3;

json listed() {
  auto out = json::array();
  for (auto const& probe : all_probes()) out.push_back({{"probe", probe.name}, {"question", probe.question}});
  return out;
}

std::string printed(json const& j) { return j.dump(2, ' ', false, json::error_handler_t::replace); }

int ask(probe const& probe, setting const& s, std::ostream& out, std::ostream& err) {
  try {
    auto const found = probe.ask(s);
    out << printed({{"probe", probe.name},
                    {"question", probe.question},
                    {"answer", found.answer},
                    {"facts", found.facts}})
        << std::endl;
    return 0;
  } catch (flopwatch::error const& e) {
    err << "gpu_probes: " << e.what() << '\n';
    return e.code() == flopwatch::exit_code::no_device ? no_gpu : not_asked;
  } catch (std::exception const& e) {
    err << "gpu_probes: " << e.what() << '\n';
    return not_asked;
  }
}

}  // namespace

int run_program(int argc, char const* const* argv, std::ostream& out, std::ostream& err) {
  CLI::App app{"Asks one question of a GPU and its CUPTI, and prints the finding as JSON."};
  std::string name;
  std::string cubins;
  std::string table;
  setting s;
  double limit_s = 0;
  bool list = false;
  app.add_flag("--list", list, "the questions, as JSON; needs no GPU");
  app.add_option("probe", name, "the question's name");
  app.add_option("--cubins", cubins, "folder of the compiled kernels of known count");
  app.add_option("--table", table, "known_kernels.json; the one next to the cubins when it is not given");
  app.add_option("--device", s.device, "number of the GPU")
      ->check(CLI::Range(0, 1 << 16))
      ->capture_default_str();
  app.add_option("--limit", limit_s, "seconds for everything that is tried in a process of its own; 0: none")
      ->check(CLI::Range(0.0, 1e6));
  try {
    app.parse(argc, argv);
  } catch (CLI::ParseError const& e) {
    return app.exit(e, out, err) == 0 ? 0 : wrong_usage;
  }
  if (list) {
    out << printed(listed()) << std::endl;
    return 0;
  }
  auto const probes = all_probes();
  auto const found =
      std::find_if(probes.begin(), probes.end(), [&](probe const& one) { return one.name == name; });
  if (found == probes.end()) {
    err << "gpu_probes: there is no probe \"" << name << "\"; --list lists them\n";
    return wrong_usage;
  }
  if (cubins.empty()) {
    err << "gpu_probes: --cubins must name the folder of the compiled kernels\n";
    return wrong_usage;
  }
  s.cubins = cubins;
  if (limit_s > 0) limit_children(limit_s);
  try {
    s.table = known_counts::table::read(table.empty() ? s.cubins / "known_kernels.json"
                                                      : std::filesystem::path(table));
  } catch (std::exception const& e) {
    err << "gpu_probes: " << e.what() << "; --table names it\n";
    return wrong_usage;
  }
  return ask(*found, s, out, err);
}

}  // namespace gpu_probes
