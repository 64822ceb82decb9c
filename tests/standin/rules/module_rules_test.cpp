// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <elf.h>

#include "rules/support.hpp"
#include "unit/cupti/synthetic_cubin.hpp"

/// \file
/// What a subscriber learns of modules, and what becomes of the handles of their functions.

using namespace flopwatch::test;

namespace {

struct told {
  CUpti_CallbackId cbid;
  std::uint32_t module;
  std::string bytes;
  CUcontext context;
};

class modules : public standin_fixture {
 protected:
  void SetUp() override {
    standin_fixture::SetUp();
    ASSERT_EQ(cuptiSubscribe(&subscriber_, heard, this), 0);
    for (auto const cbid : {CUPTI_CBID_RESOURCE_MODULE_LOADED, CUPTI_CBID_RESOURCE_MODULE_UNLOAD_STARTING}) {
      ASSERT_EQ(cuptiEnableCallback(1, subscriber_, CUPTI_CB_DOMAIN_RESOURCE, cbid), 0);
    }
  }
  static void heard(void* user, CUpti_CallbackDomain, CUpti_CallbackId cbid, void const* data) {
    auto const& resource = *static_cast<CUpti_ResourceData const*>(data);
    auto const& module = *static_cast<CUpti_ModuleResourceData const*>(resource.resourceDescriptor);
    static_cast<modules*>(user)->told_.push_back(
        {cbid, module.moduleId, {module.pCubin, module.cubinSize}, resource.context});
  }
  static CUmodule load(void const* image) {
    CUmodule module = nullptr;
    EXPECT_EQ(cuModuleLoadData(&module, image), CUDA_SUCCESS);
    return module;
  }
  static CUfunction get(CUmodule module, char const* name) {
    CUfunction found = nullptr;
    EXPECT_EQ(cuModuleGetFunction(&found, module, name), CUDA_SUCCESS);
    return found;
  }

