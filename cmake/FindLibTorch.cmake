# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
# LibTorch::torch (libtorch_cpu and libc10) and LibTorch::cuda (libtorch_cuda on top, where it exists);
# LibTorch::headers, to compile alone; LibTorch::loaded, for what is loaded into a process that has torch already.
# Installed with flopwatch: a program that links flopwatch::torch finds its LibTorch by this file, too.
#
# A LibTorch on CMAKE_PREFIX_PATH comes first (the folder that torch.utils.cmake_prefix_path names will do), then the
# PyPI wheel of FLOPWATCH_PYTHON or of the python3 on PATH. Torch's own package file is not used: on a machine without
# a CUDA toolkit it stops, although nothing here needs one.
include("${CMAKE_CURRENT_LIST_DIR}/FindWheel.cmake")
if(NOT SKBUILD)  # a wheel is for the torch of the Python that it is built with
  find_path(LIBTORCH_INCLUDE_DIR ATen/record_function.h PATH_SUFFIXES include ../../include)
  find_library(LIBTORCH_CPU torch_cpu PATH_SUFFIXES lib ../../lib)
endif()
if(NOT EXISTS "${LIBTORCH_INCLUDE_DIR}/ATen/record_function.h" OR NOT EXISTS "${LIBTORCH_CPU}")
  set(libtorch_folder "${FLOPWATCH_SITE_PACKAGES}/torch")
  if(FLOPWATCH_SITE_PACKAGES AND NOT EXISTS "${libtorch_folder}/lib/libtorch_cpu.so")
    # conda-forge has them in the prefix.
    get_filename_component(libtorch_folder "${FLOPWATCH_SITE_PACKAGES}/../../.." ABSOLUTE)
  endif()
  set(LIBTORCH_INCLUDE_DIR "${libtorch_folder}/include" CACHE PATH "" FORCE)
  set(LIBTORCH_CPU "${libtorch_folder}/lib/libtorch_cpu.so" CACHE FILEPATH "" FORCE)
endif()
mark_as_advanced(LIBTORCH_INCLUDE_DIR LIBTORCH_CPU)
if(EXISTS "${LIBTORCH_CPU}" AND EXISTS "${LIBTORCH_INCLUDE_DIR}/ATen/record_function.h")
  get_filename_component(libtorch_dir "${LIBTORCH_CPU}" DIRECTORY)
  get_filename_component(libtorch_dir "${libtorch_dir}" ABSOLUTE)
elseif(SKBUILD)
  set(libtorch_hint "flopwatch is compiled for the torch of ${FLOPWATCH_PYTHON}, which has none. Install it first: \
pip install torch. Where torch is installed, the tool that builds flopwatch did so in a separate environment without \
torch. Switch that off: pip install scikit-build-core, then pip install --no-build-isolation (uv has the same option)")
else()
  set(libtorch_hint "Put a LibTorch on CMAKE_PREFIX_PATH, or set FLOPWATCH_PYTHON to a Python that has the torch wheel. \
To build flopwatch: run scripts/bootstrap.sh, or build with -DFLOPWATCH_TORCH=OFF")
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
  REQUIRED_VARS libtorch_dir REASON_FAILURE_MESSAGE "${libtorch_hint}")

if(LibTorch_FOUND AND NOT TARGET LibTorch::torch)
  add_library(LibTorch::headers INTERFACE IMPORTED GLOBAL)
  target_include_directories(LibTorch::headers SYSTEM INTERFACE
    "${LIBTORCH_INCLUDE_DIR}" "${LIBTORCH_INCLUDE_DIR}/torch/csrc/api/include")

  add_library(LibTorch::loaded INTERFACE IMPORTED GLOBAL)
  target_link_libraries(LibTorch::loaded INTERFACE LibTorch::headers "${LIBTORCH_CPU}" "${libtorch_dir}/libc10.so")

  add_library(LibTorch::torch INTERFACE IMPORTED GLOBAL)
  target_link_libraries(LibTorch::torch INTERFACE LibTorch::loaded)

  add_library(LibTorch::cuda INTERFACE IMPORTED GLOBAL)
  target_link_libraries(LibTorch::cuda INTERFACE LibTorch::torch)
  if(EXISTS "${libtorch_dir}/libtorch_cuda.so")
    # Nothing refers to it by symbol; loading it is what registers the CUDA operators.
    target_link_options(LibTorch::cuda INTERFACE
      "-Wl,--no-as-needed,${libtorch_dir}/libtorch_cuda.so,${libtorch_dir}/libc10_cuda.so,--as-needed")
  endif()
endif()
