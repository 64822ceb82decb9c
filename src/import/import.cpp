// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/import.hpp"

#include <array>
#include <map>
#include <sys/stat.h>
#include <utility>

#include <fmt/format.h>

#include "capture/now_utc.hpp"
#include "capture/writer.hpp"
#include "flopwatch/capture_reader.hpp"
#include "import/byte_source.hpp"
#include "import/capture_sink.hpp"
#include "import/import_kineto.hpp"
#include "import/import_ncu.hpp"
#include "import/import_nsys.hpp"
#include "import/operator_join.hpp"
#include "import/unpack.hpp"
#include "text/printable.hpp"

namespace flopwatch {
namespace {

namespace fs = std::filesystem;
using namespace importing;

constexpr std::array<std::pair<import_format, std::string_view>, 3> format_names{
    {{import_format::ncu, "ncu"}, {import_format::kineto, "kineto"}, {import_format::nsys, "nsys"}}};

std::string label_of(fs::path const& file) { return fmt::format("'{}'", text::printable(file.string())); }

/// "run.json.gz" -> "run.flops", in the same folder.
fs::path default_capture(fs::path file) {
  if (auto const packing = file.extension(); packing == ".gz" || packing == ".zst" || packing == ".zip") {
    file.replace_extension();
  }
  return file.replace_extension(".flops");
}

import_format format_of(peeking_source& from, std::string const& label) {
  constexpr std::size_t looked_at = std::size_t{4} << 20U;  // a program can print a lot before the CSV begins
  auto const first = from.peek(64);
  if (first.starts_with(std::string_view("SQLite format 3\0", 16))) return import_format::nsys;
  auto const text = first.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  if (text != std::string_view::npos && (first[text] == '{' || first[text] == '['))
    return import_format::kineto;
  if (looks_like_ncu(from.peek(looked_at))) return import_format::ncu;
  throw usage_error(fmt::format(
      "{} is no profile that can be imported: it is neither CSV of Nsight Compute (ncu --csv), nor a JSON "
      "trace of torch.profiler, nor an SQLite export of Nsight Systems (nsys export --type sqlite)",
      label));
}

bool holds_database(fs::path const& file) {
  constexpr std::string_view magic("SQLite format 3\0", 16);
  peeking_source beginning(open_file(file, label_of(file)));
  return beginning.peek(magic.size()) == magic;
}

void refuse_one_file_twice(std::vector<fs::path> const& files) {
  std::map<std::pair<dev_t, ino_t>, fs::path const*> known;
  for (auto const& file : files) {
    struct stat s {};
    if (stat(file.c_str(), &s) != 0) continue;
    auto const [it, is_new] = known.try_emplace({s.st_dev, s.st_ino}, &file);
    if (is_new) continue;
    throw usage_error(
        fmt::format("{} and {} are one file, which would count its work twice; give one of them",
                    label_of(*it->second), label_of(file)));
  }
}

import_format import_file(fs::path const& file, import_options const& options, ncu_seen& seen,
                          capture_sink& sink) {
  auto const label = label_of(file);
  auto const from = unpacked(open_file(file, label), label);
  auto const format = options.format ? *options.format : format_of(*from, label);
  switch (format) {
    case import_format::ncu:
      import_ncu(*from, sink, seen, label);
      break;
    case import_format::kineto:
      import_kineto(*from, sink, label);
      break;
    case import_format::nsys:
      // A database is read where it is, unless it is packed.
      holds_database(file) ? import_nsys(file, sink, label) : import_nsys(*from, sink, label);
      break;
  }
  return format;
}

}  // namespace

std::string_view to_string(import_format v) noexcept {
  return format_names[static_cast<std::size_t>(v)].second;
}

std::optional<import_format> parse_import_format(std::string_view text) noexcept {
  for (auto const& [format, name] : format_names) {
    if (name == text) return format;
  }
  return std::nullopt;
}

import_summary import_profile(import_options const& options) {
  if (options.files.empty()) throw usage_error("no file to import was given");
  refuse_one_file_twice(options.files);
  import_summary out;
  capture_writer writer(options.capture.empty() ? default_capture(options.files.front()) : options.capture,
                        options.overwrite);
  try {
    capture_sink sink(writer);
    sink.info()[info_key::program] = std::string("flopwatch ") + FLOPWATCH_VERSION;
    sink.info()[info_key::created_utc] = capture_detail::now_utc();
    sink.info()[info_key::device] = "not recorded";
    sink.info()[info_key::formula] = no_formula;
    if (!options.chip.empty()) sink.info()[info_key::chip] = options.chip;
    std::optional<operator_join> join;
    if (!options.operators.empty()) {
      join.emplace(capture_reader(options.operators).load(), sink);
      sink.set_operator_of_scope([&](scope_record const& s) { return join->only_call_in(s); });
    }
    std::string names;
    ncu_seen seen;
    for (auto const& file : options.files) {
      auto const format = import_file(file, options, seen, sink);
      out.formats.push_back(format);
      names +=
          fmt::format("{}{} ({})", names.empty() ? "" : ", ", file.filename().string(), to_string(format));
    }
    sink.info()[info_key::imported_from] = names;
    if (join) join->finish(writer);
    sink.finish();
    out.launches = sink.launches();
    out.measured_launches = sink.measured_launches();
    out.scopes = static_cast<std::int64_t>(sink.scopes().all().size());
    out.operator_calls = static_cast<std::int64_t>(sink.operator_calls().size());
    out.flop_counters = sink.flop_counters();
    out.losses = sink.losses().records();
    writer.close();
  } catch (overflow_error const&) {
    writer.discard();
    throw usage_error("the counts of the imported files do not fit 64 bits; import fewer at once");
  } catch (...) {
    writer.discard();
    throw;
  }
  out.capture = writer.path();
  return out;
}

}  // namespace flopwatch
