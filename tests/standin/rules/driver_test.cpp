// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "rules/support.hpp"

/// \file
/// The driver: visible devices, contexts, names, faults.

using namespace flopwatch::test;

namespace {

class driver : public testing::Test {
 protected:
  void SetUp() override {
    unsetenv("CUDA_VISIBLE_DEVICES");
    standin_reset();
  }
  void TearDown() override {
    unsetenv("CUDA_VISIBLE_DEVICES");
    standin_reset();
  }
  static int visible(char const* list) {
    standin_reset();
    standin_set_device_count(3);
    setenv("CUDA_VISIBLE_DEVICES", list, 1);
    CUresult const code = cuInit(0);
    int count = -1;
    EXPECT_TRUE(code != CUDA_SUCCESS || cuDeviceGetCount(&count) == CUDA_SUCCESS);
    return code == CUDA_SUCCESS ? count : -static_cast<int>(code);
  }
};

TEST_F(driver, needs_init) {
  int count = 0;
  EXPECT_EQ(cuDeviceGetCount(&count), CUDA_ERROR_NOT_INITIALIZED);
  EXPECT_EQ(cuInit(1), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuInit(0), CUDA_SUCCESS);
  EXPECT_EQ(cuDeviceGetCount(&count), CUDA_SUCCESS);
  EXPECT_EQ(count, 1);
}

TEST_F(driver, visible_devices) {
  EXPECT_EQ(visible("0,1,2"), 3);
  EXPECT_EQ(visible("1"), 1);
  EXPECT_EQ(visible("2,0"), 2);
  EXPECT_EQ(visible(""), -100);
  EXPECT_EQ(visible("-1"), -100);
  EXPECT_EQ(visible("0,7,1"), 1) << "what makes no sense hides all behind it";
  EXPECT_EQ(visible("0,0"), -100);
  EXPECT_EQ(visible("GPU-2021"), 1) << "the beginning of a UUID";
  EXPECT_EQ(visible("GPU-99"), -100);
}

TEST_F(driver, visible_by_uuid_is_that_device) {
  EXPECT_EQ(visible("GPU-30313233-3435-3637-3839-3a3b3c3d3e3f,0"), 2);
  CUuuid uuid{};
  EXPECT_EQ(cuDeviceGetUuid(&uuid, 0), CUDA_SUCCESS);
  standin_device third{};
  standin_default_device(&third, 2);
  EXPECT_EQ(std::memcmp(uuid.bytes, third.uuid, 16), 0);
}

TEST_F(driver, primary_contexts) {
  ASSERT_EQ(cuInit(0), CUDA_SUCCESS);
  CUcontext first = nullptr;
  CUcontext second = nullptr;
  unsigned flags = 0;
  int active = 1;
  EXPECT_EQ(cuDevicePrimaryCtxGetState(0, &flags, &active), CUDA_SUCCESS);
  EXPECT_EQ(active, 0);
  EXPECT_EQ(cuDevicePrimaryCtxRetain(&first, 0), CUDA_SUCCESS);
  EXPECT_EQ(cuDevicePrimaryCtxRetain(&second, 0), CUDA_SUCCESS);
  EXPECT_EQ(first, second);
  EXPECT_EQ(cuDevicePrimaryCtxRelease(0), CUDA_SUCCESS);
  EXPECT_EQ(cuCtxSetCurrent(first), CUDA_SUCCESS);
  EXPECT_EQ(cuDevicePrimaryCtxRelease(0), CUDA_SUCCESS);
  EXPECT_EQ(cuCtxSetCurrent(first), CUDA_ERROR_INVALID_CONTEXT);
  EXPECT_EQ(cuCtxSynchronize(), CUDA_ERROR_CONTEXT_IS_DESTROYED);
  EXPECT_EQ(cuDevicePrimaryCtxRetain(&second, 0), CUDA_SUCCESS);
  EXPECT_NE(first, second);
}

TEST_F(driver, current_context_is_a_stack) {
  ASSERT_EQ(cuInit(0), CUDA_SUCCESS);
  CUcontext a = nullptr;
  CUcontext b = nullptr;
  CUcontext found = nullptr;
  ASSERT_EQ(cuCtxCreate(&a, nullptr, 0, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuCtxCreate(&b, nullptr, 0, 0), CUDA_SUCCESS);
  EXPECT_EQ(cuCtxGetCurrent(&found), CUDA_SUCCESS);
  EXPECT_EQ(found, b);
  EXPECT_EQ(cuCtxPopCurrent(&found), CUDA_SUCCESS);
  EXPECT_EQ(found, b);
  EXPECT_EQ(cuCtxGetCurrent(&found), CUDA_SUCCESS);
  EXPECT_EQ(found, a);
  EXPECT_EQ(cuCtxDestroy(a), CUDA_SUCCESS);
  EXPECT_EQ(cuCtxGetCurrent(&found), CUDA_SUCCESS);
  EXPECT_EQ(found, nullptr);
  EXPECT_EQ(cuCtxDestroy(a), CUDA_ERROR_INVALID_CONTEXT);
}

TEST_F(driver, names_of_functions_and_kernels) {
  ASSERT_EQ(cuInit(0), CUDA_SUCCESS);
  CUcontext context = nullptr;
  CUmodule module = nullptr;
  CUlibrary library = nullptr;
  CUfunction function = nullptr;
  CUkernel kernel = nullptr;
  char const* name = nullptr;
  ASSERT_EQ(cuCtxCreate(&context, nullptr, 0, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuModuleLoadData(&module, "cubin"), CUDA_SUCCESS);
  ASSERT_EQ(cuModuleGetFunction(&function, module, "f"), CUDA_SUCCESS);
  EXPECT_EQ(cuModuleGetFunction(&function, module, "no_such_f"), CUDA_ERROR_NOT_FOUND);
  ASSERT_EQ(cuLibraryLoadData(&library, "cubin", nullptr, nullptr, 0, nullptr, nullptr, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuLibraryGetKernel(&kernel, library, "k"), CUDA_SUCCESS);
  auto* const disguised = reinterpret_cast<CUfunction>(kernel);
  EXPECT_EQ(cuFuncGetName(&name, function), CUDA_SUCCESS);
  EXPECT_STREQ(name, "f");
  EXPECT_EQ(cuFuncGetName(&name, disguised), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cuKernelGetName(&name, kernel), CUDA_SUCCESS);
  EXPECT_STREQ(name, "k");
  EXPECT_EQ(cuLaunchKernel(disguised, 1, 1, 1, 1, 1, 1, 0, nullptr, nullptr, nullptr), CUDA_SUCCESS);
}

TEST_F(driver, handles_of_another_context_are_refused) {
  ASSERT_EQ(cuInit(0), CUDA_SUCCESS);
  CUcontext context = nullptr;
  CUmodule module = nullptr;
  CUfunction function = nullptr;
  CUstream stream = nullptr;
  ASSERT_EQ(cuCtxCreate(&context, nullptr, 0, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuStreamCreate(&stream, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuCtxCreate(&context, nullptr, 0, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuModuleLoadData(&module, "cubin"), CUDA_SUCCESS);
  ASSERT_EQ(cuModuleGetFunction(&function, module, "f"), CUDA_SUCCESS);
  EXPECT_EQ(cuLaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, stream, nullptr, nullptr),
            CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cuLaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, nullptr, nullptr, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(cuCtxSetCurrent(nullptr), CUDA_SUCCESS);  // takes the top away; the first context is below
  EXPECT_EQ(cuLaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, nullptr, nullptr, nullptr),
            CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cuCtxSetCurrent(nullptr), CUDA_SUCCESS);
  EXPECT_EQ(cuLaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, nullptr, nullptr, nullptr),
            CUDA_ERROR_INVALID_CONTEXT);
}

TEST_F(driver, memory) {
  ASSERT_EQ(cuInit(0), CUDA_SUCCESS);
  CUcontext context = nullptr;
  ASSERT_EQ(cuCtxCreate(&context, nullptr, 0, 0), CUDA_SUCCESS);
  CUdeviceptr address = 0;
  char back[8] = {};
  ASSERT_EQ(cuMemAlloc(&address, sizeof back), CUDA_SUCCESS);
  EXPECT_EQ(cuMemcpyHtoD(address, "1234567", sizeof back), CUDA_SUCCESS);
  EXPECT_EQ(cuMemcpyDtoH(back, address, sizeof back), CUDA_SUCCESS);
  EXPECT_STREQ(back, "1234567");
  EXPECT_EQ(cuMemFree(address), CUDA_SUCCESS);
}

TEST_F(driver, faults_by_name_and_call) {
  EXPECT_EQ(standin_add_faults("cuInit#1=100,cuDeviceGetCount#2+=999"), 0);
  EXPECT_EQ(cuInit(0), CUDA_ERROR_NO_DEVICE);
  EXPECT_EQ(cuInit(0), CUDA_SUCCESS);
  int count = 0;
  EXPECT_EQ(cuDeviceGetCount(&count), CUDA_SUCCESS);
  EXPECT_EQ(cuDeviceGetCount(&count), CUDA_ERROR_UNKNOWN);
  EXPECT_EQ(cuDeviceGetCount(&count), CUDA_ERROR_UNKNOWN);
  EXPECT_EQ(standin_fault_hits(), 3U);
  standin_clear_faults();
  EXPECT_EQ(cuDeviceGetCount(&count), CUDA_SUCCESS);
  for (char const* const bad :
       {"cuInit", "cuInit=", "cuInit=x", "=1", "cuInit#0=1", "cuInit#=1", "cuInit=0"}) {
    EXPECT_EQ(standin_add_faults(bad), -1) << bad;
  }
}

TEST_F(driver, faults_of_cupti) {
  setenv("STANDIN_FAULTS", "cuptiProfilerInitialize#2=8", 1);
  standin_reset();
  unsetenv("STANDIN_FAULTS");
  ASSERT_EQ(cuInit(0), CUDA_SUCCESS);
  EXPECT_EQ(profiler_initialize(), 0);
  EXPECT_EQ(profiler_initialize(), 8);
  EXPECT_EQ(profiler_initialize(), 0);
}

TEST_F(driver, devices_from_the_environment) {
  setenv("STANDIN_DEVICES", "GA100,GB202", 1);
  standin_reset();
  unsetenv("STANDIN_DEVICES");
  ASSERT_EQ(cuInit(0), CUDA_SUCCESS);
  ASSERT_EQ(profiler_initialize(), 0);
  auto chip = PARAMS(CUpti_Device_GetChipName_Params);
  chip.deviceIndex = 1;
  EXPECT_EQ(cuptiDeviceGetChipName(&chip), 0);
  EXPECT_STREQ(chip.pChipName, "GB202");
  chip.deviceIndex = 2;
  EXPECT_EQ(cuptiDeviceGetChipName(&chip), CUPTI_ERROR_INVALID_DEVICE);
}

TEST_F(driver, injection_is_loaded_by_init_once) {
  std::string const note = testing::TempDir() + "standin_injected";
  std::remove(note.c_str());
  setenv("CUDA_INJECTION64_PATH", STANDIN_INJECTED, 1);
  setenv("STANDIN_INJECTED_NOTE", note.c_str(), 1);
  EXPECT_EQ(cuInit(0), CUDA_SUCCESS);
  EXPECT_EQ(cuInit(0), CUDA_SUCCESS);
  unsetenv("CUDA_INJECTION64_PATH");
  std::ifstream file(note);
  std::string text((std::istreambuf_iterator<char>(file)), {});
  EXPECT_EQ(text, "subscribe 0\ninit finished\n");
}

TEST_F(driver, rule_breaks_go_to_the_log) {
  std::string const path = testing::TempDir() + "standin_log";
  std::remove(path.c_str());
  setenv("STANDIN_LOG", path.c_str(), 1);
  standin_reset();
  unsetenv("STANDIN_LOG");
  profiler one;
  ASSERT_EQ(cuInit(0), CUDA_SUCCESS);
  EXPECT_EQ(one.enable(), 7);
  std::ifstream file(path);
  std::string line;
  EXPECT_TRUE(std::getline(file, line));
  EXPECT_TRUE(line.starts_with("rule 3: cuptiRangeProfilerEnable: ")) << line;
}

}  // namespace