  CUpti_SubscriberHandle subscriber_ = nullptr;
  std::vector<told> told_;
};

/// An image with zeros in it, and with its program headers behind all the rest as nvcc has them.
std::string an_image(bool many_sections) {
  synthetic_attributes one;
  one.parameter(0, 0, 8);
  one.total(8);
  synthetic_cubin image;
  image.add_kernel("kernel", one);
  if (many_sections) {
    image.header.e_shnum = 0xffff;
    return image.bytes();
  }
  auto const size = image.bytes().size();
  image.header.e_phoff = size;
  image.header.e_phnum = 2;
  image.header.e_phentsize = sizeof(Elf64_Phdr);
  return image.bytes() + std::string(2 * sizeof(Elf64_Phdr), '\1');
}

TEST_F(modules, of_elf_images_are_told_with_all_their_bytes) {
  for (bool const many_sections : {false, true}) {
    told_.clear();
    auto const bytes = an_image(many_sections);
    auto* const module = load((bytes + "what is behind it").data());
    launch(get(module, "kernel"));
    ASSERT_EQ(told_.size(), 1U);
    EXPECT_EQ(told_[0].cbid, CUPTI_CBID_RESOURCE_MODULE_LOADED);
    EXPECT_EQ(told_[0].context, context_);
    EXPECT_TRUE(told_[0].bytes == bytes) << told_[0].bytes.size() << " of " << bytes.size();
    ASSERT_EQ(cuModuleUnload(module), CUDA_SUCCESS);
    ASSERT_EQ(told_.size(), 2U);
    EXPECT_EQ(told_[1].cbid, CUPTI_CBID_RESOURCE_MODULE_UNLOAD_STARTING);
    EXPECT_EQ(told_[1].module, told_[0].module);
    EXPECT_TRUE(told_[1].bytes == bytes);
  }
}

TEST_F(modules, of_other_images_are_told_with_the_text) {
  launch(get(load(".version 9.0"), "kernel"));
  launch(get(load("\x7f"), "kernel"));
  ASSERT_EQ(told_.size(), 2U);
  EXPECT_EQ(told_[0].bytes, ".version 9.0");
  EXPECT_EQ(told_[1].bytes, "\x7f");
  EXPECT_NE(told_[0].module, told_[1].module);
}

TEST_F(modules, that_were_never_loaded_are_not_told_of) {
  EXPECT_EQ(cuModuleUnload(load("cubin")), CUDA_SUCCESS);
  EXPECT_TRUE(told_.empty());
}

TEST_F(modules, that_are_unloaded_are_refused) {
  auto* const module = load("cubin");
  auto* const kernel = get(module, "kernel");
  ASSERT_EQ(launch(kernel), CUDA_SUCCESS);
  ASSERT_EQ(cuModuleUnload(module), CUDA_SUCCESS);
  EXPECT_EQ(launch(kernel), CUDA_ERROR_INVALID_HANDLE);
  CUfunction again = nullptr;
  EXPECT_EQ(cuModuleGetFunction(&again, module, "kernel"), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cuModuleUnload(module), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_NE(get(load("cubin"), "kernel"), kernel) << "handles are not used again unless a test says so";
}

TEST_F(modules, that_are_unloaded_leave_their_handles_to_others) {
  standin_reuse_function_handles(1);
  auto* const first = load("cubin");
  auto* const old = get(first, "_Z3oldv");
  auto* const second = load("cubin");
  auto* const living = get(second, "_Z6livingv");
  ASSERT_EQ(cuModuleUnload(first), CUDA_SUCCESS);
  EXPECT_EQ(launch(old), CUDA_ERROR_INVALID_HANDLE);
  auto* const fresh = get(second, "_Z5freshv");
  EXPECT_EQ(fresh, old);
  EXPECT_EQ(get(second, "_Z6livingv"), living);
  char const* name = nullptr;
  ASSERT_EQ(cuFuncGetName(&name, fresh), CUDA_SUCCESS);
  EXPECT_STREQ(name, "_Z5freshv");
  EXPECT_EQ(launch(fresh), CUDA_SUCCESS);
  CUmodule of = nullptr;
  ASSERT_EQ(cuFuncGetModule(&of, fresh), CUDA_SUCCESS);
  EXPECT_EQ(of, second);
  EXPECT_NE(get(second, "_Z5otherv"), old) << "once";
}

TEST_F(modules, of_handles_that_are_used_again_count_as_what_they_are_now) {
  standin_reuse_function_handles(1);
  standin_kernel_value("old", fma_metric, 1, 0);
  standin_kernel_value("fresh", fma_metric, 5, 0);
  auto* const host = make_host();
  profiler one;
  one.prepare();
  ASSERT_EQ(one.start(), 0);
  auto* const module = load("cubin");
  auto* const old = get(module, "old");
  launch(old);
  ASSERT_EQ(cuModuleUnload(module), CUDA_SUCCESS);
  ASSERT_EQ(get(load("cubin"), "fresh"), old);
  launch(old);
  ASSERT_EQ(one.stop(), 0);
  ASSERT_EQ(one.decode(), 0);
  EXPECT_EQ(one.values(0, host)[0], 1);
  EXPECT_EQ(one.values(1, host)[0], 5);
  end_host(host);
}

TEST_F(modules, of_libraries_are_one_for_each_context) {
  auto const bytes = an_image(false);
  CUlibrary library = nullptr;
  CUkernel kernel = nullptr;
  ASSERT_EQ(cuLibraryLoadData(&library, bytes.data(), nullptr, nullptr, 0, nullptr, nullptr, 0),
            CUDA_SUCCESS);
  ASSERT_EQ(cuLibraryGetKernel(&kernel, library, "kernel"), CUDA_SUCCESS);
  EXPECT_TRUE(told_.empty());
  auto* const function = reinterpret_cast<CUfunction>(kernel);
  launch(function);
  launch(function);
  ASSERT_EQ(told_.size(), 1U);
  EXPECT_TRUE(told_[0].bytes == bytes);
  EXPECT_EQ(told_[0].context, context_);
  auto* const other = new_context();
  launch(function);
  ASSERT_EQ(cuCtxSetCurrent(context_), CUDA_SUCCESS);
  launch(function);
  ASSERT_EQ(told_.size(), 2U);
  EXPECT_EQ(told_[1].context, other);
  EXPECT_NE(told_[1].module, told_[0].module);
  ASSERT_EQ(cuLibraryUnload(library), CUDA_SUCCESS);
  ASSERT_EQ(told_.size(), 4U);
  for (std::size_t i = 2; i < 4; ++i) {
    EXPECT_EQ(told_[i].cbid, CUPTI_CBID_RESOURCE_MODULE_UNLOAD_STARTING);
    EXPECT_TRUE(told_[i].module == told_[0].module || told_[i].module == told_[1].module);
  }
  EXPECT_NE(told_[2].module, told_[3].module);
  EXPECT_EQ(launch(function), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cuLibraryUnload(library), CUDA_ERROR_INVALID_HANDLE);
}

}  // namespace
