// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/report_options.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <map>
#include <optional>
#include <string_view>
#include <system_error>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/output.hpp"
#include "cli/terminal.hpp"
#include "flopwatch/error.hpp"
#include "text/number_text.hpp"
#include "text/printable.hpp"

namespace flopwatch::cli {

void report_options::add_to(CLI::App& command) {
  auto* const as_json = command.add_flag("--json", json);
  auto* const as_csv = command.add_flag("--csv", csv)->excludes(as_json);
  auto* const as_markdown = command.add_flag("--markdown", markdown)->excludes(as_json)->excludes(as_csv);
  auto* const as_page = command.add_option("--html", html);
  as_page->excludes(as_json)->excludes(as_csv)->excludes(as_markdown);
  as_page->check([](std::string const& file) { return file.empty() ? "the name of a file is missing" : ""; });
  command.add_option("--flat", flat)
      ->check(CLI::IsMember({"kernel", "operator", "precision"}))
      ->excludes(as_json)
      ->excludes(as_page);
  command.add_option("--sort", sort)
      ->check(CLI::IsMember({"name", "calls", "formula", "operator", "measured", "other"}))
      ->excludes(as_json)
      ->excludes(as_page);
  command.add_option("--filter", filter)->excludes(as_json)->excludes(as_page);
  command.add_option("--top", top)->check(CLI::Range(1, 1000000))->excludes(as_json)->excludes(as_page);
  command.add_option("--min-share", min_share)->excludes(as_json)->excludes(as_page);
  command.add_option("--units", units)->check(CLI::IsMember({"both", "macs", "flops"}))->excludes(as_page);
  command.add_flag("--no-fold", no_fold)->excludes(as_page);
  command.add_option("--depth", depth)->check(CLI::Range(0, 1000000))->excludes(as_page);
  command.add_option("--width", width)->check(CLI::Range(60, 100000))->excludes(as_page);
  command.add_option("--color", colour)->check(CLI::IsMember({"auto", "always", "never"}));
  command.add_option("--phase", phase)
      ->check(CLI::IsMember({"forward", "backward", "recompute", "optimizer"}));
  command.add_flag("--no-explain", no_explain);
}

namespace {

/// "1%" -> 0.01. \throws usage_error
double parse_share(std::string const& text) {
  double percent = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), percent);
  if (error != std::errc() || std::string_view(end, text.data() + text.size()) != "%" || percent < 0 ||
      percent > 100)
    throw usage_error(fmt::format("'{}' is no share of the whole: give 0% to 100%, for example 1%", text));
  return percent / 100;
}

}  // namespace

text_options report_options::for_text() const {
  text_options out;
  out.units = units == "macs" ? unit_choice::macs : units == "flops" ? unit_choice::flops : unit_choice::both;
  out.width = width > 0 ? width : terminal_width();
  out.colour = wants_colour(colour);
  out.depth = depth;
  out.explain = !no_explain;
  out.phase = parse_phase(phase);
  out.rows = rows();
  out.fold = !no_fold;
  return out;
}

row_choice report_options::rows() const {
  static std::map<std::string, row_order> const orders{
      {"", row_order::recorded},       {"name", row_order::name},          {"calls", row_order::calls},
      {"formula", row_order::formula}, {"operator", row_order::operators}, {"measured", row_order::measured},
      {"other", row_order::other}};
  return {orders.at(sort), filter, top, min_share.empty() ? 0 : parse_share(min_share)};
}

namespace {

std::optional<flat_by> flat_of(std::string const& name) {
  if (name.empty()) return std::nullopt;
  return name == "kernel"     ? flat_by::kernel
         : name == "operator" ? flat_by::operator_name
                              : flat_by::precision;
}

/// CSV has no place for a sentence.
void print_csv(analysis const& a, std::optional<flat_by> flat, report_options const& options) {
  print(csv_report(a, flat, options.rows()));
  if (auto const left_out = left_out_text(a, flat, options.rows()); !left_out.empty()) note(left_out);
}

void write_page(std::string const& file, std::string const& page) {
  if (file.ends_with(".flops"))
    throw usage_error(
        fmt::format("'{}' has the name of a capture: give --html a name such as report.html", file));
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(page.data(), static_cast<std::streamsize>(page.size()));
  out.close();
  if (!out)
    throw usage_error(
        fmt::format("'{}' cannot be written: {}; give --html another place", file, std::strerror(errno)));
  print(fmt::format("{}: {} bytes, one page that opens in a browser\n", text::printable(file),
                    text::grouped(static_cast<std::int64_t>(page.size()))));
}

}  // namespace

int print_report(analysis const& a, report_options const& options, html_options const& page) {
  auto const only = parse_phase(options.phase);
  auto const flat = flat_of(options.flat);
  if (!options.html.empty()) {
    write_page(options.html, only ? html_report(of_phase(a, *only), page) : html_report(a, page));
  } else if (options.json) {
    print(only ? json_report(of_phase(a, *only)) : json_report(a));
  } else if (options.csv) {
    print_csv(only ? of_phase(a, *only) : a, flat, options);
  } else if (options.markdown) {
    print(markdown_report(a, flat, options.for_text()));
  } else {
    print(readable(flat ? flat_report(a, *flat, options.for_text()) : text_report(a, options.for_text())));
  }
  return report_exit_code(a);
}

}  // namespace flopwatch::cli
