// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "control.hpp"
#include "faults.hpp"
#include "kernel_values.hpp"
#include "simulated_clock.hpp"

namespace standin {

/// The choices of control.hpp. One object in the process, the driver's; CUPTI's side has a separate one for
/// when there is no driver.
class control {
 public:
  control() { read_environment(); }

  void reset();
  void read_environment();
  void read_kernels(char const* file);

  [[nodiscard]] std::vector<standin_device> devices();
  bool set_devices(std::vector<standin_device> devices);

  bool set_profile(std::string text);
  /// The version that a library was built as, for when nobody chose one.
  void suggest_profile(char const* text);

  [[nodiscard]] kernel_definition* kernel(std::string const& name);
  /// Of a function in that image.
  [[nodiscard]] kernel_definition* kernel_in(std::string const& image, std::string const& name);
  void set_value(char const* kernel, char const* metric, metric_value value);
  void set_value_in_image(char const* kernel, char const* text, char const* metric, double per_launch);
  /// False for nonsense: no values, or a kernel "*", whose launches are those of many.
  bool set_values(char const* kernel, char const* metric, double const* values, int count);
  bool set_parameter_bytes(char const* kernel, int index, int bytes);
  /// The parameters of a launch that values depend on. \param arguments kernelParams, or null
  [[nodiscard]] parameter_values parameters_of(kernel_definition const& kernel, void* const* arguments);
  /// What one launch adds to each metric: the kernel's own value, else that of "*", else 0.
  [[nodiscard]] std::vector<metric_value> resolve(kernel_definition const& kernel,
                                                  std::vector<std::string> const& metrics);
  /// Changes whenever the answers of `resolve` can change.
  std::atomic<std::uint64_t> generation{1};

  void set_nan(char const* metric, bool on);
  [[nodiscard]] bool is_nan(char const* metric);  ///< lacking ones too
  void set_lacking(char const* metric, bool on);
  [[nodiscard]] bool is_lacking(char const* metric);
  [[nodiscard]] std::uint64_t hash_of_lacking();  ///< 0: nothing

  void set_holder(char const* name);
  [[nodiscard]] std::string holder();

  /// Notes a rule break.
  void log(int rule, char const* function, std::string const& text);
  [[nodiscard]] std::vector<standin_violation> violations();
  void clear_violations();

  void set_action(char const* function, void (*action)(void*), void* user);
  /// Does what the test said of calls of `function`.
  void act(char const* function);

  fault_list faults;
  std::atomic<int> version{130000};  ///< 120668, 120680, 120800 ... 130500
  std::atomic<bool> driver{true};    ///< false: there is none, or it is too old
  std::atomic<bool> permission{true};
  std::atomic<bool> busy{false};
  std::atomic<bool> nvperf_hidden{false};
  std::atomic<bool> deadly{true};
  std::atomic<bool> serial_launches{false};
  std::atomic<bool> late_streams{false};
  std::atomic<bool> one_thread_ranges{false};
  std::atomic<bool> reuse_functions{false};
  std::atomic<bool> new_sizes_alone{false};
  std::atomic<unsigned> dropped{0};
  std::atomic<std::uint64_t> max_ranges_limit{2000};
  std::atomic<unsigned> callback_limit_ms{1000};
  std::atomic<unsigned> sleep_us{0};  ///< of every kernel
  std::atomic<std::uint64_t> kernels_run{0};
  simulated_clock clock;

 private:
  std::mutex mutex_;
  std::vector<standin_device> devices_;
  std::map<std::string, std::unique_ptr<kernel_definition>> kernels_;
  std::map<std::string, std::pair<void (*)(void*), void*>, std::less<>> actions_;
  std::atomic<bool> any_action_{false};
  /// By name and by text in the image.
  std::map<std::string, std::map<std::string, std::unique_ptr<kernel_definition>>> in_images_;
  std::set<std::string, std::less<>> nan_;
  std::set<std::string, std::less<>> lacking_;
  std::atomic<bool> any_nan_{false};
  std::atomic<bool> any_parameter_{false};
  std::string holder_;
  std::vector<standin_violation> violations_;
  std::string log_file_;
  bool profile_chosen_ = false;
};

/// A device as control.hpp's standin_default_device makes it.
[[nodiscard]] standin_device default_device(int index);

}  // namespace standin
