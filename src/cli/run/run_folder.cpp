// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/run/run_folder.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string_view>
#include <system_error>
#include <unistd.h>

#include "capture/one_file.hpp"
#include "flopwatch/error.hpp"

namespace flopwatch::cli {
namespace {

namespace fs = std::filesystem;

/// `%h.%p.flops`, as `pattern` says, with or without more behind it; 0 for other names.
pid_t process_of(std::string const& name) {
  auto const end = name.find(".flops");
  auto const dot = end == std::string::npos ? end : name.rfind('.', end - 1);
  if (dot == std::string::npos) return 0;
  pid_t process = 0;
  std::from_chars(name.data() + dot + 1, name.data() + end, process);
  return process;
}

bool lives(pid_t process) { return process > 0 && (kill(process, 0) == 0 || errno == EPERM); }

}  // namespace

run_folder::run_folder(fs::path const& output) {
  auto name = output.string() + ".run-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) {
    throw usage_error(output.string() + " cannot be written (" + std::strerror(errno) +
                      "): choose another file with -o");
  }
  path_ = fs::absolute(name);
}

run_folder::~run_folder() {
  std::error_code ignored;
  auto const left = captures();
  if (left.whole.empty() && left.unfinished.empty() && left.running.empty()) fs::remove_all(path_, ignored);
}

std::string run_folder::pattern() const {
  std::string out;
  for (char const c : path_.string()) out += c == '%' ? "%%" : std::string(1, c);
  return out + "/%h.%p.flops";
}

run_captures run_folder::captures() const {
  run_captures out;
  std::error_code failed;
  for (auto const& entry : fs::directory_iterator(path_, failed)) {
    auto const name = entry.path().filename().string();
    auto const is = [&](std::string_view ending) { return name.ends_with(ending); };
    if (is(".flops")) {
      out.whole.push_back(entry.path());
    } else if (is(".flops.part") && lives(process_of(name))) {
      out.running.push_back(entry.path());
    } else if ((is(".flops.part") || is(".flops.unfinished")) && make_one_file(entry.path())) {
      out.unfinished.push_back(entry.path());
    }
  }
  for (auto* const list : {&out.whole, &out.unfinished, &out.running}) std::sort(list->begin(), list->end());
  return out;
}

fs::path run_folder::add_file(std::string const& name, std::string_view text) const {
  auto file = path_ / name;
  fs::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary);
  out << text;
  if (!out.flush()) throw usage_error(file.string() + " cannot be written: choose another file with -o");
  return file;
}

void move_capture(fs::path const& from, fs::path const& to) {
  for (auto const* const more : {"-journal", "-wal", "-shm", ""}) {
    auto const file = from.string() + more;
    std::error_code failed;
    if (*more != 0 && !fs::exists(file, failed)) {
      fs::remove(to.string() + more, failed);  // of what was there before
      continue;
    }
    fs::rename(file, to.string() + more, failed);
    if (failed) {
      throw usage_error(from.string() + " cannot be moved to " + to.string() + " (" + failed.message() +
                        "): it stays there");
    }
  }
}

}  // namespace flopwatch::cli
