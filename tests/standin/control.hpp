// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// What a test chooses about the stand-in: plain C functions that the stand-in driver (libcuda.so.1)
/// exports. Link to `standin_cuda`, or find them by dlsym. Every function may be called from any thread.
/// Functions that take a number of something answer 0 for success and -1 for nonsense.

/// The first 16 bytes of every counter data image that the stand-in made, the end of string included.
#define STANDIN_IMAGE_MARK "flopw. stand-in"

#ifdef __cplusplus
extern "C" {
#endif

/// A device. The support levels are CUpti_Profiler_Support_Level: 1 unsupported, 2 disabled, 3 supported.
struct standin_device {
  char name[96];           ///< "Stand-in GH100"
  char chip[32];           ///< as CUPTI spells it, "GH100"
  unsigned char uuid[16];  ///< all zero: one made from the index
  int mig;           ///< 1: an isolated MIG slice, 2: one that shares its GPU instance; "MIG-..." as UUID
  int major, minor;  ///< compute capability
  int multiprocessors;
  unsigned long long memory_bytes;
  int architecture, sli, vgpu, confidential_compute, cmp, wsl;
  int sku;      ///< answered from 13.1 on
  int mps;      ///< 1: contexts on it are shared through MPS
  int refusal;  ///< CUptiResult of availability and Enable; 0: what the levels above imply
};

/// Everything as in a fresh process: contexts gone, CUPTI not initialised, nobody subscribed, no faults, no
/// kernels, no rule breaks; then the environment (below) is read again. No other thread may be in a call.
void standin_reset(void);

// Devices. To be chosen before cuInit. CUDA_VISIBLE_DEVICES is applied to them by cuInit.
void standin_default_device(struct standin_device* device, int index);
int standin_set_devices(struct standin_device const* devices, int count);
int standin_set_device_count(int count);  ///< that many default devices

/// Emulated version: "12.6.68", "12.6.80", "12.8", "12.9", "13.0", "13.1", "13.2", "13.3", "13.4", "13.5",
/// each also with " no driver" behind it; "no driver" alone is "13.0 no driver". Environment:
/// STANDIN_PROFILE.
int standin_set_profile(char const* profile);
/// A version in which a struct has grown takes its new size alone. No known one does.
void standin_set_new_sizes_alone(int on);

// Kernels, by mangled name. "*" is every kernel that does not say otherwise. The value of a metric in one
// launch is per_launch + per_thread * (threads in the grid). What nobody set is 0.
void standin_kernel_value(char const* kernel, char const* metric, double per_launch, double per_thread);
/// The n-th launch of that kernel from now on, by whichever thread and in whichever graph, has values[n %
/// count], counted from 0. Replaces what was said of the metric. "*" makes no sense here. The values are
/// copied.
int standin_kernel_values(char const* kernel, char const* metric, double const* values, int count);
/// The value is per_unit * (the integer parameter of that index in kernelParams, from 0), as it was when the
/// launching call or the graph's node was made. NaN for launches without kernelParams.
int standin_kernel_value_by_parameter(char const* kernel, char const* metric, int parameter_index,
                                      double per_unit);
/// The same for functions of that name that are in a module or library whose image has these bytes, a text.
/// Only for those that are asked for later; what else is said of the kernel does not count for them.
void standin_kernel_value_in_image(char const* kernel, char const* text, char const* metric,
                                   double per_launch);
/// The size of that parameter: 4, which it is if nobody says, or 8. Both are signed.
int standin_kernel_parameter_bytes(char const* kernel, int parameter_index, int bytes);
void standin_kernel_sleep(char const* kernel, unsigned microseconds);  ///< before it counts, once a pass
void standin_kernel_action(char const* kernel, void (*action)(void*), void* user);  ///< run inside the launch
/// Run inside each call of that function of CUPTI, before it does anything; NULL: nothing is.
void standin_call_action(char const* function, void (*action)(void*), void* user);
void standin_set_nan(char const* metric, int on);  ///< NaN for this metric at evaluation
/// As a MIG slice answers: the metric is refused where the device's availability image was given to
/// HostInitialize, and NaN where it was not.
void standin_set_lacking(char const* metric, int on);

/// Launches of one context run one after the other from ENTER to EXIT. Off (default): threads interleave, and
/// the order of ranges may differ from that of the ENTER callbacks.
void standin_set_serial_launches(int on);
/// A kernel runs until the next one of its stream, or a wait: where a range ends meanwhile, or counting
/// starts, it counts in the next one (rule 36). Off (default): each ends at once.
void standin_set_late_streams(int on);
/// A user range under user replay that gets a kernel which another thread launched than the one that pushed
/// it breaks rule 37. Off (default): it does not.
void standin_set_one_thread_ranges(int on);
/// After cuModuleUnload the next new function of any module gets the handle of one that was unloaded, the
/// last one first. Off (default): a handle is used once, and its launches are refused after the unload.
void standin_reuse_function_handles(int on);
unsigned long long standin_kernels_run(void);  ///< since the last reset, graph nodes included

// What things cost, in nanoseconds of a clock that only they move: nothing sleeps. What all threads do is
// added up. Calls that are refused cost nothing.
struct standin_costs {
  unsigned long long launch_ns;                 ///< of a kernel; of a graph each node is one
  unsigned long long enable_ns;                 ///< cuptiRangeProfilerEnable
  unsigned long long first_start_ns;            ///< the first Start after Enable ...
  unsigned long long first_start_ns_per_range;  ///< ... and for each of maxRangesPerPass
  unsigned long long later_start_ns;            ///< all others
  unsigned long long range_ns;                  ///< a pushed range, or a kernel in an auto range
  unsigned long long stop_ns;
  unsigned long long decode_ns_per_range;  ///< of those that ran since the last Decode
};
void standin_set_costs(struct standin_costs const* costs);  ///< NULL, as after a reset: all is free
unsigned long long standin_clock_ns(void);                  ///< 0 after a reset

// Errors. Environment: STANDIN_PERMISSION=0, STANDIN_HOLDER=name.
void standin_set_permission(int allowed);   ///< 0: 35 at availability and Start; Enable, SetConfig succeed
void standin_set_counters_busy(int on);     ///< 26 at Start
void standin_hide_nvperf(int on);           ///< 15 from what needs libnvperf_host
void standin_set_holder(char const* name);  ///< another tool holds the callbacks: 39; NULL: nobody
void standin_drop_ranges(unsigned count);   ///< each Decode loses that many, the last ones
void standin_set_max_ranges_limit(unsigned long long limit);  ///< of maxRangesPerPass; default 2000 (rule 14)
void standin_set_callback_limit_ms(unsigned limit);           ///< default 1000 (rule 30)
/// 1 (default): what crashes the real library aborts, with a message; 0: it is logged and answered.
void standin_set_deadly(int on);

/// Faults: "cuptiRangeProfilerStart#2=35,cuInit#1=100": the second call from now answers 35. Without "#n"
/// each call does, with "#n+" the n-th and all later ones. The call does nothing else. Adds to the faults
/// there are. Environment: STANDIN_FAULTS.
int standin_add_faults(char const* faults);
void standin_clear_faults(void);
unsigned long long standin_fault_hits(void);  ///< how many calls were answered by a fault

/// Rule breaks, in the order in which they happened. `rule` is a number of the list in README.md, 0 for what
/// has none. Environment: STANDIN_LOG names a file to which each is appended as well.
struct standin_violation {
  int rule;
  char function[64];
  char text[256];
};
unsigned long long standin_violations(void);
unsigned long long standin_violations_of(int rule);
int standin_violation_at(unsigned long long index, struct standin_violation* violation);
void standin_clear_violations(void);

#ifdef __cplusplus
}
#endif
