// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cupti/locate/search_paths.hpp"

#include <algorithm>
#include <cstdlib>
#include <link.h>
#include <string_view>
#include <system_error>

namespace flopwatch::cupti {
namespace {

namespace fs = std::filesystem;

bool is_cupti(fs::path const& file) {
  auto const name = file.filename().string();
  // A LibTorch archive carries its copy as libcupti-<hash>.so.13.
  return (name.starts_with("libcupti.so") || name.starts_with("libcupti-")) &&
         name.find(".so") != std::string::npos;
}

std::vector<fs::path> entries(fs::path const& folder) {
  std::vector<fs::path> out;
  std::error_code failed;
  for (fs::directory_iterator i(folder, failed), end; !failed && i != end; i.increment(failed)) {
    out.push_back(i->path());
  }
  std::sort(out.rbegin(), out.rend());
  return out;
}

fs::path variable(char const* name) {
  char const* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::vector<fs::path> split(fs::path const& list) {
  std::vector<fs::path> out;
  auto const text = list.string();
  for (std::size_t at = 0; at < text.size();) {
    auto const end = std::min(text.find(':', at), text.size());
    if (end > at) out.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

std::vector<fs::path> loaded_files() {
  std::vector<fs::path> out;
  auto const add = [](dl_phdr_info* info, std::size_t, void* files) {
    if (info->dlpi_name != nullptr && *info->dlpi_name != '\0') {
      static_cast<std::vector<fs::path>*>(files)->emplace_back(info->dlpi_name);
    }
    return 0;
  };
  dl_iterate_phdr(add, &out);
  return out;
}

class search {
 public:
  void file(char const* source, fs::path const& path) {
    std::error_code failed;
    auto const real = fs::canonical(path, failed);
    if (failed) return;
    for (auto const& known : found_) {
      if (known.file == real) return;
    }
    found_.push_back({source, real});
  }

  void folder(char const* source, fs::path const& path) {
    for (auto const& library : libraries_in(path)) file(source, library);
  }

  /// A site-packages folder: the wheels of CUPTI, those that torch bundles, and triton's own copy.
  void site(fs::path const& path) {
    std::error_code failed;
    if (!fs::is_directory(path, failed)) return;
    auto vendor = entries(path / "nvidia");
    // "cu13" and its successors before "cuda_cupti", the wheel of CUDA 12.
    std::stable_partition(vendor.begin(), vendor.end(),
                          [](fs::path const& p) { return p.filename() != "cuda_cupti"; });
    for (auto const& wheel : vendor) folder("torch wheel", wheel / "lib");
    folder("torch wheel", path / "torch" / "lib");
    folder("triton wheel", path / "triton" / "backends" / "nvidia" / "lib" / "cupti");
  }

  void sites_below(fs::path const& prefix) {
    for (auto const& folder : entries(prefix / "lib")) {
      if (!folder.filename().string().starts_with("python3")) continue;
      site(folder / "site-packages");
      site(folder / "dist-packages");
    }
  }

  void toolkit(fs::path const& root) {
    if (root.empty()) return;
    folder("CUDA toolkit", root / "extras" / "CUPTI" / "lib64");
    folder("CUDA toolkit", root / "lib64");
    folder("CUDA toolkit", root / "lib");
    for (auto const& target : entries(root / "targets")) folder("CUDA toolkit", target / "lib");
  }

  std::vector<search_path> take() { return std::move(found_); }

 private:
  std::vector<search_path> found_;
};

void look_in_wheels(search& found, std::vector<fs::path> const& loaded) {
  for (auto const& file : loaded) {
    auto const name = file.filename().string();
    if (!name.starts_with("libtorch") && !name.starts_with("libc10")) continue;
    found.site(file.parent_path().parent_path().parent_path());
    found.folder("torch wheel", file.parent_path());
  }
  if (auto const environment = variable("VIRTUAL_ENV"); !environment.empty()) found.sites_below(environment);
#ifdef FLOPWATCH_CUPTI_HINT
  // Only of a wheel: toolkits come later.
  auto const site = fs::path(FLOPWATCH_CUPTI_HINT).parent_path().parent_path().parent_path();
  if (site.filename() == "site-packages" || site.filename() == "dist-packages") found.site(site);
#endif
  for (auto const& folder : split(variable("PATH"))) {
    std::error_code failed;
    if (!fs::exists(folder / "python3", failed)) continue;
    found.sites_below(folder.parent_path());
    break;
  }
  if (auto const home = variable("HOME"); !home.empty()) found.sites_below(home / ".local");
}

void look_in_toolkits(search& found) {
  found.toolkit(variable("CUDA_HOME"));
  found.toolkit(variable("CUDA_PATH"));
#ifdef FLOPWATCH_CUPTI_HINT
  found.folder("CUDA toolkit", FLOPWATCH_CUPTI_HINT);
#endif
  found.toolkit("/usr/local/cuda");
  for (auto const& folder : entries("/usr/local")) {
    if (folder.filename().string().starts_with("cuda-")) found.toolkit(folder);
  }
}

void look_where_the_linker_does(search& found) {
  for (auto const& folder : split(variable("LD_LIBRARY_PATH"))) found.folder("the linker", folder);
  for (auto const* folder : {"/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64",
                             "/usr/local/lib", "/usr/lib"}) {
    found.folder("the linker", folder);
  }
}

}  // namespace

std::vector<fs::path> libraries_in(fs::path const& folder) {
  std::vector<fs::path> out;
  for (auto const& entry : entries(folder)) {
    if (!is_cupti(entry)) continue;
    std::error_code failed;
    auto real = fs::canonical(entry, failed);
    if (!failed && std::find(out.begin(), out.end(), real) == out.end()) out.push_back(std::move(real));
  }
  return out;
}

std::vector<search_path> search_paths() {
  search found;
  auto const loaded = loaded_files();
  for (auto const& file : loaded) {
    if (is_cupti(file)) found.file("in the process", file);
  }
  look_in_wheels(found, loaded);
  look_in_toolkits(found);
  look_where_the_linker_does(found);
  return found.take();
}

}  // namespace flopwatch::cupti
