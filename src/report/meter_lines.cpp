// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Intervals of a meter as lines of a file, with the fields of flopwatch/_meter/to_file.py.
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "flopwatch/error.hpp"
#include "flopwatch/meter_interval.hpp"

namespace flopwatch {
namespace {

using json = nlohmann::ordered_json;

/// Without the dictionaries.
json fields_of(meter_interval const& i) {
  auto const known = [](auto const& v) { return v ? json(*v) : json(nullptr); };
  json out;
  out["first_step"] = i.first_step;
  out["steps"] = i.steps;
  out["seconds"] = known(i.seconds);
  out["executed_flops"] = i.executed_flops();
  out["multiply_add_flops"] = i.multiply_add_flops();
  out["other_flops"] = i.other_flops();
  out["useful_flops"] = i.useful_flops();
  out["recompute_flops"] = i.recompute_flops();
  out["masked_flops"] = i.masked_flops();
  out["padding_flops"] = known(i.padding_flops);
  out["mfu"] = known(i.mfu);
  out["hfu"] = known(i.hfu);
  out["steps_read"] = i.steps_read;
  out["steps_reused"] = i.steps_reused;
  out["steps_missing"] = i.steps_missing;
  out["complete"] = i.complete;
  out["exact"] = i.exact;
  out["source"] = i.source();
  out["launches"] = known(i.launches());
  out["launches_not_counted"] = known(i.launches_not_counted());
  out["rank"] = i.rank;
  out["ranks"] = i.ranks;
  return out;
}

std::string joined(std::vector<std::string> const& reasons) {
  std::string out;
  for (auto const& r : reasons) out.append(out.empty() ? "" : "; ").append(r);
  return out;
}

std::string csv_field(std::string const& text) {
  if (text.find_first_of(",\"\r\n") == text.npos) return text;
  std::string out = "\"";
  for (char const c : text) out.append(c == '"' ? 2 : 1, c);
  return out + "\"";
}

/// As Python's csv module writes it.
std::string csv_value(json const& value) {
  if (value.is_null()) return "";
  if (value.is_boolean()) return value.get<bool>() ? "True" : "False";
  return csv_field(value.is_string() ? value.get<std::string>() : value.dump());
}

std::vector<precision> precisions() {
  std::vector<precision> out;
  out.reserve(precision_count);
  for (int p = 0; p < precision_count; ++p) out.push_back(static_cast<precision>(p));
  return out;
}

/// A file of lines. \throws usage_error
class lines {
 public:
  explicit lines(std::string path) : path_(std::move(path)), file_(path_, std::ios::binary) { check(); }
  void put(std::string const& line) {
    file_ << line << std::flush;
    check();
  }

 private:
  void check() const {
    if (file_) return;
    throw usage_error(fmt::format("{} cannot be written ({}): give the meter's file another path", path_,
                                  std::strerror(errno)));
  }

  std::string path_;
  std::ofstream file_;
};

}  // namespace

std::string meter_csv_head() {
  std::string out;
  auto const fields = fields_of({});
  for (auto const& [name, value] : fields.items()) out += name + ",";
  for (auto const p : precisions()) out += fmt::format("executed_flops_{},", to_string(p));
  for (auto const p : all_phases) out += fmt::format("executed_flops_{},", to_string(p));
  return out + "reasons";
}

std::string meter_csv_line(meter_interval const& interval) {
  std::string out;
  auto const fields = fields_of(interval);
  for (auto const& [name, value] : fields.items()) out += csv_value(value) + ",";
  auto by_precision = interval.executed_flops_by_precision();
  for (auto const p : precisions()) out += std::to_string(by_precision[p]) + ",";
  for (auto const& [p, flops] : interval.executed_flops_by_phase()) out += std::to_string(flops) + ",";
  return out + csv_field(joined(interval.reasons));
}

std::string meter_json_line(meter_interval const& interval) {
  auto out = fields_of(interval);
  auto& by_precision = out["executed_flops_by_precision"] = json::object();
  for (auto const& [p, flops] : interval.executed_flops_by_precision()) by_precision[to_string(p)] = flops;
  auto& by_phase = out["executed_flops_by_phase"] = json::object();
  for (auto const& [p, flops] : interval.executed_flops_by_phase()) by_phase[to_string(p)] = flops;
  out["no_utilization"] = interval.no_utilization;
  out["reasons"] = interval.reasons;
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::function<void(meter_interval const&)> meter_csv_file(std::string const& path) {
  auto file = std::make_shared<lines>(path);
  file->put(meter_csv_head() + "\r\n");
  return [file](meter_interval const& interval) { file->put(meter_csv_line(interval) + "\r\n"); };
}

std::function<void(meter_interval const&)> meter_json_lines(std::string const& path) {
  auto file = std::make_shared<lines>(path);
  return [file](meter_interval const& interval) { file->put(meter_json_line(interval) + "\n"); };
}

}  // namespace flopwatch
